"""Grants that nobody has to apply for (免申即享): lists taken row by row, offers, and what is owed in between."""
