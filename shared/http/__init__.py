"""The HTTP doors: problem details, who asks, paging, waiting for what was written, health and metrics."""
