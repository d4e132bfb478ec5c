"""The queue of a hall's day (排队叫号): numbers rise without gaps, and two clerks never get the same one; pure.

One aggregate for each hall and day, so that who is next is one decision, whatever services a clerk calls for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

from pydantic import Field

from services.application.decider.state import require_platform
from services.application.events import counter as events
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role

TAKEN_OVER = timedelta(minutes=10)  # after which another clerk may recall what nobody has begun to serve
Status = Literal["waiting", "called", "missed", "serving", "served", "lapsed"]


class TakeNumber(Command):
    """Take a number for a service; what concerns the hall is what is laid down at this moment."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"letter", "service_title", "hall_name", "department"})

    hall: str
    day: date
    service: str
    letter: str
    service_title: str
    hall_name: str
    department: str


class CallNext(Command):
    """Call whoever has waited longest, of these services or of all, to a counter."""

    counter: str
    services: tuple[str, ...] = ()


class Recall(Command):
    """Call again: who was called and has not come yet, or who was marked as missed.

    After ten minutes by another clerk too: nobody waits for ever because a clerk has gone.
    """

    number: str
    counter: str


class MarkMissed(Command):
    """Nobody came."""

    number: str


class BeginServing(Command):
    """Somebody came; together with the visit."""

    number: str
    visit: str


class EndServing(Command):
    """It is done; together with the visit's end."""

    number: str


class CloseQueue(Command):
    """The platform's clock has passed the day."""


QueueCommand = TakeNumber | CallNext | Recall | MarkMissed | BeginServing | EndServing | CloseQueue


class Place(State):
    """A number: since when it waits, when it was first called, and who has it."""

    service: str
    taken_at: datetime
    holder: str | None
    status: Status = "waiting"
    first_called_at: datetime | None = None
    called_at: datetime | None = None
    counter: str | None = None
    clerk: str | None = None
    visit: str | None = None


class QueueState(State):
    """All numbers of the day, in the order in which they were taken."""

    hall: str
    department: str
    day: date
    taken: dict[str, int] = Field(default_factory=dict)  # by letter
    places: dict[str, Place] = Field(default_factory=dict)
    closed: bool = False

    def waiting(self, services: Sequence[str] = ()) -> list[str]:
        """Numbers that wait, the longest first."""
        return [
            number
            for number, place in self.places.items()
            if place.status == "waiting" and (not services or place.service in services)
        ]

    def held_by(self, clerk: str) -> str | None:
        """The number that a clerk has called or serves."""
        found = (
            n for n, place in self.places.items() if place.clerk == clerk and place.status in ("called", "serving")
        )
        return next(found, None)

    def own(self, holder: str, service: str) -> str | None:
        """The number of a service that somebody holds and has not used up."""
        found = (
            number
            for number, place in self.places.items()
            if (place.holder, place.service) == (holder, service) and place.status in ("waiting", "called", "missed")
        )
        return next(found, None)


def key_of(hall: str, day: date) -> str:
    """One queue for each hall and day."""
    return f"{hall}.{day:%Y%m%d}"


def decide(state: QueueState | None, command: QueueCommand, context: Context) -> Sequence[Event]:
    """Numbers by anybody who is signed in; everything else by the hall's clerks, and the end by the platform."""
    if isinstance(command, TakeNumber):
        return _take(state, command, context)
    if isinstance(command, CloseQueue):
        require_platform(context)
        return _close(state) if state else []
    if state is None:
        raise Refused("application.queue-empty", "这个大厅今天还没有人取号，请稍后再叫号。")
    require_clerk(state.department, context.actor)
    if state.closed:
        raise Refused("application.queue-closed", "这一天的叫号已结束，未办理的号码已失效，请重新取号。")
    match command:
        case CallNext():
            return _call_next(state, command, context)
        case Recall():
            return _recall(state, command, context)
        case MarkMissed(number=number):
            place = _place(state, number)
            if place.status == "missed":
                return []
            _require_own(number, place, context, "called")
            return [events.NumberMissed(number=number, clerk=context.actor.subject)]
        case BeginServing(number=number, visit=visit):
            place = _place(state, number)
            if place.visit == visit and place.clerk == context.actor.subject:
                return []
            _require_own(number, place, context, "called")
            return [events.ServingBegun(number=number, clerk=context.actor.subject, visit=visit)]
        case EndServing(number=number):
            place = _place(state, number)
            if place.status == "served":
                return []
            _require_own(number, place, context, "serving")
            return [events.ServingEnded(number=number, clerk=context.actor.subject)]


def require_clerk(department: str, actor: Actor) -> None:
    """Refuses everybody but the clerks of the department that runs the hall."""
    if not actor.has(Role.COUNTER_CLERK) or actor.department != department:
        title = f"叫号和窗口办理由部门 {department} 的窗口人员操作，请用窗口人员账号登录。"
        raise Refused("application.not-your-counter", title, because=Because.FORBIDDEN)


def _take(state: QueueState | None, command: TakeNumber, context: Context) -> Sequence[Event]:
    actor = context.actor
    if command.day != context.today or (state is not None and state.closed):
        raise Refused("application.queue-closed", "只能取当天的排队号，请在当天取号。")
    holder = None if actor.has(Role.COUNTER_CLERK) else actor.subject
    if state is not None and holder is not None and state.own(holder, command.service):
        return []
    nth = (state.taken.get(command.letter, 0) if state else 0) + 1
    taken = events.NumberTaken(
        number=f"{command.letter}{nth:03d}",
        service=command.service,
        service_title=command.service_title,
        taken_at=context.now,
        holder=holder,
    )
    about = command.model_dump(include={"hall", "hall_name", "department", "day"})
    return [taken] if state else [events.QueueOpened(**about), taken]


