"""What hotline shows."""
