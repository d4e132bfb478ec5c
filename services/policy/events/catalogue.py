"""What happened to documents and items."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.policy.conditions.language import Eligibility
from shared.eventstore.events import Event

Disclosure = Literal["public", "withheld"]
Origin = Literal["department", "catalogue"]
Procedure = Literal["no-application", "simple", "complex"]
WindowKind = Literal["year-round", "fixed", "undetermined"]
Decision = Literal["new", "revise", "repeal", "window"]
# An empty line in a list says nothing and is left out.
Lines = Annotated[tuple[str, ...], AfterValidator(lambda lines: tuple(line for line in lines if line.strip()))]


class DocumentPublished(Event):
    """A policy document is on the platform (articles 9, 12), or kept from the public on it (article 18).

    `publish_due_on` is the last day on which article 12 wants it there, `late` whether that day was over; there is no
    such day for a withheld document, nor for one taken from another catalogue, whose decision nobody dated.
    """

    TOPIC: ClassVar[str] = "policy.document-published"

    number: str
    title: str
    department: str
    kind: str
    issued_on: date
    decided_on: date | None
    effective_on: date | None
    summary: str
    body: str
    themes: tuple[str, ...]
    disclosure: Disclosure
    withheld_reason: str | None
    origin: Origin
    publish_due_on: date | None
    late: bool


class DocumentDrafted(Event):
    """A department has written a document down, or anew; only it and the data bureau see it yet."""

    TOPIC: ClassVar[str] = "policy.document-drafted"

    number: str
    title: str
    department: str
    kind: str
    issued_on: date | None
    decided_on: date | None
    effective_on: date | None
    summary: str
    body: str
    themes: tuple[str, ...]
    disclosure: Disclosure
    withheld_reason: str | None


class DocumentRevised(Event):
    """A published document now says something else, as its `revision`; the first was 1 (article 12).

    `decided_on` is the day of the decision to revise. `disclosed_before` is how it was until then.
    """

    TOPIC: ClassVar[str] = "policy.document-revised"

    number: str
    title: str
    department: str
    kind: str
    issued_on: date
    effective_on: date | None
    summary: str
    body: str
    themes: tuple[str, ...]
    disclosure: Disclosure
    withheld_reason: str | None
    revision: int
    reason: str
    decided_on: date
    publish_due_on: date | None
    late: bool
    disclosed_before: Disclosure


class DocumentRepealed(Event):
    """A document is no longer in force; it stays readable, marked so. Its items follow it."""

    TOPIC: ClassVar[str] = "policy.document-repealed"

    number: str
    title: str
    department: str
    disclosure: Disclosure
    reason: str
    decided_on: date
    transition_until: date | None
    publish_due_on: date | None
    late: bool


class ItemsFollowed(Event):
    """The items of a document are as its revision or repeal wants them; `disclosure` and `repealed` as they followed it."""

    TOPIC: ClassVar[str] = "policy.items-followed"

    disclosure: Disclosure
    repealed: bool


class DecisionRecorded(Event):
    """A decision on a document is taken; by the end of `due_on` it has to be on the platform (article 12).

    `title` is empty where the document is not public yet. `provisional`: reckoned with a year not yet announced.
    """

    TOPIC: ClassVar[str] = "policy.decision-recorded"

    number: str
    department: str
    title: str
    decision: Decision
    decided_on: date
    due_on: date
    provisional: bool


class PublicationDueSoon(Event):
    """Today is the last day for putting a decision on the platform (articles 11, 12). `number` is a document's or an item's."""

    TOPIC: ClassVar[str] = "policy.publication-due-soon"

    number: str
    department: str
    title: str
    decision: Decision
    decided_on: date
    due_on: date


class PublicationOverdue(Event):
    """The last day for putting a decision on the platform is over, and it is not there."""

    TOPIC: ClassVar[str] = "policy.publication-overdue"

    number: str
    department: str
    title: str
    decision: Decision
    decided_on: date
    due_on: date


class DocumentRef(BaseModel):
    """The document an item rests on, as far as the item's decisions need it."""

    model_config = ConfigDict(frozen=True)

    id: str
    number: str
    department: str
    disclosure: Disclosure


