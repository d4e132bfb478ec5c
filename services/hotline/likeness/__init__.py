"""Tickets about the same matter: found, offered for merging, and raised as hot spots."""
