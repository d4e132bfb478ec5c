"""What application shows, and what it knows of the catalogue."""
