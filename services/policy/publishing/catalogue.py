"""What others hear of documents and items."""

from __future__ import annotations

from services.policy.events import catalogue as events
from shared.contracts.base import Outgoing
from shared.contracts.policy import catalogue as published
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """Public documents and their published items are announced; drafts and whatever is withheld are not (article 18)."""
    match recorded.event:
        case events.DocumentPublished(disclosure="public") as event:
            return Outgoing(_document(recorded, event), event.department)
        case events.ItemPublished(document=events.DocumentRef(disclosure="public")) as event:
            return Outgoing(_item(event), event.department)
    return None


def _document(recorded: Recorded, event: events.DocumentPublished) -> published.PolicyPublished:
    return published.PolicyPublished(
        document_id=recorded.originator_id.partition("-")[2],
        number=event.number,
        title=event.title,
        department=event.department,
        issued_on=event.issued_on,
        # Other catalogues do not tell when it was decided: not later than it was issued.
        decided_on=event.decided_on or event.issued_on,
        themes=event.themes,
    )


def _item(event: events.ItemPublished) -> published.ItemPublished:
    return published.ItemPublished(
        item_id=event.code,
        code=event.code,
        title=event.title,
        document_id=event.document.id,
        department=event.department,
        procedure=event.procedure,
        promised_days=event.guide.promised_days,
        window=published.WindowSpan(**event.window.model_dump()),
        support_type=event.support_type,
        amount_fen=event.amount_fen,
        themes=event.themes,
        industries=event.industries,
        towns=event.towns,
    )
