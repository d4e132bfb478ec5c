"""Published by policy: documents and items that everybody may see."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Published


class WindowSpan(BaseModel):
    """When an item can be applied for (article 11): all year, within fixed dates, or not yet decided."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["year-round", "fixed", "undetermined"]
    opens_on: date | None = None
    closes_on: date | None = None


class PolicyPublished(Published):
    """A policy document is on the platform (articles 9, 10). Withheld documents are never published (article 18)."""

    TYPE: ClassVar[str] = "policy.policy-published"
    TITLE: ClassVar[str] = "惠企政策文件已发布"

    document_id: str
    number: str
    title: str
    department: str
    issued_on: date
    decided_on: date
    themes: tuple[str, ...] = ()


class ItemPublished(Published):
    """An item with a complete guide can be found and, within its window, applied for (article 10)."""

    TYPE: ClassVar[str] = "policy.item-published"
    TITLE: ClassVar[str] = "惠企政策事项已发布"

    item_id: str
    code: str
    title: str
    document_id: str
    department: str
    procedure: Literal["no-application", "simple", "complex"]
    promised_days: int
    window: WindowSpan
    support_type: str
    amount_fen: int | None = None
    themes: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()
