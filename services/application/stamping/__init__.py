"""Opinions as documents: typeset, signed with the department's certificate, verifiable by anybody (article 21: 电子印章)."""
