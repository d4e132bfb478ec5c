"""The performance assessment of funds."""
