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


class _OfItem(Published):
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
    revision: int = 1


class ItemPublished(_OfItem):
    """An item with a complete guide can be found and, within its window, applied for (article 10)."""

    TYPE: ClassVar[str] = "policy.item-published"
    TITLE: ClassVar[str] = "惠企政策事项已发布"


class ItemAmended(_OfItem):
    """A published item now says something else, as its `revision` (article 12); the whole item as it is now.

    Who could apply under the earlier terms may do so until `transition_until` (article 22(4)).
    """

    TYPE: ClassVar[str] = "policy.item-amended"
    TITLE: ClassVar[str] = "惠企政策事项已修订"

    reason: str
    decided_on: date | None = None
    transition_until: date | None = None


class ItemRepealed(Published):
    """An item is no longer offered; it can be applied for until `transition_until`, where there is one."""

    TYPE: ClassVar[str] = "policy.item-repealed"
    TITLE: ClassVar[str] = "惠企政策事项已废止"

    item_id: str
    code: str
    title: str
    document_id: str
    department: str
    reason: str
    decided_on: date | None = None
    transition_until: date | None = None


class ItemWithdrawn(Published):
    """An item is no longer public (article 18): what was heard of it is to be taken down."""

    TYPE: ClassVar[str] = "policy.item-withdrawn"
    TITLE: ClassVar[str] = "惠企政策事项已不再公开"

    item_id: str
    code: str
    document_id: str
    department: str


class PolicyRevised(Published):
    """A public document now says something else, as its `revision` (article 12)."""

    TYPE: ClassVar[str] = "policy.policy-revised"
    TITLE: ClassVar[str] = "惠企政策文件已修订"

    document_id: str
    number: str
    title: str
    department: str
    revision: int
    reason: str
    decided_on: date
    late: bool
    themes: tuple[str, ...] = ()


class PolicyRepealed(Published):
    """A public document is no longer in force (article 12)."""

    TYPE: ClassVar[str] = "policy.policy-repealed"
    TITLE: ClassVar[str] = "惠企政策文件已废止"

    document_id: str
    number: str
    title: str
    department: str
    reason: str
    decided_on: date
    transition_until: date | None = None
    late: bool


class PolicyWithdrawn(Published):
    """A document is no longer public (article 18): what was heard of it is to be taken down."""

    TYPE: ClassVar[str] = "policy.policy-withdrawn"
    TITLE: ClassVar[str] = "惠企政策文件已不再公开"

    document_id: str
    department: str


class ListReleased(Published):
    """The data bureau has released a numbered, frozen policy list (article 6(3)); its entries stand at its door."""

    TYPE: ClassVar[str] = "policy.list-released"
    TITLE: ClassVar[str] = "惠企政策清单已发布"

    number: str
    title: str
    items: int


class WindowDecided(Published):
    """The window of an undetermined item is decided and has to be online by the end of `due_on` (article 11)."""

    TYPE: ClassVar[str] = "policy.window-decided"
    TITLE: ClassVar[str] = "事项申报时间已确定"

    item_id: str
    code: str
    title: str
    department: str
    window: WindowSpan
    decided_on: date
    due_on: date
    provisional: bool


class _OfLimit(Published):
    number: str
    title: str
    department: str
    decision: Literal["new", "revise", "repeal", "window"]
    decided_on: date
    due_on: date


class PublicationDueSoon(_OfLimit):
    """Today is the last day for putting a decision online (articles 11, 12).

    `number` is a document's or an item's; `title` is empty while the document is not public.
    """

    TYPE: ClassVar[str] = "policy.publication-due-soon"
    TITLE: ClassVar[str] = "政策发布时限将至"


class PublicationOverdue(_OfLimit):
    """A decision is not online though the last day for it is over (articles 11, 12)."""

    TYPE: ClassVar[str] = "policy.publication-overdue"
    TITLE: ClassVar[str] = "政策逾期未发布"
