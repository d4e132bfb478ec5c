"""Stamped opinions: signed papers that anybody verifies."""
