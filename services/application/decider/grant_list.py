"""A list of grants without application: opened, handed in, accepted, answered, confirmed; pure (article 20(1)1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from services.application.decider.state import require_platform
from services.application.events import grant as events
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

Status = Literal["draft", "submitted", "accepted", "offered", "answered", "confirmed", "concluded"]
STATUSES: dict[Status, str] = {
    "draft": "正在编制",
    "submitted": "已提交，等待平台受理",
    "accepted": "已受理，正在推送",
    "offered": "已推送，等待企业确认",
    "answered": "企业确认期已满",
    "confirmed": "扶持名单已确认",
    "concluded": "扶持名单已形成",
}
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Period = Annotated[str, Field(pattern=r"^[0-9]{4}[0-9A-Z]{0,6}$", description="期次，如 2026 或 2026Q1")]
STAFF = (Role.OFFICER, Role.DEPARTMENT_HEAD)


class OpenGrantList(Command):
    """Begin one; what concerns the item is what the catalogue says at this moment."""

    item_id: str
    item_code: str
    item_title: str
    department: str
    procedure: str
    period: Period
    term_days: int = Field(10, ge=1, le=60)
    basis: Text


class _Counted(Command):
    """With the rows as the read model shows them up to this command."""

    rows: int = Field(ge=0)
    total_fen: int = Field(ge=0)


class SubmitGrantList(_Counted):
    """Hand it in."""


class ReturnGrantList(Command):
    """Give it back to be mended."""

    reason: Text


class AcceptGrantList(_Counted):
    """Take it, and make the offers."""


class ConcludeOffers(Command):
    """Every offer is made."""


class LookAtTerm(Command):
    """See whether the term is over, or has moved."""


class ConcludeTerm(Command):
    """The term is over, and what was not answered has lapsed."""

    confirmed: int
    declined: int
    lapsed: int


class ConfirmSupportList(_Counted):
    """Say that those who confirmed are to be supported. `waiting`: enterprises that may still answer."""

    waiting: int = Field(ge=0)


class ConcludeSupportList(Command):
    """Every one of them stands on the support list."""


GrantListCommand = (
    OpenGrantList
    | SubmitGrantList
    | ReturnGrantList
    | AcceptGrantList
    | ConcludeOffers
    | LookAtTerm
    | ConcludeTerm
    | ConfirmSupportList
    | ConcludeSupportList
)


class GrantListState(State):
    """A list on its way; `submitted` is how it was handed in last."""

    opened: events.GrantListOpened
    status: Status = "draft"
    submitted: events.GrantListSubmitted | None = None
    clock: LimitClock | None = None

    @property
    def last_day(self) -> date | None:
        """By whose end enterprises confirm."""
        return self.clock.due.day if self.clock else None


def decide(state: GrantListState | None, command: GrantListCommand, context: Context) -> Sequence[Event]:
    """The department makes and confirms it, the data bureau takes it, the platform does the rest."""
    if isinstance(command, OpenGrantList):
        return _open(state, command, context)
    if state is None:
        raise Refused("application.grant-list-unknown", "没有这份名单，请核对名单编号。", because=Because.NOT_FOUND)
    match command:
        case SubmitGrantList():
            return _submit(state, command, context)
        case ReturnGrantList(reason=reason):
            _require_bureau(context)
            _require(state, "submitted")
            return [events.GrantListReturned(**about(state), reason=reason)]
        case AcceptGrantList():
            return _accept(state, command, context)
        case ConfirmSupportList():
            return _confirm(state, command, context)
    require_platform(context)
    return _of_platform(state, command, context)


def _of_platform(state: GrantListState, command: GrantListCommand, context: Context) -> Sequence[Event]:
    """Each does nothing where it was done already: it may be tried again after a crash."""
    clock = state.clock
    match command:
        case ConcludeOffers() if state.status == "accepted" and clock is not None:
            return [events.GrantOffersMade(**about(state), clock=clock)]
        case LookAtTerm() if state.status == "offered" and clock is not None:
            anew = clock.recomputed(context.calendar)
            same = (anew.due.day, anew.due.provisional) == (clock.due.day, clock.due.provisional)
            return [] if same else [events.GrantTermMoved(**about(state), clock=anew)]
        case ConcludeTerm() if state.status == "offered":
            return [events.GrantTermOver(**about(state), **command.model_dump())]
        case ConcludeSupportList() if state.status == "confirmed":
            return [events.SupportListConcluded(**about(state))]
    return []


def _open(state: GrantListState | None, command: OpenGrantList, context: Context) -> Sequence[Event]:
    require_staff(command.department, context)
    if command.procedure != "no-application":
        message = "该事项不是免申即享事项，请由企业申报，或先修订事项的兑现方式。"
        wrong = FieldError(field="item_code", code="not-without-application", message=message)
        raise Refused("application.grant-list-invalid", "名单有1处需要改正。", [wrong], Because.INVALID)
    if state is not None:
        known = state.opened.model_dump(exclude={"opened_on"})
        if known == command.model_dump(exclude={"procedure"}):
            return []
        raise Refused("application.grant-list-differs", "该编号的名单已存在，内容不同，请重新提交。")
    content = command.model_dump(exclude={"procedure"})
    return [events.GrantListOpened(**content, opened_on=context.today)]


def _submit(state: GrantListState, command: SubmitGrantList, context: Context) -> Sequence[Event]:
    require_staff(state.opened.department, context)
    _require(state, "draft")
    if not command.rows:
        raise Refused("application.grant-list-empty", "名单中还没有企业，请先导入企业再提交。")
    counted = {"rows": command.rows, "total_fen": command.total_fen}
    return [events.GrantListSubmitted(**about(state), **counted, by=context.actor.subject)]


def _accept(state: GrantListState, command: AcceptGrantList, context: Context) -> Sequence[Event]:
    _require_bureau(context)
    _require(state, "submitted")
    submitted = state.submitted
    assert submitted is not None  # noqa: S101 - its status says so
    if (command.rows, command.total_fen) != (submitted.rows, submitted.total_fen):
        title = (
            f"名单提交后有变动：提交时{submitted.rows}家、{_yuan(submitted.total_fen)}，"
            f"现为{command.rows}家、{_yuan(command.total_fen)}。请退回部门核对后重新提交。"
        )
        raise Refused("application.grant-list-changed", title)
    clock = LimitClock.start(context.calendar, state.opened.term_days, context.today)
    return [events.GrantListAccepted(**about(state), rows=submitted.rows, total_fen=submitted.total_fen, clock=clock)]


def _confirm(state: GrantListState, command: ConfirmSupportList, context: Context) -> Sequence[Event]:
    require_staff(state.opened.department, context)
    _require(state, "offered", "answered")
    if state.submitted is not None and context.actor.subject == state.submitted.by:
        title = "扶持名单须由提交名单之外的另一人确认，请由部门负责人或其他经办人办理。"
        raise Refused("application.four-eyes", title, because=Because.FORBIDDEN)
    if state.status == "offered" and command.waiting:
        title = f"还有{command.waiting}家企业没有答复，确认期到{state.last_day}为止，请在期满后确认扶持名单。"
        raise Refused("application.grants-waiting", title)
    counted = {"rows": command.rows, "total_fen": command.total_fen}
    return [events.SupportListConfirmed(**about(state), **counted, by=context.actor.subject)]


def about(state: GrantListState) -> dict[str, Any]:
    """What every event of a list and of its grants carries."""
    return state.opened.model_dump(include={"item_id", "item_code", "item_title", "department", "period"})


def require_staff(department: str, context: Context) -> None:
    """Only the item's department works on its lists."""
    if not context.actor.has(*STAFF) or context.actor.department != department:
        raise Refused(
            "application.not-your-department",
            f"这份名单由部门 {department} 办理，请由该部门的经办人员操作。",
            because=Because.FORBIDDEN,
        )


