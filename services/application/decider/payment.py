"""One enterprise's payment for one grant or application: its key says so, so that nothing is paid twice; pure (article 20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from services.application.decider.grant_list import Text, require_staff
from services.application.decider.state import require_platform
from services.application.events import payment as events
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

Status = Literal["planned", "dropped", "ordered", "paid", "sent-back"]
STATUSES: dict[Status, str] = {
    "planned": "已列入拨付计划",
    "dropped": "已移出拨付计划",
    "ordered": "正在拨付",
    "paid": "已拨付",
    "sent-back": "拨付退回，等待更正收款账户",
}


class PlanPayment(Command):
    """Put it on a plan."""

    payment_id: str
    plan: str
    item_id: str
    item_code: str
    item_title: str
    department: str
    enterprise: str
    name: str
    amount_fen: int = Field(gt=0)
    account: str
    account_end: str


class DropPayment(Command):
    """Take it off. `plan_open`: the plan is with the department."""

    plan_open: bool
    reason: Text


class OrderPayment(Command):
    """Have it paid. Where the account is not `readable`, the order is never sent: its money stays."""

    plan: str
    readable: bool = True


class SettlePayment(Command):
    """What the fund platform says has become of an order."""

    order: str
    outcome: Literal["paid", "returned"]
    on: date | None = None
    reference: str = ""
    reason: str = ""


class ShowTrouble(Command):
    """Something is wrong with an order that people have to look at; empty: no more."""

    order: str
    trouble: str


class ProposeOutcome(Command):
    """Say what became of an order, where the fund platform's word cannot be taken as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "paid",
                    "paid_fen": 4_999_900,
                    "paid_on": "2026-03-06",
                    "reference": "PZ-0001",
                    "reason": "银行扣收手续费（样例）。",
                }
            ]
        }
    )

    outcome: Literal["paid", "returned"]
    paid_fen: int | None = Field(None, gt=0, le=2**63 - 1, description="实际付出的金额，分")
    paid_on: date | None = None
    reference: str = Field("", max_length=100)
    reason: Text


class ConfirmOutcome(Command):
    """A second hand confirms what was proposed."""

    proposal: int


class CorrectPayee(Command):
    """Another account. `if_planned`: given together with what the payment is for, and it may be that there is none."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"account"})

    if_planned: bool = False

    account: str
    account_end: str = Field(max_length=4)


PaymentCommand = (
    PlanPayment
    | DropPayment
    | OrderPayment
    | SettlePayment
    | ShowTrouble
    | ProposeOutcome
    | ConfirmOutcome
    | CorrectPayee
)


class PaymentState(State):
    """A payment on its way; `planned` is how it stands on its plan, `order` the number of its last attempt.

    `attempts_before`: those on earlier plans, when it came onto this one; `account`, sealed: where it goes.
    """

    state_version: int = 2

    planned: events.PaymentPlanned
    status: Status = "planned"
    account: str
    attempts_before: int = 0
    attempt: int = 0
    order: str = ""
    trouble: str = ""
    proposals: int = 0
    proposed: events.OutcomeProposed | None = None

    @property
    def order_of_plan(self) -> str:
        """The number of its last attempt on the plan that it stands on; empty when there was none."""
        return self.order if self.attempt > self.attempts_before else ""


def decide(state: PaymentState | None, command: PaymentCommand, context: Context) -> Sequence[Event]:
    """The platform plans and orders, the fund platform's word settles, the enterprise mends its account."""
    if isinstance(command, PlanPayment):
        return _plan(state, command, context)
    if isinstance(command, CorrectPayee) and command.if_planned and (state is None or state.status == "dropped"):
        return []
    if state is None:
        raise Refused("application.payment-unknown", "没有这笔拨付，请核对编号。", because=Because.NOT_FOUND)
    match command:
        case DropPayment():
            return _drop(state, command, context)
        case CorrectPayee():
            return _correct(state, command, context)
        case OrderPayment():
            require_platform(context)
            return _order(state, command)
        case SettlePayment():
            return _settle(state, command, context)
        case ShowTrouble():
            require_platform(context)
            return _trouble(state, command)
        case ProposeOutcome():
            return _propose(state, command, context)
        case ConfirmOutcome():
            return _confirm(state, command, context)


