"""How the public takes part: consultations, articles, comments, visits, assessment."""
