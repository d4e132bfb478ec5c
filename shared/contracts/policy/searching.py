"""Published by policy: what saved searches have found. Internal, for it tells what an enterprise looks for."""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.base import Published


class SavedSearchesFound(Published):
    """Searches that these enterprises keep find something newly published; `item_id` or `document_id` names it."""

    TYPE: ClassVar[str] = "policy.saved-searches-found"
    TITLE: ClassVar[str] = "保存的检索有新结果"
    INTERNAL: ClassVar[bool] = True

    item_id: str | None = None
    document_id: str | None = None
    title: str
    department: str
    enterprises: tuple[str, ...]
