"""Measurements: each figure beside a peer or a raw limit, taken in the same run. `make bench`."""