def _call_next(state: QueueState, command: CallNext, context: Context) -> Sequence[Event]:
    clerk = context.actor.subject
    held = state.held_by(clerk)
    if held is not None:
        if state.places[held].status == "called":  # pressed twice: nobody is passed over
            return []
        raise Refused("application.serving", f"您正在办理{held}号，请办结后再叫下一位。")
    _require_free(state, command.counter, clerk)
    waiting = state.waiting(command.services)
    if not waiting:
        raise Refused("application.queue-empty", "目前没有等候的号码，请稍后再叫号。")
    return [_called(waiting[0], command.counter, context, again=False)]


def _recall(state: QueueState, command: Recall, context: Context) -> Sequence[Event]:
    clerk, place = context.actor.subject, _place(state, command.number)
    if place.status == "called":
        if place.called_at is None or context.now < place.called_at + TAKEN_OVER:
            _require_own(command.number, place, context, "called")
    elif place.status != "missed":
        raise Refused("application.not-called", f"{command.number}号{_SAID[place.status]}，不能重呼。")
    held = state.held_by(clerk)
    if held not in (None, command.number):
        raise Refused("application.serving", f"您已叫{held}号，请先办结或标记过号，再重呼{command.number}号。")
    _require_free(state, command.counter, clerk)
    return [_called(command.number, command.counter, context, again=True)]


def _called(number: str, counter: str, context: Context, *, again: bool) -> Event:
    return events.NumberCalled(
        number=number, counter=counter, clerk=context.actor.subject, called_at=context.now, again=again
    )


_SAID: dict[Status, str] = {
    "waiting": "还在等候",
    "called": "已叫号",
    "missed": "已过号",
    "serving": "正在办理",
    "served": "已办结",
    "lapsed": "已失效",
}


def _place(state: QueueState, number: str) -> Place:
    if number not in state.places:
        title = f"今天没有{number}号，请核对排队号。"
        raise Refused("application.number-unknown", title, because=Because.NOT_FOUND)
    return state.places[number]


def _require_own(number: str, place: Place, context: Context, status: Status) -> None:
    if place.status != status:
        raise Refused("application.not-called", f"{number}号{_SAID[place.status]}，不能办理这一步，请刷新后重试。")
    if place.clerk != context.actor.subject:
        title = f"{number}号由{place.counter}的另一位窗口人员叫号，请由其办理。"
        raise Refused("application.not-your-number", title, because=Because.FORBIDDEN)


def _require_free(state: QueueState, counter: str, clerk: str) -> None:
    for number, place in state.places.items():
        if place.status in ("called", "serving") and place.counter == counter and place.clerk != clerk:
            title = f"{counter}正由另一位窗口人员办理{number}号，请核对您的窗口号。"
            error = FieldError(field="counter", code="taken", message=title)
            raise Refused("application.counter-taken", title, [error])


def _close(state: QueueState) -> Sequence[Event]:
    if state.closed:
        return []
    lapsed = tuple(n for n, place in state.places.items() if place.status in ("waiting", "called", "missed"))
    unfinished = tuple(n for n, place in state.places.items() if place.status == "serving")
    return [events.QueueClosed(lapsed=lapsed, unfinished=unfinished)]


def evolve(state: QueueState | None, event: Event) -> QueueState:
    """The queue after an event."""
    if isinstance(event, events.QueueOpened):
        return QueueState(hall=event.hall, department=event.department, day=event.day)
    assert state is not None  # noqa: S101 - nothing happens to a queue before it is opened
    match event:
        case events.NumberTaken(number=number):
            place = Place(**event.model_dump(include={"service", "taken_at", "holder"}))
            taken = state.taken | {number[0]: state.taken.get(number[0], 0) + 1}
            return state.model_copy(update={"taken": taken, "places": state.places | {number: place}})
        case events.NumberCalled(number=number, called_at=at):
            known = state.places[number]
            told = {"status": "called", "called_at": at, "counter": event.counter, "clerk": event.clerk}
            return _with(state, number, **told, first_called_at=known.first_called_at or at)
        case events.NumberMissed(number=number):
            return _with(state, number, status="missed")
        case events.ServingBegun(number=number, visit=visit):
            return _with(state, number, status="serving", visit=visit)
        case events.ServingEnded(number=number):
            return _with(state, number, status="served")
        case events.QueueClosed(lapsed=lapsed, unfinished=unfinished):
            ended = dict.fromkeys(lapsed, "lapsed") | dict.fromkeys(unfinished, "served")
            places = {
                number: place.model_copy(update={"status": ended.get(number, place.status)})
                for number, place in state.places.items()
            }
            return state.model_copy(update={"closed": True, "places": places})
    return state


def _with(state: QueueState, number: str, **changes: object) -> QueueState:
    place = state.places[number].model_copy(update=changes)
    return state.model_copy(update={"places": state.places | {number: place}})


queue: Decider[QueueState, QueueCommand] = Decider("queue", QueueState, decide, evolve)
