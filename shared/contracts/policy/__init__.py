"""Published by policy; a room for each part of its work."""

from __future__ import annotations

from shared.contracts.policy.catalogue import ItemPublished, PolicyPublished, WindowSpan

__all__ = [
    "ItemPublished",
    "PolicyPublished",
    "WindowSpan",
]
