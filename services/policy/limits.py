"""What the catalogue owes when: decisions on the platform in three working days (articles 11, 12), items after their document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from services.policy.commands import document_of
from services.policy.decider.document import ConfirmItemsFollowed, DocumentState, document
from services.policy.decider.item import FollowDocument, RepealItem, item
from services.policy.decider.limits import RaisePublicationDueSoon, RaisePublicationOverdue, RecomputePublicationLimit
from services.policy.events.catalogue import (
    DecisionRecorded,
    DocumentDrafted,
    DocumentPublished,
    DocumentRepealed,
    DocumentRevised,
    ItemAmended,
    ItemRepealed,
    ItemsFollowed,
    PublicationDueSoon,
    PublicationOverdue,
    WindowDecided,
)
from services.policy.readmodels.catalogue import DocumentRow, ItemRow
from shared.calendar import end_of, start_of
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.eventstore.decider import Command, Decider, Refused
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

DUE_SOON, OVERDUE, FOLLOW = "publication-due-soon", "publication-overdue", "items-follow"
_WATCH_SETTLED = [Settled(DUE_SOON), Settled(OVERDUE)]


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """The limit of a decision, as events set and settle it; and at once, that a document's items follow it."""
    match happened.event:
        case WindowDecided() as event if event.document.disclosure == "withheld":
            return []
        case (
            DecisionRecorded(due_on=due_on, provisional=provisional)
            | WindowDecided(due_on=due_on, provisional=provisional)
        ):
            return [Owed(DUE_SOON, start_of(due_on), provisional), Owed(OVERDUE, end_of(due_on), provisional)]
        case PublicationDueSoon():
            return [Settled(DUE_SOON)]
        case DocumentDrafted(disclosure="withheld") | DocumentPublished() | ItemRepealed() | PublicationOverdue():
            return _WATCH_SETTLED
        case ItemAmended() as event:
            open_still = event.window.kind == "undetermined" and event.document.disclosure == "public"
            return [] if open_still else _WATCH_SETTLED
        case DocumentRevised() as event:
            moved = event.disclosure != event.disclosed_before
            return [*_WATCH_SETTLED, *([Owed(FOLLOW, happened.at)] if moved else [])]
        case DocumentRepealed():
            return [*_WATCH_SETTLED, Owed(FOLLOW, happened.at)]
        case ItemsFollowed():
            return [Settled(FOLLOW)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Does what is owed; False where it is not the catalogue's."""
    key = row.aggregate_id.partition("-")[2]
    match row.kind:
        case "publication-due-soon":
            await runtime.execute(_decider(row), key, RaisePublicationDueSoon())
        case "publication-overdue":
            await runtime.execute(_decider(row), key, RaisePublicationOverdue())
        case "items-follow":
            await items_follow(runtime, key)
        case _:
            return False
    return True


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    if row.kind in (DUE_SOON, OVERDUE):
        await runtime.execute(_decider(row), row.aggregate_id.partition("-")[2], RecomputePublicationLimit())


async def items_follow(runtime: Runtime, key: str) -> None:
    """Brings a document's items to where it is, and says so; a crash in between is made good by the deadline.

    Raises `Refused` when an item does not follow, LookupError when the catalogue is behind; the scheduler tries again.
    """
    state: DocumentState | None = await runtime.state(document, key)
    ref = await document_of(runtime, key)
    if state is None or ref is None or not state.following:
        return
    shown = await runtime.reads.one(DocumentRow, key)
    if shown is None or (shown.disclosure, shown.repealed) != (ref.disclosure, state.repealed is not None):
        raise LookupError(f"the catalogue does not show document {key} as it is yet")
    rows = await runtime.reads.all(ItemRow, select(ItemRow).where(col(ItemRow.document_id) == key))
    commands: list[tuple[Decider[Any, Any], str, Command]] = [
        (item, row.code, FollowDocument(document=ref)) for row in rows
    ]
    if state.repealed is not None:
        why = state.repealed.model_dump(include={"reason", "decided_on", "transition_until"})
        commands += [(item, row.code, RepealItem(**why)) for row in rows if row.published and not row.repealed]
    for verdict in await runtime.execute_all(commands, runtime.itself):
        if isinstance(verdict, Refused):
            raise verdict
    confirmed = ConfirmItemsFollowed(disclosure=ref.disclosure, repealed=state.repealed is not None)
    await runtime.execute(document, key, confirmed)


def _decider(row: DeadlineRow) -> Decider[Any, Any]:
    return document if row.aggregate_id.startswith("document-") else item
