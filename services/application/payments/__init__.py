"""Payment with finance: plans, what the fund platform is asked and says, both sides compared."""
