"""Schemes: rules, steps, places and money, turns, rankings."""
