"""Ratings of finished matters (好差评), and what follows from bad ones (article 26)."""
