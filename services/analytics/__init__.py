"""Analytics: operation metrics, folded from what all services publish (articles 24, 25)."""
