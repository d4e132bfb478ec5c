"""What others hear of documents and items."""

from __future__ import annotations

from typing import Any

from services.policy.events import catalogue as events
from shared.contracts.base import Outgoing, Published
from shared.contracts.policy import catalogue as published
from shared.eventstore.events import Event, Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Public documents and their items are announced; drafts and whatever is withheld are not (article 18).

    What becomes withheld is withdrawn without a word of what it says; what becomes public is announced as new.
    """
    key = recorded.originator_id.partition("-")[2]
    event = recorded.event
    if isinstance(event, events.ListReleased):
        return Outgoing(published.ListReleased(number=event.number, title=event.title, items=len(event.entries)))
    told = _of_document(event, key) or _of_item(event) or _of_limit(event)
    return Outgoing(told, event.department) if told is not None else None  # type: ignore[attr-defined]


def _of_document(event: Event, key: str) -> Published | None:
    match event:
        case events.DocumentPublished(disclosure="public"):
            return _document(event, key)
        case events.DocumentRevised(disclosure="public", disclosed_before="public"):
            content = event.model_dump(include=set(published.PolicyRevised.model_fields))
            return published.PolicyRevised(document_id=key, **content)
        case events.DocumentRevised(disclosure="public"):
            return _document(event, key)
        case events.DocumentRevised(disclosed_before="public"):
            return published.PolicyWithdrawn(document_id=key, department=event.department)
        case events.DocumentRepealed(disclosure="public"):
            content = event.model_dump(include=set(published.PolicyRepealed.model_fields))
            return published.PolicyRepealed(document_id=key, **content)
    return None


def _of_item(event: Event) -> Published | None:
    public = getattr(getattr(event, "document", None), "disclosure", None) == "public"
    match event:
        case events.ItemPublished() if public:
            return published.ItemPublished(**_item(event))
        case events.ItemAmended(disclosed_before="public") if public:
            why = event.model_dump(include={"reason", "decided_on", "transition_until"})
            return published.ItemAmended(**_item(event), revision=event.revision, **why)
        case events.ItemAmended() if public:
            return published.ItemPublished(**_item(event), revision=event.revision)
        case events.ItemAmended(disclosed_before="public"):
            return published.ItemWithdrawn(
                item_id=event.code, code=event.code, document_id=event.document.id, department=event.department
            )
        case events.ItemRepealed() if public:
            content = event.model_dump(exclude={"document"})
            return published.ItemRepealed(item_id=event.code, document_id=event.document.id, **content)
        case events.WindowDecided() if public:
            return published.WindowDecided(item_id=event.code, **event.model_dump(exclude={"document"}))
    return None


def _of_limit(event: Event) -> Published | None:
    """Limits are watched for public documents only."""
    match event:
        case events.PublicationDueSoon():
            return published.PublicationDueSoon(**event.model_dump())
        case events.PublicationOverdue():
            return published.PublicationOverdue(**event.model_dump())
    return None


def _document(event: events.DocumentPublished | events.DocumentRevised, key: str) -> published.PolicyPublished:
    return published.PolicyPublished(
        document_id=key,
        number=event.number,
        title=event.title,
        department=event.department,
        issued_on=event.issued_on,
        # Other catalogues do not tell when it was decided: not later than it was issued.
        decided_on=event.decided_on or event.issued_on,
        themes=event.themes,
    )


def _item(event: events.ItemPublished | events.ItemAmended) -> dict[str, Any]:
    return {
        "item_id": event.code,
        "code": event.code,
        "title": event.title,
        "document_id": event.document.id,
        "department": event.department,
        "procedure": event.procedure,
        "promised_days": event.guide.promised_days,
        "window": published.WindowSpan(**event.window.model_dump()),
        "support_type": event.support_type,
        "amount_fen": event.amount_fen,
        "themes": event.themes,
        "industries": event.industries,
        "towns": event.towns,
    }
