"""Lists made from matching."""
