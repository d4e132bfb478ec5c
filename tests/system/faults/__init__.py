"""The platform while its parts break, on the split layout with real servers (docs/operations.md, faults)."""
