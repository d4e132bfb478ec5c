"""Backups of the embedded platform's databases, and data directories restored from them to a moment."""
