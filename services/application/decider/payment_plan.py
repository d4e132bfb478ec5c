"""A plan of payments: made by the department, approved by finance, paid round by round; pure (articles 7, 20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from services.application.decider.grant_list import Text, require_staff
from services.application.decider.state import require_platform
from services.application.events import payment as events
from shared.eventstore.decider import Because, Command, Context, Decider, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

Status = Literal["making", "empty", "submitted", "returned", "approved", "concluded"]
STATUSES: dict[Status, str] = {
    "making": "正在生成",
    "empty": "没有可拨付的企业",
    "submitted": "已提交，等待财政部门审核",
    "returned": "已退回部门",
    "approved": "已批准，正在拨付",
    "concluded": "已办结",
}
FIRST_GAP = timedelta(seconds=5)
LONGEST_GAP = timedelta(hours=1)
ATTENTIVE_ROUNDS = 6  # as many come quickly, then ever more slowly


class OpenPlan(Command):
    """Begin one."""

    item_id: str
    item_code: str
    item_title: str
    department: str
    grant_list: str | None


class _Counted(Command):
    rows: int = Field(ge=0)
    total_fen: int = Field(ge=0)


class ConcludeMaking(_Counted):
    """Every payment stands on it."""


class ResubmitPlan(_Counted):
    """Hand it in again after it was returned."""


class ReturnPlan(Command):
    """Give it back."""

    reason: Text


class ApprovePlan(_Counted):
    """Have it paid."""


class RecordExchange(Command):
    """A round is over. `reached`: there was more to do than one round may take, or with `trouble`, it goes on behind that;
    `by_file`: nobody can be asked.
    """

    open: int
    paid: int
    returned: int
    trouble: str | None = None
    reached: str = ""
    by_file: bool = False


class ConcludePlan(Command):
    """Nothing is left to pay."""

    paid: int
    paid_fen: int
    dropped: int


PlanCommand = OpenPlan | ConcludeMaking | ResubmitPlan | ReturnPlan | ApprovePlan | RecordExchange | ConcludePlan


class PlanState(State):
    """A plan on its way; `rounds` and `quiet`: exchanges in all, and since something changed in `counted`.

    `reached`: the payment after which the next round goes on.
    """

    opened: events.PaymentPlanOpened
    status: Status = "making"
    submitted: events.PaymentPlanSubmitted | None = None
    rounds: int = 0
    quiet: int = 0
    counted: tuple[int, int, int] = (0, 0, 0)
    reached: str = ""


def decide(state: PlanState | None, command: PlanCommand, context: Context) -> Sequence[Event]:
    """The department opens and hands in again, finance decides, the platform does the rest."""
    if isinstance(command, OpenPlan):
        return _open(state, command, context)
    if state is None:
        raise Refused("application.payment-plan-unknown", "没有这份拨付计划，请核对编号。", because=Because.NOT_FOUND)
    match command:
        case ResubmitPlan():
            require_staff(state.opened.department, context)
            _require(state, "returned")
            return _submit(state, command, context.actor.subject)
        case ReturnPlan(reason=reason):
            _require_finance(context)
            _require(state, "submitted")
            return [events.PaymentPlanReturned(**about(state), reason=reason)]
        case ApprovePlan():
            return _approve(state, command, context)
    require_platform(context)
    return _of_platform(state, command, context)


def _of_platform(state: PlanState, command: PlanCommand, context: Context) -> Sequence[Event]:
    match command:
        case ConcludeMaking() if state.status == "making":
            return _submit(state, command, state.opened.by)
        case RecordExchange() if state.status == "approved":
            again = context.now + _gap(state, command)
            counted = command.model_dump(exclude={"by_file"})
            return [events.PaymentsExchanged(**about(state), **counted, round=state.rounds + 1, again_at=again)]
        case ConcludePlan() if state.status == "approved":
            return [events.PaymentPlanConcluded(**about(state), **command.model_dump())]
    return []


def _gap(state: PlanState, command: RecordExchange) -> timedelta:
    """Also where only people can go on, the plan is looked at once more: what they do may overtake this very event."""
    if command.reached and not command.trouble:
        return timedelta(0)
    return gap_after(_quiet(state, command)) if command.open and not command.by_file else LONGEST_GAP


def gap_after(quiet: int) -> timedelta:
    """How long to wait for a fund platform that has said nothing new so many times."""
    return min(FIRST_GAP * (1 << max(0, min(quiet, 30) - ATTENTIVE_ROUNDS)), LONGEST_GAP)


def _quiet(state: PlanState, command: RecordExchange) -> int:
    same = (command.open, command.paid, command.returned) == state.counted
    return state.quiet + 1 if same else 0


def _open(state: PlanState | None, command: OpenPlan, context: Context) -> Sequence[Event]:
    require_staff(command.department, context)
    if state is not None:
        return []
    return [events.PaymentPlanOpened(**command.model_dump(), opened_on=context.today, by=context.actor.subject)]


def _submit(state: PlanState, command: _Counted, by: str) -> Sequence[Event]:
    return [events.PaymentPlanSubmitted(**about(state), **command.model_dump(), by=by)]


def _approve(state: PlanState, command: ApprovePlan, context: Context) -> Sequence[Event]:
    _require_finance(context)
    _require(state, "submitted")
    submitted = state.submitted
    assert submitted is not None  # noqa: S101 - its status says so
    if context.actor.subject == submitted.by:
        title = "拨付计划须由提交人之外的另一人批准。"
        raise Refused("application.four-eyes", title, because=Because.FORBIDDEN)
    if (command.rows, command.total_fen) != (submitted.rows, submitted.total_fen):
        raise Refused(
            "application.payment-plan-changed",
            f"计划提交后有变动：提交时{submitted.rows}笔，现为{command.rows}笔。请退回部门核对后重新提交。",
        )
    return [events.PaymentPlanApproved(**about(state), **command.model_dump(), by=context.actor.subject)]


def about(state: PlanState) -> dict[str, Any]:
    """What every event of a plan and of its payments carries."""
    return state.opened.model_dump(include={"item_id", "item_code", "item_title", "department"})


def _require_finance(context: Context) -> None:
    if not context.actor.has(Role.FINANCE):
        title = "拨付计划由市财政局审核。"
        raise Refused("application.finance-only", title, because=Because.FORBIDDEN)


def _require(state: PlanState, *statuses: Status) -> None:
    if state.status not in statuses:
        title = f"这份拨付计划{STATUSES[state.status]}，不能再办理这一步，请刷新后查看。"
        raise Refused("application.payment-plan-wrong-status", title)


def evolve(state: PlanState | None, event: Event) -> PlanState:
    """The plan after an event."""
    if isinstance(event, events.PaymentPlanOpened):
        return PlanState(opened=event)
    assert state is not None  # noqa: S101 - nothing happens to a plan before it is opened
    changes: dict[str, object] = {}
    match event:
        case events.PaymentPlanSubmitted(rows=rows):
            changes = {"status": "submitted" if rows else "empty", "submitted": event}
        case events.PaymentPlanReturned():
            changes = {"status": "returned"}
        case events.PaymentPlanApproved():
            changes = {"status": "approved"}
        case events.PaymentsExchanged():
            counted = (event.open, event.paid, event.returned)
            quiet = state.quiet + 1 if counted == state.counted else 0
            changes = {"rounds": event.round, "counted": counted, "quiet": quiet, "reached": event.reached}
        case events.PaymentPlanConcluded():
            changes = {"status": "concluded"}
    return state.model_copy(update=changes)


payment_plan: Decider[PlanState, PlanCommand] = Decider("paymentplan", PlanState, decide, evolve)
