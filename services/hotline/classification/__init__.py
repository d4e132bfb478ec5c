"""What a ticket is about: suggestions by rules or by a small model trained on site."""
