"""Disposable tables folded from events, written together with the position they stand at."""