def _plan(state: PaymentState | None, command: PlanPayment, context: Context) -> Sequence[Event]:
    require_platform(context)
    planned = events.PaymentPlanned(**command.model_dump())
    if state is None or state.status == "dropped":
        return [planned]
    if state.planned.plan != command.plan:
        message = f"该笔{STATUSES[state.status]}（计划 {state.planned.plan}），不能重复拨付。"
        wrong = FieldError(field="enterprise", code="planned-elsewhere", message=message)
        raise Refused("application.payment-planned-elsewhere", message, [wrong])
    return []


def _drop(state: PaymentState, command: DropPayment, context: Context) -> Sequence[Event]:
    if not context.actor.has(Role.FINANCE):
        require_staff(state.planned.department, context)
    if state.status == "dropped":
        return []
    planned_and_open = state.status == "planned" and command.plan_open and not state.order_of_plan
    if not planned_and_open and state.status != "sent-back":
        raise Refused("application.payment-not-open", f"该笔{STATUSES[state.status]}，现在不能移出拨付计划。")
    return [events.PaymentDropped(**_about(state), order=state.order_of_plan, reason=command.reason)]


def _order(state: PaymentState, command: OrderPayment) -> Sequence[Event]:
    """Only when nothing of it is under way: a new number is the only way in which money could leave twice."""
    if state.status != "planned" or state.planned.plan != command.plan:
        return []
    attempt = state.attempt + 1
    order = f"{state.planned.payment_id}.{attempt}"
    ordered = events.PaymentOrdered(**_about(state), order=order, attempt=attempt)
    if command.readable:
        return [ordered]
    reason = "收款账户信息已删除，资金没有付出，请重新填写收款账户。"
    return [ordered, events.PaymentSentBack(**_about(state), order=order, reason=reason)]


def _settle(state: PaymentState, command: SettlePayment, context: Context) -> Sequence[Event]:
    if not context.actor.has(Role.FINANCE):
        require_platform(context)
    if command.order != state.order:
        _contradicts(command.order, f"不是该笔最近一次拨付的指令号（{state.order or '尚未拨付'}）")
    said: Status = "paid" if command.outcome == "paid" else "sent-back"
    if state.status == said:
        return []
    if state.status != "ordered":
        _contradicts(command.order, f"平台记录为{STATUSES[state.status]}，与资金平台的结果不一致")
    if command.outcome == "paid":
        told = {"order": command.order, "paid_on": command.on or context.today, "reference": command.reference}
        return [events.PaymentPaid(**_about(state), **told)]
    reason = command.reason or "资金平台未说明原因。"
    return [events.PaymentSentBack(**_about(state), order=command.order, reason=reason)]


def _trouble(state: PaymentState, command: ShowTrouble) -> Sequence[Event]:
    if state.status != "ordered" or command.order != state.order or command.trouble == state.trouble:
        return []
    return [events.PaymentTroubled(**_about(state), **command.model_dump())]


def _propose(state: PaymentState, command: ProposeOutcome, context: Context) -> Sequence[Event]:
    _require_finance(context)
    _require_ordered(state)
    errors: list[FieldError] = []
    if command.outcome == "paid":
        if command.paid_fen is None:
            errors.append(FieldError(field="paid_fen", code="missing", message="请填写实际付出的金额（分）。"))
        if command.paid_on is None or command.paid_on > context.today:
            errors.append(FieldError(field="paid_on", code="day", message="请填写付款日期，不能晚于今天。"))
    elif command.paid_fen is not None or command.paid_on is not None:
        errors.append(FieldError(field="outcome", code="not-paid", message="退回的不能填写付出金额和付款日期。"))
    if errors:
        title = f"拨付结果有{len(errors)}处需要改正。"
        raise Refused("application.outcome-wrong", title, errors, Because.INVALID)
    said = command.model_dump() | {"order": state.order, "by": context.actor.subject}
    if state.proposed is not None and said == state.proposed.model_dump(include=set(said)):
        return []
    return [events.OutcomeProposed(**_about(state), **said, proposal=state.proposals + 1)]


