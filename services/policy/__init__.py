"""Policy: documents, their items, and the guides by which enterprises apply (articles 9 to 12, 18)."""
