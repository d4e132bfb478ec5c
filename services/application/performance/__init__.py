"""Performance assessment of funds (绩效评价, article 7): indicators and their scores, measuring, and what is owed."""
