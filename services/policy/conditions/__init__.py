"""Eligibility as data: the language of conditions, and what is done with it; pure, except for the SQL it writes."""
