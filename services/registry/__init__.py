"""Registry: departments, enterprises and code lists that the others refer to (articles 8, 13, 15, 16)."""
