"""How tickets are shown: what was promised and what is left, everywhere a ticket shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from sqlmodel import col, select

from services.hotline.api.concerned import ConcernedShown
from services.hotline.classification.suggestion import Suggestion, Urgency
from services.hotline.decider.clocks import is_stopped
from services.hotline.events.ticket import AnswerClock
from services.hotline.readmodels.tickets import TicketRow
from shared.calendar import HoursClock, civil_date
from shared.contracts.hotline import Nature
from shared.runtime.service import Runtime

Status = Literal["received", "apart", "dispatched", "asked", "answered", "closed", "withdrawn", "merged"]
_CLOCK: TypeAdapter[AnswerClock] = TypeAdapter(AnswerClock)
_OPEN = ("dispatched", "asked")


class Promise(BaseModel):
    """What was promised, and what is left of it; nothing while no department has the ticket.

    `days_left`: working days up to the due day by the platform's clock, negative when overdue; `hours_left` likewise for
    a limit in hours. Both are None when nothing runs any more. `stopped`: the clock stands still for the asker.
    """

    limit_days: int | None = None
    limit_hours: int | None = None
    due_on: date | None = None
    due_at: datetime | None = None
    provisional: bool = False
    stopped: bool = False
    days_left: int | None = None
    hours_left: float | None = None


class TicketSummary(Promise):
    """A ticket in a list."""

    key: str
    source: str
    number: str
    channel: str
    nature: Nature
    urgency: Urgency
    subject: str | None
    title: str
    received_at: datetime
    town: str | None
    enterprise: str | None
    item: str | None
    suggested_department: str | None
    status: Status
    handle_by: date | None
    unhandled: bool
    department: str | None
    co_handlers: list[str]
    signed: bool
    extension: str | None
    due_soon: bool
    overdue: bool
    supervised: bool
    urged: int
    answered_on: date | None
    in_time: bool | None
    reopened: int
    merged_into: str | None
    joined: int
    published: bool
    closed_on: date | None


class Step(BaseModel):
    """One thing that happened to a ticket."""

    at: datetime
    step: str
    department: str | None
    text: str | None


class TicketDetail(TicketSummary):
    """A ticket with its texts and steps. Name and number of the caller are masked."""

    content: str
    suggestion: Suggestion | None
    apart_reason: str | None
    proposed: str | None
    answer: str | None
    answered_by_unit: str | None
    put_right: str | None
    caller_name: str | None
    caller_phone: str | None
    steps: list[Step]
    application: ConcernedShown | None


def summary(runtime: Runtime, row: TicketRow) -> TicketSummary:
    """A row as a list shows it."""
    return TicketSummary(**row.model_dump() | promise(runtime, row).model_dump())


def promise(runtime: Runtime, row: TicketRow) -> Promise:
    """The limit as it stands, and what is left by the platform's clock."""
    if row.clock is None:
        return Promise()
    clock = _CLOCK.validate_python(row.clock)
    running = row.status in _OPEN
    now = runtime.clock.now()
    left: dict[str, Any]
    if isinstance(clock, HoursClock):
        left = {"limit_hours": clock.limit_hours, "hours_left": round(clock.hours_left(now), 2) if running else None}
    else:
        days = clock.days_left(runtime.calendar(), civil_date(now)) if running else None
        left = {"limit_days": clock.limit_days, "days_left": days}
    stopped = running and is_stopped(clock)
    return Promise(due_on=row.due_on, due_at=row.due_at, provisional=row.provisional, stopped=stopped, **left)


async def status_of(runtime: Runtime, keys: Sequence[str]) -> dict[str, str]:
    """How far the tickets with these keys are, for what became a ticket elsewhere."""
    query = select(TicketRow).where(col(TicketRow.key).in_(keys))
    return {row.key: row.status for row in (await runtime.reads.all(TicketRow, query) if keys else [])}
