"""The catalogue of documents and items, with what is withheld or still a draft marked as such."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.events import DocumentPublished, ItemDrafted, ItemPublished
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, Writer


def _json() -> Column[Any]:
    return Column(JSONB, nullable=False)


class DocumentRow(SQLModel, table=True):
    """A policy document. `publish_due_on` is the last day article 12 allowed for publishing it, `late` a later one."""

    __tablename__ = "policy_documents"
    __table_args__ = (
        Index("policy_documents_newest", "issued_on", "id"),
        Index("policy_documents_themes", "themes", postgresql_using="gin"),
    )

    id: str = Field(primary_key=True)
    number: str = Field(index=True)
    title: str
    department: str = Field(index=True)
    kind: str
    issued_on: date
    decided_on: date | None = None
    effective_on: date | None = None
    summary: str
    body: str
    themes: list[str] = Field(default_factory=list, sa_column=_json())
    disclosure: str
    withheld_reason: str | None = None
    origin: str
    publish_due_on: date | None = None
    late: bool
    published_at: datetime = Field(sa_type=DateTime(timezone=True))


class ItemRow(SQLModel, table=True):
    """An item; `position` is its place in the log and orders the list. Amounts are fen."""

    __tablename__ = "policy_items"
    __table_args__ = (Index("policy_items_themes", "themes", postgresql_using="gin"),)

    code: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, index=True)
    published: bool = Field(index=True)
    published_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    department: str = Field(index=True)
    document_id: str | None = Field(default=None, index=True)
    document_number: str | None = None
    disclosure: str
    title: str
    content: str
    support_type: str = Field(index=True)
    procedure: str | None = None
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    amount_text: str
    window_kind: str | None = Field(default=None, index=True)
    opens_on: date | None = None
    closes_on: date | None = None
    themes: list[str] = Field(default_factory=list, sa_column=_json())
    industries: list[str] = Field(default_factory=list, sa_column=_json())
    towns: list[str] = Field(default_factory=list, sa_column=_json())
    guide: dict[str, Any] = Field(default_factory=dict, sa_column=_json())
    revision: int = 0
    repealed: bool = False
    transition_until: date | None = None
    eligibility: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))


class Catalogue(ReadModel):
    """Fed by policy's own log; every event is one whole row."""

    name = "catalogue"
    version = 2
    tables: ClassVar[tuple[type[SQLModel], ...]] = (DocumentRow, ItemRow)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        documents: dict[str, SQLModel] = {}
        items: dict[str, SQLModel] = {}
        for happened in events:
            match happened.event:
                case DocumentPublished() as event:
                    key = happened.aggregate_id.partition("-")[2]
                    documents[key] = DocumentRow(id=key, published_at=happened.at, **event.model_dump(mode="json"))
                case ItemDrafted() | ItemPublished() as event:
                    items[event.code] = _item_row(event, happened)
        await writer.upsert(DocumentRow, list(documents.values()))
        await writer.upsert(ItemRow, list(items.values()))


def _item_row(event: ItemDrafted | ItemPublished, happened: Happened) -> ItemRow:
    published = isinstance(event, ItemPublished)
    document, window = event.document, event.window
    return ItemRow(
        position=happened.position,
        published=published,
        published_at=happened.at if published else None,
        document_id=document.id if document else None,
        document_number=document.number if document else None,
        disclosure=document.disclosure if document else "public",
        window_kind=window.kind if window else None,
        opens_on=window.opens_on if window else None,
        closes_on=window.closes_on if window else None,
        **event.model_dump(mode="json", exclude={"document", "window"}),
    )
