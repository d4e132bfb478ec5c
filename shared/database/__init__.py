"""A service's own PostgreSQL database, asked asynchronously."""
