"""Drafts: filled in by several people of an enterprise, and handed in."""
