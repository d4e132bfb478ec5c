"""One enterprise's grant of an item in one period: its key says so, so that nobody is granted the same twice; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field

from services.application.decider.grant_list import Text, require_staff
from services.application.decider.payout import MOVED
from services.application.decider.state import require_platform
from services.application.events import grant as events
from services.application.events import payout
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

Status = Literal["listed", "unlisted", "offered", "confirmed", "declined", "lapsed", "supported"]
STATUSES: dict[Status, str] = {
    "listed": "已列入名单，尚未推送",
    "unlisted": "已移出名单",
    "offered": "等待企业确认",
    "confirmed": "企业已确认",
    "declined": "企业已放弃",
    "lapsed": "期满未确认，已失效",
    "supported": "已列入扶持名单",
}
FREE: tuple[Status, ...] = ("unlisted", "lapsed")  # may stand on another list of the period


class ListGrant(Command):
    """Put an enterprise on a list. `list_open`: the list is still being made.

    `leave`: what somebody has put on it, corrected or taken off by hand stays as it is.
    """

    grant_list: str
    list_open: bool
    item_id: str
    item_code: str
    item_title: str
    department: str
    period: str
    enterprise: Uscc
    name: str
    amount_fen: int
    basis: str
    leave: bool = False


class UnlistGrant(Command):
    """Take it off again."""

    list_open: bool
    reason: Text


class OfferGrant(Command):
    """Tell the enterprise that it may have it."""

    grant_list: str
    confirm_by: date
    provisional: bool


class ConfirmGrant(Command):
    """Have it; once more, have its money go to another account."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"account"})

    account: str
    account_end: str = Field(max_length=4)


class DeclineGrant(Command):
    """Leave it."""

    reason: Text


class LapseGrant(Command):
    """The term is over."""

    grant_list: str


class PutGrantOnPlan(Command):
    """Its money is planned; given together with its payment's own step. `account` is the payment's."""

    plan: str
    account: str


class TakeGrantOffPlan(Command):
    """Its payment is taken off the plan; given together with its own step."""

    plan: str


class SupportGrant(Command):
    """Stand on the support list."""

    grant_list: str


GrantCommand = (
    ListGrant
    | UnlistGrant
    | OfferGrant
    | ConfirmGrant
    | DeclineGrant
    | LapseGrant
    | SupportGrant
    | PutGrantOnPlan
    | TakeGrantOffPlan
)


class GrantState(State):
    """A grant on its way; `listed` is how it stands on its list. `plan`: the payment plan that its money stands on;
    `account`, sealed, and `account_end`: where it shall go."""

    state_version: int = 2

    listed: events.GrantListed
    status: Status = "listed"
    account: str | None = None
    account_end: str = ""
    plan: str | None = None


def key_of(item_code: str, period: str, enterprise: str) -> str:
    """One enterprise, one item, one period: one grant."""
    return f"{item_code}.{period}.{enterprise}"


def decide(state: GrantState | None, command: GrantCommand, context: Context) -> Sequence[Event]:
    """The department lists, the enterprise answers, the platform offers and lapses."""
    if isinstance(command, ListGrant):
        return _list(state, command, context)
    if state is None:
        raise Refused("application.grant-unknown", "没有这笔免申即享，请核对编号。", because=Because.NOT_FOUND)
    match command:
        case UnlistGrant():
            return _unlist(state, command, context)
        case ConfirmGrant() | DeclineGrant():
            return _answer(state, command, context)
        case TakeGrantOffPlan():
            return _take_off(state, command, context)
    require_platform(context)
    return _of_platform(state, command, context)


def _list(state: GrantState | None, command: ListGrant, context: Context) -> Sequence[Event]:
    require_staff(command.department, context)
    if not command.list_open:
        _refuse("grant_list", "closed", "名单已提交，不能再增加或修改企业；需要修改的，请由市数据主管部门退回。")
    listed = events.GrantListed(**command.model_dump(exclude={"list_open", "leave"}))
    own = state is not None and state.listed.grant_list == command.grant_list
    if command.leave and own and state is not None and state.status == "unlisted":
        message = "该企业已由部门移出本名单，不再自动列入；确需列入的，请以文件或批量导入。"
        _refuse("enterprise", "taken-off", message)
    if state is None or state.status in FREE:
        return [listed]
    if state.listed.grant_list != command.grant_list:
        _refuse("enterprise", "listed-elsewhere", f"该企业本期已在名单 {state.listed.grant_list} 中，不能重复享受。")
    if state.status != "listed":
        _refuse("enterprise", "listed", f"该企业{STATUSES[state.status]}，不能再修改。")
    return [] if command.leave or state.listed == listed else [listed]


