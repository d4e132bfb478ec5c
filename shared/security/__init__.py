"""Who acts, how a request proves it, and how personal data is sealed."""
