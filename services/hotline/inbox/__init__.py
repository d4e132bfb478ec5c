"""Tickets and later news of them as other systems send them over NATS."""
