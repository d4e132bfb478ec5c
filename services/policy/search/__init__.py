"""Full-text search in Chinese: words, synonyms, initials; facets; suggestions (article 2)."""
