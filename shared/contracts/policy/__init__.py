"""Published by policy; a room for each part of its work."""

from __future__ import annotations

from shared.contracts.policy.catalogue import (
    ItemAmended,
    ItemPublished,
    ItemRepealed,
    ItemWithdrawn,
    ListReleased,
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
from shared.contracts.policy.participation import (
    ArticlePublished,
    ArticleWithdrawn,
    CommentPublished,
    CommentWithdrawn,
    Finding,
    ItemFlagged,
    ViewCount,
    ViewsCounted,
)

__all__ = [
    "ArticlePublished",
    "ArticleWithdrawn",
    "ClosingSoon",
    "CommentPublished",
    "CommentWithdrawn",
    "DigestDue",
    "DigestEntry",
    "Finding",
    "ItemAmended",
    "ItemFlagged",
    "ItemPublished",
    "ItemRepealed",
    "ItemWithdrawn",
    "ListReleased",
    "MatchesFound",
    "PolicyPublished",
    "PolicyRepealed",
    "PolicyRevised",
    "PolicyWithdrawn",
    "PublicationDueSoon",
    "PublicationOverdue",
    "ViewCount",
    "ViewsCounted",
    "WindowDecided",
    "WindowSpan",
]
