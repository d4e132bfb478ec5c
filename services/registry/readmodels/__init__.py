"""What registry shows."""
