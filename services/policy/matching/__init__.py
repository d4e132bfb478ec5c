"""Bringing enterprises and items together: matches with reasons, audiences, and pushes (articles 2, 21)."""
