"""Chinese text into words, with the dictionary and the synonyms of enterprise policy."""
