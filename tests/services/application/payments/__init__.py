"""Payments: plans, the fund platform, both sides compared."""
