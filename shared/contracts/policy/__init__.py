"""Published by policy; a room for each part of its work."""

from __future__ import annotations

from shared.contracts.policy.catalogue import (
    ItemAmended,
    ItemPublished,
    ItemRepealed,
    ItemWithdrawn,
    PolicyPublished,
    PolicyRepealed,
    PolicyRevised,
    PolicyWithdrawn,
    PublicationDueSoon,
    PublicationOverdue,
    WindowDecided,
    WindowSpan,
)
from shared.contracts.policy.matching import ClosingSoon, DigestDue, DigestEntry, MatchesFound

__all__ = [
    "ClosingSoon",
    "DigestDue",
    "DigestEntry",
    "ItemAmended",
    "ItemPublished",
    "ItemRepealed",
    "ItemWithdrawn",
    "MatchesFound",
    "PolicyPublished",
    "PolicyRepealed",
    "PolicyRevised",
    "PolicyWithdrawn",
    "PublicationDueSoon",
    "PublicationOverdue",
    "WindowDecided",
    "WindowSpan",
]
