"""An announcement of results (结果公示): its days, objections and their handling, what stands in the end; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.application.decider.grant_list import require_staff
from services.application.decider.recomputing import recomputed
from services.application.decider.state import require_platform
from services.application.events import announcement as events
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

OBJECTION_DAYS = 15  # working days to look into an objection
LEAST_DAYS = 5  # working days before the public
MOST_ENTRIES = 500  # written together with each application's own step
Ground = Literal["state-secret", "business-secret", "personal-privacy", "public-security"]
GROUNDS: dict[Ground, str] = {
    "state-secret": "国家秘密",
    "business-secret": "商业秘密",
    "personal-privacy": "个人隐私",
    "public-security": "公共安全",
}
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Entry(BaseModel):
    """A result. `withheld`: on which ground it is kept from the public (article 9), and why."""

    model_config = ConfigDict(frozen=True)

    number: str
    enterprise: str
    name: str
    amount_fen: int
    withheld: Ground | None = None
    reason: str = ""


class AnnounceResults(Command):
    """Put them before the public for some working days. `numbers` and `withheld` are what was said of them, `entries` what
    was found: a repeat is told by what was said."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"item_id", "item_title", "department", "entries"})

    item_id: str = ""
    item_code: str
    item_title: str = ""
    department: str = ""
    period: str
    days: int = Field(ge=LEAST_DAYS, le=30)
    numbers: tuple[str, ...] | None = None
    withheld: tuple[dict[str, str], ...] = ()
    entries: tuple[Entry, ...] = Field((), max_length=MOST_ENTRIES)


class RaiseObjection(Command):
    """Object to an entry, or to the whole."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"contact"})

    against: str | None
    grounds: Text
    contact: str | None


class DecideObjection(Command):
    """Say what came of it; upheld, which entries (`removed`) do not stand."""

    objection: int
    outcome: Literal["upheld", "rejected"]
    reason: Text
    removed: tuple[str, ...] = Field((), max_length=MOST_ENTRIES)


class ShowObjector(Command):
    """Say how to reach whoever raised an objection."""

    objection: int


class RaiseObjectionOverdue(Command):
    """The platform's clock has passed the day by which it had to be decided."""

    objection: int


class RecomputeAnnouncement(Command):
    """The working calendar may know more by now, for the announcement's days, or for those of an objection."""

    objection: int | None = None


class EndAnnouncement(Command):
    """The platform's clock has passed the last day."""


class ConfirmResults(Command):
    """Make what stands final, together with each application's own step."""


AnnouncementCommand = (
    AnnounceResults
    | RaiseObjection
    | ShowObjector
    | DecideObjection
    | RaiseObjectionOverdue
    | RecomputeAnnouncement
    | EndAnnouncement
    | ConfirmResults
)


class ObjectionState(State):
    """An objection; `outcome` None: not decided yet."""

    raised: events.ObjectionRaised
    clock: LimitClock
    outcome: str | None = None
    reason: str = ""
    overdue: bool = False