def _require_bureau(context: Context) -> None:
    if not context.actor.has(Role.DATA_BUREAU):
        title = "名单由市数据主管部门在平台上受理。"
        raise Refused("application.data-bureau-only", title, because=Because.FORBIDDEN)


def _require(state: GrantListState, *statuses: Status) -> None:
    if state.status not in statuses:
        title = f"这份名单{STATUSES[state.status]}，不能再办理这一步，请刷新后查看。"
        raise Refused("application.grant-list-wrong-status", title)


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02}元"


def evolve(state: GrantListState | None, event: Event) -> GrantListState:
    """The list after an event."""
    if isinstance(event, events.GrantListOpened):
        return GrantListState(opened=event)
    assert state is not None  # noqa: S101 - nothing happens to a list before it is opened
    changes: dict[str, object] = {}
    match event:
        case events.GrantListSubmitted():
            changes = {"status": "submitted", "submitted": event}
        case events.GrantListReturned():
            changes = {"status": "draft"}
        case events.GrantListAccepted(clock=clock):
            changes = {"status": "accepted", "clock": clock}
        case events.GrantOffersMade():
            changes = {"status": "offered"}
        case events.GrantTermMoved(clock=clock):
            changes = {"clock": clock}
        case events.GrantTermOver():
            changes = {"status": "answered"}
        case events.SupportListConfirmed():
            changes = {"status": "confirmed"}
        case events.SupportListConcluded():
            changes = {"status": "concluded"}
    return state.model_copy(update=changes)


grant_list: Decider[GrantListState, GrantListCommand] = Decider("grantlist", GrantListState, decide, evolve)
