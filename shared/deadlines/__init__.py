"""What falls due when, derived from events, and the scheduler that several replicas can run."""
