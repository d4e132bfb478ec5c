"""One answer for tickets about the same matter, also when a process dies between the steps.

First the ticket that leads remembers the other, then the other is merged: so two that are merged into each other at one
moment both stay open. A merged ticket looks once more whether the answer was there already; and an answer reaches all
that the leading ticket remembers.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.commands import join_first
from services.hotline.decider import TicketState, ticket
from services.hotline.decider.commands import (
    AnswerJoined,
    MergeTicket,
    RecordJoinedAnswered,
    SettleMerge,
)
from services.hotline.events.handling import JoinedAnswered, MergeSettled, TicketMerged
from services.hotline.events.ticket import TicketAnswered
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.eventstore.ledger import Receipt
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime
from shared.security.actor import Actor

MERGED, ANSWERED = "merge-look", "merge-answer"


async def merge_ticket(runtime: Runtime, key: str, command: MergeTicket, actor: Actor, sent: str | None) -> Receipt:
    """Merges one ticket into another. Refused where either does not exist, or the other cannot lead."""
    await join_first(runtime, key, command.into, actor)
    return await runtime.execute(ticket, key, command, actor, idempotency_key=sent)


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """What is owed at once."""
    match happened.event:
        case TicketMerged():
            return [Owed(MERGED, happened.at)]
        case TicketAnswered(joined=joined) if joined:
            return [Owed(ANSWERED, happened.at), Settled(MERGED)]
        case TicketAnswered() | MergeSettled():
            return [Settled(MERGED)]
        case JoinedAnswered():
            return [Settled(ANSWERED)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Does what is owed; False where it is nothing of merged tickets."""
    key = row.aggregate_id.partition("-")[2]
    if row.kind == MERGED:
        await _look(runtime, key)
    elif row.kind == ANSWERED:
        state: TicketState = await runtime.state(ticket, key)
        for joined in state.joined:
            await _answer(runtime, joined, key, state)
        await runtime.execute(ticket, key, RecordJoinedAnswered())
    else:
        return False
    return True


async def _look(runtime: Runtime, key: str) -> None:
    state: TicketState = await runtime.state(ticket, key)
    lead: TicketState | None = await runtime.state(ticket, state.merged_into) if state.merged_into else None
    if state.merged_into and lead is not None and lead.answered is not None:
        await _answer(runtime, key, state.merged_into, lead)
    else:
        await runtime.execute(ticket, key, SettleMerge())


async def _answer(runtime: Runtime, key: str, lead: str, state: TicketState) -> None:
    said = state.answered
    if said is None:
        return
    command = AnswerJoined(lead=lead, text=said.text, department=said.department, in_time=said.in_time)
    await runtime.execute(ticket, key, command)
