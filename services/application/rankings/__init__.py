"""Ranking: who gets something where there is less than was asked for."""
