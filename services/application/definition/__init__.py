"""What a department lays down for an item, as data: rules of admission, the steps of review."""
