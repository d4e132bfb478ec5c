"""What can be wanted of an item, and what its decisions know of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from services.policy.conditions.language import Condition, Eligibility
from services.policy.decider.limits import LimitCommand, Watched
from services.policy.events import DocumentRef, Guide, ItemDrafted, Procedure, Window
from services.policy.events.catalogue import FormAttached, ItemRepealed
from services.policy.keys import DocumentNumber, ItemCode
from shared.contracts.facts import BASE_CATALOGUE, FactDefinition
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Command, State

LARGEST_AMOUNT = 2**63 - 1  # fen, what a read model can hold


class ItemContent(BaseModel):
    """An item as its department writes it; every part of the guide may still be missing. Amounts are fen.

    The document is named by its number, or by its id where another department issued it.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    code: ItemCode
    department: DepartmentCode
    document_number: DocumentNumber | None = None
    document_id: str | None = Field(None, max_length=60, pattern=r"^[A-Za-z0-9._-]+$")
    title: str = Field("", max_length=300, examples=["技术改造设备补助"])
    content: str = Field("", max_length=50_000, description="扶持内容")
    support_type: str = Field("", max_length=40, examples=["资金奖补"])
    procedure: Procedure | None = None
    amount_fen: int | None = Field(None, le=LARGEST_AMOUNT, description="最高金额（分）")
    amount_text: str = Field("", max_length=1000)
    window: Window | None = None
    themes: tuple[str, ...] = Field((), max_length=50)
    industries: tuple[str, ...] = Field((), max_length=200)
    towns: tuple[str, ...] = Field((), max_length=200)
    guide: Guide = Guide()
    eligibility: Eligibility | None = Field(None, description="数据化的申报条件，用于精准匹配")


class _Checked(Command):
    """What the conditions are checked against, as the platform knows it when asked: facts and named conditions."""

    facts: Mapping[str, FactDefinition] = Field(BASE_CATALOGUE, exclude=True, repr=False)
    named: Mapping[str, Condition] = Field({}, exclude=True, repr=False)


class DraftItem(ItemContent, _Checked):
    """Write an item down, or anew. `document` is what the record knows of the document that is named."""

    document: DocumentRef | None = None


class AdoptItem(DraftItem):
    """Take a draft over from another catalogue; an item that is here already stays as its department has it."""


class DraftAndPublishItem(DraftItem):
    """Write an item down and publish it at once."""


class PublishItem(_Checked):
    """Publish the draft. `document` is its document as the record knows it now."""

    document: DocumentRef | None = None


class AmendItem(DraftItem):
    """The whole new content of a published item (article 12)."""

    expected_revision: int
    reason: str = Field("", max_length=1000)
    decided_on: date | None = None
    transition_until: date | None = None


class RepealItem(Command):
    """No longer offer an item; it can be applied for until `transition_until`."""

    reason: str = Field("", max_length=1000)
    decided_on: date | None = None
    transition_until: date | None = None


class FollowDocument(Command):
    """Take over what has become of the item's document: its disclosure (article 18)."""

    document: DocumentRef


class DecideWindow(Command):
    """The window of an undetermined item is decided (article 11)."""

    window: Window
    decided_on: date


class PutWindowOnline(Command):
    """The decided window is what the catalogue shows from now on."""


class AttachForm(Command):
    """A form that the materials ask for can be had at `url`."""

    name: str = Field(min_length=1, max_length=200, examples=["设备补助申请表"])
    url: str = Field(max_length=2000, pattern=r"^https?://[^\s]+$", examples=["https://www.jiangyin.gov.cn/form.docx"])
    note: str = Field("", max_length=1000)


ItemCommand = (
    DraftItem | PublishItem | RepealItem | FollowDocument | DecideWindow | PutWindowOnline | AttachForm | LimitCommand
)


class ItemState(State):
    """`draft` is what was last written, `first` what was published as revision 1."""

    state_version: int = 2
    draft: ItemDrafted
    published: bool = False
    first: ItemDrafted | None = None
    revision: int = 0
    repealed: ItemRepealed | None = None
    watched: Watched | None = None
    forms: tuple[FormAttached, ...] = ()
