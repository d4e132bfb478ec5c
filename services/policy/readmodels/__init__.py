"""What policy shows."""
