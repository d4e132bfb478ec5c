"""A symposium or a visit, and the demands that were made there: each becomes a ticket; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import Field

from services.hotline.decider.commands import ItemCode, Text, Title, Town, Unit
from services.hotline.decider.rights import DESK, handles, not_yours, require_platform
from services.hotline.events.meeting import Demand, DemandsAdded, DemandsBecameTickets, MeetingKind, MeetingRecorded
from shared.contracts.hotline import Nature
from shared.contracts.identifiers import DepartmentCode, Uscc
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Actor


class AskedThere(Command):
    """A demand as it was written down."""

    enterprise: Uscc | None = None
    nature: Nature = "demand"
    title: Title
    content: Text
    item: ItemCode | None = None
    suggested_department: DepartmentCode | None = None
    # Every sealing gives another envelope: left out of what a repeat is compared by.
    contact: str | None = Field(None, exclude=True)


class RecordMeeting(Command):
    """It was held."""

    kind: MeetingKind
    title: Title
    held_on: date
    place: Unit
    town: Town | None = None
    department: DepartmentCode
    enterprises: tuple[Uscc, ...] = Field((), max_length=200)
    minutes: Text
    demands: tuple[AskedThere, ...] = Field((), max_length=100)


class AddDemands(Command):
    """Demands that were forgotten."""

    demands: tuple[AskedThere, ...] = Field(min_length=1, max_length=100)


class RecordDemandTickets(Command):
    """These tickets are there."""

    tickets: dict[int, str]


MeetingCommand = RecordMeeting | AddDemands | RecordDemandTickets


class MeetingState(State):
    """A meeting, its demands, and the tickets they have become."""

    recorded: MeetingRecorded
    demands: tuple[Demand, ...]
    tickets: dict[int, str] = Field(default_factory=dict)

    @property
    def waiting(self) -> tuple[Demand, ...]:
        """Demands that are no tickets yet."""
        return tuple(each for each in self.demands if each.number not in self.tickets)


def may_record(actor: Actor, department: str) -> bool:
    """True for the department that held it, and for the desk and the data bureau."""
    return handles(actor, department) or actor.has(*DESK)


def decide(state: MeetingState | None, command: MeetingCommand, context: Context) -> Sequence[Event]:
    """Recorded once; demands are added, never taken away."""
    if isinstance(command, RecordMeeting):
        return _record(state, command, context)
    if state is None:
        raise Refused("hotline.meeting-unknown", "没有这次座谈或走访的记录，请核对编号。", because=Because.NOT_FOUND)
    if isinstance(command, RecordDemandTickets):
        require_platform(context)
        new = {number: key for number, key in command.tickets.items() if number not in state.tickets}
        left = sum(each.number not in command.tickets for each in state.waiting)
        return [DemandsBecameTickets(tickets=new, left=left)] if new else []
    if not may_record(context.actor, state.recorded.department):
        not_yours("座谈和走访由组织部门登记，请用该部门账号登录。")
    known = {_said(each) for each in state.demands}
    added = [each for each in _numbered(command.demands, after=len(state.demands)) if _said(each) not in known]
    return [DemandsAdded(demands=tuple(added))] if added else []


def _record(state: MeetingState | None, command: RecordMeeting, context: Context) -> Sequence[Event]:
    if not may_record(context.actor, command.department):
        not_yours("座谈和走访由组织部门登记，请用该部门账号登录。")
    demands = _numbered(command.demands, after=0)
    recorded = MeetingRecorded(**command.model_dump(exclude={"demands"}), demands=demands)
    if state is not None:
        if _said_there(state.recorded) == _said_there(recorded):
            return []
        raise Refused("hotline.meeting-differs", "该编号的座谈或走访已登记，内容不同，请重新提交。")
    if command.held_on > context.today:
        wrong = FieldError(field="held_on", code="future", message="日期不能晚于今天，请改正。")
        raise Refused("hotline.meeting-invalid", "有1处需要改正，请改正后重新提交。", [wrong], Because.INVALID)
    return [recorded]


def _numbered(demands: Sequence[AskedThere], *, after: int) -> tuple[Demand, ...]:
    return tuple(
        Demand(number=after + n, contact=each.contact, **each.model_dump()) for n, each in enumerate(demands, 1)
    )


def _said(demand: Demand) -> str:
    return demand.model_dump_json(exclude={"number", "contact"})


def _said_there(recorded: MeetingRecorded) -> tuple[str, list[str]]:
    return recorded.model_dump_json(exclude={"demands"}), [_said(each) for each in recorded.demands]


def evolve(state: MeetingState | None, event: Event) -> MeetingState:
    """The meeting after an event."""
    if isinstance(event, MeetingRecorded):
        return MeetingState(recorded=event, demands=event.demands)
    assert state is not None  # noqa: S101 - nothing happens to a meeting before it is recorded
    match event:
        case DemandsAdded(demands=demands):
            return state.model_copy(update={"demands": (*state.demands, *demands)})
        case DemandsBecameTickets(tickets=tickets):
            return state.model_copy(update={"tickets": state.tickets | tickets})
    return state


meeting = Decider("meeting", MeetingState, decide, evolve)
