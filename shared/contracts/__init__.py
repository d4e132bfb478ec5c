"""What services tell each other and other systems: the published events, apart from the stored ones."""
