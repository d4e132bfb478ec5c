"""What notify shows."""
