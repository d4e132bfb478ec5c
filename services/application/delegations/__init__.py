"""Delegation during absence: a colleague acts for somebody who is away."""