class Window(BaseModel):
    """When an item can be applied for (article 11): all year, within fixed days (both included), or not yet decided."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: WindowKind
    opens_on: date | None = None
    closes_on: date | None = None


class Material(BaseModel):
    """A paper or file that an applicant hands in; a draft may leave open whether it is required."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field("", max_length=200, examples=["设备发票"])
    required: bool | None = None
    note: str = Field("", max_length=1000)


class Guide(BaseModel):
    """An application guide (申报指南) in the making; `promised_days` are working days."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    conditions: Lines = Field((), max_length=200)
    materials: tuple[Material, ...] = Field((), max_length=200)
    process: Lines = Field((), max_length=200)
    promised_days: int | None = None
    office: str | None = Field(None, max_length=200)
    phone: str | None = Field(None, max_length=200)


class CompleteGuide(Guide):
    """A guide with everything that article 10 asks for."""

    conditions: Lines = Field(min_length=1)
    materials: tuple[Material, ...] = Field(min_length=1)
    process: Lines = Field(min_length=1)
    promised_days: int
    office: str
    phone: str


class _OfItem(Event):
    """What both events of an item tell; amounts are fen."""

    code: str
    department: str
    title: str
    content: str
    support_type: str
    amount_fen: int | None
    amount_text: str
    themes: tuple[str, ...]
    industries: tuple[str, ...]
    towns: tuple[str, ...]
    eligibility: Eligibility | None = None


class ItemDrafted(_OfItem):
    """A department has written down an item, or written it anew; nobody else sees it yet."""

    TOPIC: ClassVar[str] = "policy.item-drafted"
    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before conditions were data, there were none."""
        data.setdefault("eligibility", None)

    document: DocumentRef | None
    procedure: Procedure | None
    window: Window | None
    guide: Guide


class _OfPublishedItem(_OfItem):
    """A whole item with a complete guide."""

    document: DocumentRef
    procedure: Procedure
    window: Window
    guide: CompleteGuide


class ItemPublished(_OfPublishedItem):
    """An item with a complete guide is in the catalogue (article 10); in its department's own when the document is withheld."""

    TOPIC: ClassVar[str] = "policy.item-published"
    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before conditions were data, there were none."""
        data.setdefault("eligibility", None)


class ItemAmended(_OfPublishedItem):
    """A published item now says something else (article 12), as its `revision`; the first was 1.

    Who applied, or could have, under the earlier terms may still do so until `transition_until` (article 22(4)).
    `disclosed_before` is its document's disclosure until then: an item follows its document into and out of article 18.
    """

    TOPIC: ClassVar[str] = "policy.item-amended"

    revision: int
    reason: str
    decided_on: date | None
    transition_until: date | None
    disclosed_before: Disclosure


class ItemRepealed(Event):
    """An item is no longer offered; it stays readable, marked so. Until `transition_until` it can still be applied for."""

    TOPIC: ClassVar[str] = "policy.item-repealed"

    code: str
    title: str
    department: str
    document: DocumentRef
    reason: str
    decided_on: date | None
    transition_until: date | None


class WindowDecided(Event):
    """The window of an undetermined item is decided; by the end of `due_on` it has to be online (article 11)."""

    TOPIC: ClassVar[str] = "policy.window-decided"

    code: str
    title: str
    department: str
    document: DocumentRef
    window: Window
    decided_on: date
    due_on: date
    provisional: bool


class FormAttached(Event):
    """A form that the guide's materials ask for can be had; `url` is where. The same name again replaces it."""

    TOPIC: ClassVar[str] = "policy.form-attached"

    code: str
    department: str
    name: str
    url: str
    note: str


class ListEntry(BaseModel):
    """An item on a policy list, as it was that day; amounts are fen."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: str
    department: str
    document_number: str
    themes: tuple[str, ...]
    support_type: str
    procedure: Procedure
    window: Window
    amount_fen: int | None
    amount_text: str
    revision: int


class ListReleased(Event):
    """The data bureau has released a numbered policy list (惠企政策清单, article 6(3)); it never changes."""

    TOPIC: ClassVar[str] = "policy.list-released"

    number: str
    title: str
    entries: tuple[ListEntry, ...]
