"""Measurements: each figure beside a peer or raw limit, taken in the same run. `make bench`."""
