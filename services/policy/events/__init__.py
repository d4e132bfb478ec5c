"""What happened in policy; a room for each part of its work."""

from __future__ import annotations

from services.policy.events.catalogue import (
    CompleteGuide,
    Disclosure,
    DocumentPublished,
    DocumentRef,
    Guide,
    ItemAmended,
    ItemDrafted,
    ItemPublished,
    ItemRepealed,
    Lines,
    Material,
    Origin,
    Procedure,
    Window,
    WindowKind,
)

__all__ = [
    "CompleteGuide",
    "Disclosure",
    "DocumentPublished",
    "DocumentRef",
    "Guide",
    "ItemAmended",
    "ItemDrafted",
    "ItemPublished",
    "ItemRepealed",
    "Lines",
    "Material",
    "Origin",
    "Procedure",
    "Window",
    "WindowKind",
]
