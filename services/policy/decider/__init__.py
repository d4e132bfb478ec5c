"""What policy decides: documents, and the items that rest on them."""

from __future__ import annotations

from services.policy.decider.document import DocumentContent, DocumentState, PublishDocument, document
from services.policy.decider.item import (
    AdoptItem,
    DraftAndPublishItem,
    DraftItem,
    ItemContent,
    ItemState,
    PublishItem,
    item,
)

__all__ = [
    "AdoptItem",
    "DocumentContent",
    "DocumentState",
    "DraftAndPublishItem",
    "DraftItem",
    "ItemContent",
    "ItemState",
    "PublishDocument",
    "PublishItem",
    "document",
    "item",
]
