"""A ticket: what may be asked of it, and what its events amount to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from services.hotline.events import (
    TicketAnswered,
    TicketDeadlineRecomputed,
    TicketDispatched,
    TicketOverdue,
    TicketReceived,
)
from services.hotline.keys import SourceName, TicketNumber
from shared.calendar import LimitClock
from shared.contracts.hotline import Nature
from shared.contracts.identifiers import DepartmentCode, Uscc
from shared.eventstore.decider import Command, State
from shared.eventstore.events import Event

# What lies outside is a slip of the pen.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Channel = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Town = Annotated[str, Field(pattern=r"^\d{6}(\d{3})?$", description="区划代码", examples=["320281100"])]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Instant = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST), AfterValidator(lambda at: at.astimezone(UTC))]
LimitDays = Annotated[int, Field(ge=1, le=60, description="答复时限，工作日，自派发次日起算")]


# Commands ------------------------------------------------------------------------------------------------------------


class History(Command):
    """The answer that a ticket brings with it, and the limit (working days) it is measured by."""

    text: Text
    replied_at: Instant
    department: DepartmentCode | None = None
    unit: Unit | None = None
    limit_days: LimitDays


class ReceiveTicket(Command):
    """Take a ticket in. The caller's fields are sealed before they come here."""

    source: SourceName
    number: TicketNumber
    channel: Channel
    nature: Nature
    title: Title
    content: Text
    received_at: Instant
    town: Town | None = None
    enterprise: Uscc | None = None
    # Every sealing gives another envelope: left out of what a repeat under one idempotency key is compared by.
    caller_name: str | None = Field(None, exclude=True)
    caller_phone: str | None = Field(None, exclude=True)
    suggested_department: DepartmentCode | None = None
    history: History | None = None


class DispatchTicket(Command):
    """Make a department responsible, within `limit_days` or else what `answer_limit_days` says of the ticket's nature."""

    department: DepartmentCode
    limit_days: LimitDays | None = None
    answer_limit_days: dict[Nature, LimitDays]


class AnswerAtOnce(Command):
    """The seat answers itself, without a department."""

    text: Text


class AnswerTicket(Command):
    """The department answers."""

    text: Text


class RaiseTicketOverdue(Command):
    """Say that the limit has passed, if it has."""


class RecomputeTicketDeadline(Command):
    """Count the limit again by the present calendar."""


TicketCommand = (
    ReceiveTicket | DispatchTicket | AnswerAtOnce | AnswerTicket | RaiseTicketOverdue | RecomputeTicketDeadline
)


# State ---------------------------------------------------------------------------------------------------------------


class TicketState(State):
    """A ticket: who has it, by when, and its answer."""

    received: TicketReceived
    department: str | None = None
    clock: LimitClock | None = None
    answered: TicketAnswered | None = None
    overdue: bool = False


def evolve(state: TicketState | None, event: Event) -> TicketState:
    """The ticket after an event."""
    if isinstance(event, TicketReceived):
        return TicketState(received=event)
    assert state is not None  # noqa: S101 - nothing happens to a ticket before it is received
    match event:
        case TicketDispatched():
            return state.model_copy(update={"department": event.department, "clock": event.clock})
        case TicketAnswered():
            return state.model_copy(update={"answered": event})
        case TicketOverdue():
            return state.model_copy(update={"overdue": True})
        case TicketDeadlineRecomputed():
            return state.model_copy(update={"clock": event.clock})
    return state


def about(received: TicketReceived) -> dict[str, str | None]:
    """What every event tells about its ticket."""
    fields = ("source", "number", "title", "nature", "enterprise")
    return {name: getattr(received, name) for name in fields}