def _confirm(state: PaymentState, command: ConfirmOutcome, context: Context) -> Sequence[Event]:
    """By another hand, and just what it has seen: of the last proposal, while the order is still under way."""
    _require_finance(context)
    proposed = state.proposed
    if proposed is None or command.proposal != proposed.proposal:
        title = "没有这项待复核的拨付结果，或已有新的登记，请刷新后查看。"
        raise Refused("application.outcome-changed", title)
    if context.actor.subject == proposed.by:
        title = "拨付结果须由登记人之外的另一人复核。"
        raise Refused("application.four-eyes", title, because=Because.FORBIDDEN)
    if state.status == ("paid" if proposed.outcome == "paid" else "sent-back"):
        return []
    _require_ordered(state)
    if proposed.paid_fen is not None and proposed.paid_on is not None:
        told = {"order": state.order, "paid_on": proposed.paid_on, "reference": proposed.reference}
        return [events.PaymentPaid(**_about(state) | {"amount_fen": proposed.paid_fen}, **told)]
    return [events.PaymentSentBack(**_about(state), order=state.order, reason=proposed.reason)]


def _require_finance(context: Context) -> None:
    if not context.actor.has(Role.FINANCE):
        title = "拨付结果由市财政局登记和复核。"
        raise Refused("application.finance-only", title, because=Because.FORBIDDEN)


def _require_ordered(state: PaymentState) -> None:
    if state.status != "ordered":
        raise Refused("application.payment-not-ordered", f"该笔{STATUSES[state.status]}，不需要登记拨付结果。")


def _contradicts(order: str, why: str) -> None:
    message = f"指令 {order} {why}，请财政部门核对后处理。"
    wrong = FieldError(field="order", code="contradicts", message=message)
    raise Refused("application.payment-contradicts", message, [wrong])


def _correct(state: PaymentState, command: CorrectPayee, context: Context) -> Sequence[Event]:
    if context.actor.enterprise != state.planned.enterprise:
        title = "只能更正您本人所属企业的收款账户。"
        raise Refused("application.not-your-enterprise", title, because=Because.FORBIDDEN)
    said = command.model_dump(exclude={"if_planned"})
    if state.status == "sent-back":
        return [events.PayeeCorrected(**_about(state), **said)]
    if state.account == command.account:
        return []
    if state.status != "planned":
        title = f"该笔{STATUSES[state.status]}，不能再更改收款账户；如资金被退回，平台会通知您更正。"
        raise Refused("application.payment-not-sent-back", title)
    return [events.PayeeChanged(**_about(state), **said)]


def _about(state: PaymentState) -> dict[str, Any]:
    return state.planned.model_dump(exclude={"account", "account_end"})


def evolve(state: PaymentState | None, event: Event) -> PaymentState:
    """The payment after an event; attempts go on counting when it is planned anew."""
    if isinstance(event, events.PaymentPlanned):
        before, order = (state.attempt, state.order) if state else (0, "")
        return PaymentState(planned=event, account=event.account, attempts_before=before, attempt=before, order=order)
    assert state is not None  # noqa: S101 - nothing happens to a payment before it is planned
    changes: dict[str, object] = {}
    match event:
        case events.PaymentDropped():
            changes = {"status": "dropped"}
        case events.PaymentOrdered(order=order, attempt=attempt):
            begun = {"trouble": "", "proposed": None}
            changes = {"status": "ordered", "order": order, "attempt": attempt} | begun
        case events.PaymentTroubled(trouble=trouble):
            changes = {"trouble": trouble}
        case events.OutcomeProposed(proposal=proposal):
            changes = {"proposed": event, "proposals": proposal}
        case events.PaymentPaid():
            changes = {"status": "paid", "trouble": ""}
        case events.PaymentSentBack():
            changes = {"status": "sent-back", "trouble": ""}
        case events.PayeeCorrected(account=account):
            changes = {"status": "planned", "account": account}
        case events.PayeeChanged(account=account):
            changes = {"account": account}
    return state.model_copy(update=changes)


payment: Decider[PaymentState, PaymentCommand] = Decider("payment", PaymentState, decide, evolve)
