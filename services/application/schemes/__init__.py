"""Schemes (办理方案): laying down how an item is handled."""