def _unlist(state: GrantState, command: UnlistGrant, context: Context) -> Sequence[Event]:
    require_staff(state.listed.department, context)
    if state.status == "unlisted":
        return []
    if state.status != "listed" or not command.list_open:
        raise Refused("application.grant-not-listed", "名单已提交或受理，不能再移出企业。")
    return [events.GrantUnlisted(**_about(state), reason=command.reason)]


def _answer(state: GrantState, command: ConfirmGrant | DeclineGrant, context: Context) -> Sequence[Event]:
    if context.actor.enterprise != state.listed.enterprise:
        title = "只能答复您本人所属企业的免申即享。"
        raise Refused("application.not-your-enterprise", title, because=Because.FORBIDDEN)
    if isinstance(command, ConfirmGrant):
        if state.status in ("confirmed", "supported"):
            return _change_payee(state, command)
        _require_offered(state)
        return [events.GrantConfirmed(**_about(state), **command.model_dump())]
    if state.status == "declined":
        return []
    _require_offered(state)
    return [events.GrantDeclined(**_about(state), reason=command.reason)]


def _change_payee(state: GrantState, command: ConfirmGrant) -> Sequence[Event]:
    """What stands on a payment plan follows, or refuses, in the same transaction."""
    if state.account == command.account:
        return []
    return [events.GrantPayeeChanged(**_about(state), **command.model_dump())]


def _require_offered(state: GrantState) -> None:
    if state.status != "offered":
        raise Refused("application.grant-not-open", f"这笔免申即享{STATUSES[state.status]}，现在不能答复。")


def _of_platform(state: GrantState, command: GrantCommand, context: Context) -> Sequence[Event]:
    """Each does nothing where it was done already: it may be tried again after a crash."""
    match command:
        case OfferGrant(grant_list=of, confirm_by=day, provisional=provisional) if _is(state, "listed", of):
            return [events.GrantOffered(**_about(state), confirm_by=day, provisional=provisional)]
        case LapseGrant(grant_list=of) if _is(state, "offered", of):
            return [events.GrantLapsed(**_about(state))]
        case SupportGrant(grant_list=of) if _is(state, "confirmed", of):
            return [events.GrantSupported(**_about(state), supported_on=context.today)]
        case PutGrantOnPlan():
            return _put_on(state, command)
    return []


def _put_on(state: GrantState, command: PutGrantOnPlan) -> Sequence[Event]:
    """What stands on a support list; once, to the account that the enterprise has said last."""
    if state.plan == command.plan:
        return []
    if state.plan is not None or state.status != "supported":
        where = f"已列入拨付计划 {state.plan}" if state.plan else STATUSES[state.status]
        raise Refused("application.not-to-pay", f"这笔免申即享{where}，不能列入拨付计划。")
    if command.account != state.account:
        raise Refused(MOVED, "这笔免申即享的收款账户已有变动，请重新列入拨付计划。")
    return [payout.GrantPutOnPlan(**_about(state), plan=command.plan)]


def _take_off(state: GrantState, command: TakeGrantOffPlan, context: Context) -> Sequence[Event]:
    """By the department or finance, as the payment itself decides."""
    if state.plan != command.plan:
        return []
    if not context.actor.has(Role.FINANCE):
        require_staff(state.listed.department, context)
    return [payout.GrantTakenOffPlan(**_about(state), plan=command.plan)]


def _is(state: GrantState, status: Status, grant_list: str) -> bool:
    return state.status == status and state.listed.grant_list == grant_list


def _refuse(field: str, code: str, message: str) -> None:
    wrong = FieldError(field=field, code=code, message=message)
    raise Refused(f"application.grant-{code}", message, [wrong], Because.CONFLICT)


def _about(state: GrantState) -> dict[str, Any]:
    return state.listed.model_dump(exclude={"basis"})


def evolve(state: GrantState | None, event: Event) -> GrantState:
    """The grant after an event."""
    if isinstance(event, events.GrantListed):
        return GrantState(listed=event)
    assert state is not None  # noqa: S101 - nothing happens to a grant before it is listed
    after: dict[type[Event], Status] = {
        events.GrantUnlisted: "unlisted",
        events.GrantOffered: "offered",
        events.GrantConfirmed: "confirmed",
        events.GrantDeclined: "declined",
        events.GrantLapsed: "lapsed",
        events.GrantSupported: "supported",
    }
    changes: dict[str, object] = {"status": after.get(type(event), state.status)}
    match event:
        case (
            events.GrantConfirmed(account=account, account_end=end)
            | events.GrantPayeeChanged(account=account, account_end=end)
        ):
            changes |= {"account": account, "account_end": end}
        case payout.GrantPutOnPlan(plan=plan):
            changes["plan"] = plan
        case payout.GrantTakenOffPlan():
            changes["plan"] = None
    return state.model_copy(update=changes)


grant: Decider[GrantState, GrantCommand] = Decider("grant", GrantState, decide, evolve)