class AnnouncementState(State):
    """`removed`: the entries that do not stand."""

    state_version: int = 2

    announced: events.ResultsAnnounced
    clock: LimitClock
    status: Literal["open", "ended", "confirmed"] = "open"
    objections: dict[int, ObjectionState] = Field(default_factory=dict)
    removed: frozenset[str] = frozenset()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that were announced."""
        return tuple(Entry.model_validate(entry) for entry in self.announced.entries)

    @property
    def standing(self) -> tuple[Entry, ...]:
        """Those that no upheld objection has removed."""
        return tuple(entry for entry in self.entries if entry.number not in self.removed)


def about(state: AnnouncementState) -> dict[str, Any]:
    """The same for every event."""
    return state.announced.model_dump(include={"item_id", "item_code", "item_title", "department", "period"})


def decide(state: AnnouncementState | None, command: AnnouncementCommand, context: Context) -> Sequence[Event]:
    """Every command but the first needs an announcement that is there."""
    if isinstance(command, AnnounceResults):
        return _announce(state, command, context)
    if state is None:
        raise Refused("application.announcement-unknown", "没有这份公示，请核对。", because=Because.NOT_FOUND)
    match command:
        case RaiseObjection():
            return _object(state, command, context)
        case ShowObjector(objection=number):
            require_staff(state.announced.department, context)
            contact_of(state, number)
            return [events.ObjectorShown(**about(state), objection=number, by=context.actor.subject)]
        case DecideObjection():
            return _decide(state, command, context)
        case RaiseObjectionOverdue(objection=number):
            require_platform(context)
            found = state.objections[number]
            clock = found.clock
            if found.outcome or found.overdue or not clock.is_overdue(context.today):
                return []
            late = {"objection": number, "due_on": clock.due.day, "limit_days": clock.limit_days}
            return [events.ObjectionOverdue(**about(state), **late)]
        case RecomputeAnnouncement():
            require_platform(context)
            return _recompute(state, command.objection, context)
        case EndAnnouncement():
            require_platform(context)
            over = state.status == "open" and state.clock.is_overdue(context.today)
            return [events.AnnouncementEnded(**about(state))] if over else []
        case ConfirmResults():
            return _confirm(state, context)


def _announce(state: AnnouncementState | None, command: AnnounceResults, context: Context) -> Sequence[Event]:
    require_staff(command.department, context)
    if state is not None:
        title = "这一期次的这份公示已经发布。其余结果请用下一个序号（part）公示。"
        raise Refused("application.announcement-exists", title)
    errors = [
        FieldError(field=f"withheld.{entry.number}", code="no-reason", message="不予公开的须写明理由。")
        for entry in command.entries
        if entry.withheld and not entry.reason.strip()
    ]
    if not command.entries:
        errors.append(FieldError(field="numbers", code="none", message="没有已通过而尚未公示的申报。"))
    if errors:
        raise Refused("application.announcement-invalid", f"公示有{len(errors)}处需要改正。", errors, Because.INVALID)
    content = command.model_dump(mode="json", exclude={"days", "numbers", "withheld"})
    clock = LimitClock.start(context.calendar, command.days, context.today)
    return [events.ResultsAnnounced(**content, clock=clock, by=context.actor.subject)]


def _object(state: AnnouncementState, command: RaiseObjection, context: Context) -> Sequence[Event]:
    if not context.actor.has(Role.APPLICANT, Role.COUNTER_CLERK):
        title = "企业和群众可以提出异议，请以本人身份登录或到惠企服务专窗办理。"
        raise Refused("application.objection-not-yours", title, because=Because.FORBIDDEN)
    if state.status != "open" or state.clock.is_overdue(context.today):
        raise Refused("application.announcement-over", "公示期已满，如有问题请通过12345热线反映。")
    if command.against is not None and command.against not in {entry.number for entry in state.standing}:
        error = FieldError(field="against", code="unknown", message="公示中没有这一项。")
        raise Refused("application.objection-invalid", "异议有1处需要改正。", [error], Because.INVALID)
    return [
        events.ObjectionRaised(
            **about(state),
            **command.model_dump(),
            objection=len(state.objections) + 1,
            enterprise=context.actor.enterprise,
            by=context.actor.subject,
            clock=LimitClock.start(context.calendar, OBJECTION_DAYS, context.today),
        )
    ]


def contact_of(state: AnnouncementState | None, number: int) -> str:
    """How to reach whoever raised an objection, sealed. Raises `Refused` where there is nothing."""
    found = state.objections.get(number) if state else None
    if found is None:
        raise Refused("application.objection-unknown", "没有这件异议，请核对。", because=Because.NOT_FOUND)
    if found.raised.contact is None:
        title = "异议人没有留下联系方式，处理结果可由其登录澄策之窗查看。"
        raise Refused("application.objector-unknown", title, because=Because.NOT_FOUND)
    return found.raised.contact


def _decide(state: AnnouncementState, command: DecideObjection, context: Context) -> Sequence[Event]:
    require_staff(state.announced.department, context)
    found = state.objections.get(command.objection)
    if found is None:
        raise Refused("application.objection-unknown", "没有这件异议，请核对。", because=Because.NOT_FOUND)
    if found.outcome:
        raise Refused("application.objection-decided", "这件异议已有处理结果。")
    standing = {entry.number for entry in state.standing}
    errors = [
        FieldError(field="removed", code="unknown", message=f"公示中没有“{number}”，或已被移除。")
        for number in command.removed
        if number not in standing
    ]
    if (command.outcome == "upheld") != bool(command.removed):
        message = "异议成立的须写明移除公示中的哪些项；不成立的不能移除。"
        errors.append(FieldError(field="removed", code="outcome", message=message))
    if errors:
        title = f"异议的处理有{len(errors)}处需要改正。"
        raise Refused("application.objection-invalid", title, errors, Because.INVALID)
    in_time = not found.clock.is_overdue(context.today)
    told = {"enterprise": found.raised.enterprise, "in_time": in_time, "by": context.actor.subject}
    return [events.ObjectionDecided(**about(state), **command.model_dump(), **told)]


def _recompute(state: AnnouncementState, objection: int | None, context: Context) -> Sequence[Event]:
    """As long as it runs, and was not said to be over."""
    if objection is None:
        clock = state.clock if state.status == "open" else None
    else:
        found = state.objections[objection]
        clock = None if found.outcome or found.overdue else found.clock
    anew = recomputed(clock, context)
    if clock is None or anew is None:
        return []
    told = {"previous_due_on": clock.due.day, "clock": anew, "notice": anew.due.calendar}
    return [events.AnnouncementLimitRecomputed(**about(state), objection=objection, **told)]


def _confirm(state: AnnouncementState, context: Context) -> Sequence[Event]:
    require_staff(state.announced.department, context)
    if state.status == "confirmed":
        return []
    if state.status == "open":
        due = state.clock.due.day
        raise Refused("application.announcement-open", f"公示期至{due}，期满后才能确认结果。")
    if open_ones := [number for number, each in state.objections.items() if each.outcome is None]:
        title = f"还有{len(open_ones)}件异议没有处理，请处理后再确认结果。"
        raise Refused("application.objections-open", title)
    if context.actor.subject == state.announced.by:
        title = "结果须由发布公示以外的另一人确认。"
        raise Refused("application.four-eyes", title, because=Because.FORBIDDEN)
    figures = {"confirmed": len(state.standing), "removed": len(state.removed)}
    return [events.ResultsConfirmed(**about(state), **figures, by=context.actor.subject)]


def evolve(state: AnnouncementState | None, event: Event) -> AnnouncementState:
    """The state after an event."""
    if isinstance(event, events.ResultsAnnounced):
        return AnnouncementState(announced=event, clock=event.clock)
    assert state is not None  # noqa: S101 - nothing happens to it before it is announced
    return state.model_copy(update=_changes(state, event))


def _changes(state: AnnouncementState, event: Event) -> Mapping[str, Any]:
    match event:
        case events.ObjectionRaised(objection=number):
            return {"objections": state.objections | {number: ObjectionState(raised=event, clock=event.clock)}}
        case events.ObjectionDecided(objection=number, outcome=outcome, reason=reason, removed=removed):
            decided = state.objections[number].model_copy(update={"outcome": outcome, "reason": reason})
            return {"objections": state.objections | {number: decided}, "removed": state.removed | set(removed)}
        case events.ObjectionOverdue(objection=number):
            late = state.objections[number].model_copy(update={"overdue": True})
            return {"objections": state.objections | {number: late}}
        case events.AnnouncementLimitRecomputed(objection=None, clock=clock):
            return {"clock": clock}
        case events.AnnouncementLimitRecomputed(objection=int() as number, clock=clock):
            moved = state.objections[number].model_copy(update={"clock": clock})
            return {"objections": state.objections | {number: moved}}
        case events.AnnouncementEnded():
            return {"status": "ended"}
        case events.ResultsConfirmed():
            return {"status": "confirmed"}
    return {}


announcement: Decider[AnnouncementState, AnnouncementCommand] = Decider(
    "announcement", AnnouncementState, decide, evolve
)
