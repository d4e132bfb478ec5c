"""Logs and traces, with one trace id through all of them."""
