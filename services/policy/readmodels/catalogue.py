"""The catalogue of documents and items, with what is withheld or still a draft marked as such."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.events import DocumentPublished, ItemAmended, ItemDrafted, ItemPublished, ItemRepealed
from services.policy.events.catalogue import (
    DocumentDrafted,
    DocumentRepealed,
    DocumentRevised,
    FormAttached,
)
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, Writer, empty_dict, empty_list


def _json() -> Column[Any]:
    return Column(JSONB, nullable=False)


class DocumentRow(SQLModel, table=True):
    """A policy document, or a draft of one, which only its department sees.

    `publish_due_on` is the last day article 12 allowed for what was last put there, `late` a later one.
    """

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
    issued_on: date | None = None
    decided_on: date | None = None
    effective_on: date | None = None
    summary: str
    body: str
    themes: list[str] = Field(default_factory=empty_list, sa_column=_json())
    disclosure: str
    withheld_reason: str | None = None
    origin: str = "department"
    publish_due_on: date | None = None
    late: bool = False
    published: bool = Field(default=True, index=True)
    published_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    revision: int = 0
    reason: str | None = Field(default=None, description="最近一次修订或废止的理由")
    repealed: bool = False
    transition_until: date | None = None


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
    themes: list[str] = Field(default_factory=empty_list, sa_column=_json())
    industries: list[str] = Field(default_factory=empty_list, sa_column=_json())
    towns: list[str] = Field(default_factory=empty_list, sa_column=_json())
    guide: dict[str, Any] = Field(default_factory=empty_dict, sa_column=_json())
    revision: int = 0
    repealed: bool = False
    transition_until: date | None = None
    eligibility: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    reason: str | None = Field(default=None, description="最近一次修订或废止的理由")
    forms: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=_json())


class Catalogue(ReadModel):
    """Fed by policy's own log."""

    name = "catalogue"
    version = 3
    tables: ClassVar[tuple[type[SQLModel], ...]] = (DocumentRow, ItemRow)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        """Loads the rows concerned, folds in memory, writes each once."""
        documents, items = _keys(events, "document"), _keys(events, "item")
        known_documents = await writer.load(DocumentRow, documents) if documents else {}
        known_items = await writer.load(ItemRow, items) if items else {}
        for happened in events:
            kind, _, key = happened.aggregate_id.partition("-")
            if kind == "document":
                if (document := _document_row(known_documents.get(key), key, happened)) is not None:
                    known_documents[key] = document
            elif kind == "item" and (item := _item_row(known_items.get(key), happened)) is not None:
                known_items[key] = item
        await writer.upsert(DocumentRow, list(known_documents.values()))
        await writer.upsert(ItemRow, list(known_items.values()))


def _keys(events: Sequence[Happened], kind: str) -> set[str]:
    parts = (happened.aggregate_id.partition("-") for happened in events)
    return {key for found, _, key in parts if found == kind}


def _document_row(row: DocumentRow | None, key: str, happened: Happened) -> DocumentRow | None:
    match happened.event:
        case DocumentDrafted() as event:
            return DocumentRow(id=key, published=False, **event.model_dump(mode="json"))
        case DocumentPublished() as event:
            return DocumentRow(id=key, published_at=happened.at, revision=1, **event.model_dump(mode="json"))
        case DocumentRevised() as event if row:
            content = event.model_dump(mode="json", exclude={"disclosed_before"})
            return DocumentRow(**(row.model_dump() | content))
        case DocumentRepealed() as event if row:
            why = event.model_dump(mode="json", include={"reason", "transition_until"})
            return DocumentRow(**(row.model_dump() | why | {"repealed": True}))
    return row


def _item_row(row: ItemRow | None, happened: Happened) -> ItemRow | None:
    match happened.event:
        case ItemDrafted() as event:
            return ItemRow(published=False, **_content(event, happened))
        case ItemPublished() as event:
            kept: dict[str, Any] = {"forms": row.forms if row else []}
            return ItemRow(published=True, published_at=happened.at, revision=1, **kept, **_content(event, happened))
        case ItemAmended() as event if row:
            kept = row.model_dump(include={"published", "published_at", "forms", "repealed"})
            why = event.model_dump(mode="json", include={"revision", "reason", "transition_until"})
            return ItemRow(**kept, **why, **_content(event, happened))
        case ItemRepealed() as event if row:
            why = event.model_dump(mode="json", include={"reason", "transition_until"})
            return ItemRow(**(row.model_dump() | why | {"repealed": True, "position": happened.position}))
        case FormAttached() as event if row:
            others = [form for form in row.forms if form["name"] != event.name]
            form = event.model_dump(mode="json", include={"name", "url", "note"})
            return ItemRow(**(row.model_dump() | {"forms": [*others, form]}))
    return row


def _content(event: ItemDrafted | ItemPublished | ItemAmended, happened: Happened) -> dict[str, Any]:
    document, window = event.document, event.window
    written = event.model_dump(mode="json", include=set(ItemDrafted.model_fields) - {"document", "window"})
    return written | {
        "position": happened.position,
        "document_id": document.id if document else None,
        "document_number": document.number if document else None,
        "disclosure": document.disclosure if document else "public",
        "window_kind": window.kind if window else None,
        "opens_on": window.opens_on if window else None,
        "closes_on": window.closes_on if window else None,
    }
