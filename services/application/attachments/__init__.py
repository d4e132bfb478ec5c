"""Attachments: uploaded, held against what the form takes, named, and cleaned away."""
