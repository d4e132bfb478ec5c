"""What registry does when asked: seal, load, decide, append; a room for each part of its work."""
