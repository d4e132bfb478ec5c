"""Supplements: the term in which an applicant answers a notice."""
