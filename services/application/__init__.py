"""Application: one form in, acceptance, review within the promised limit, every step on the track (articles 18 to 21)."""
