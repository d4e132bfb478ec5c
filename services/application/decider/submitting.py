"""Applying for an item."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.commands import SubmitApplication
from services.application.decider.state import ApplicationState
from services.application.events import ApplicationSubmitted
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role

ON_BEHALF = (Role.COUNTER_CLERK, Role.SYSTEM)


def submit(state: ApplicationState | None, command: SubmitApplication, context: Context) -> Sequence[Event]:
    """By the enterprise itself, or at the counter on its behalf (article 21: 一窗服务); within the item's window."""
    if not context.actor.has(*ON_BEHALF) and context.actor.enterprise != command.enterprise:
        raise Refused(
            "application.not-your-enterprise",
            "只能为您本人所属的企业申报，请核对统一社会信用代码，或到惠企服务专窗办理。",
            because=Because.FORBIDDEN,
        )
    if state is not None:
        if state.submitted.enterprise == command.enterprise and state.submitted.item_id == command.item_id:
            return []
        raise Refused("application.number-taken", "申报编号已被使用，请重新提交。")
    errors = _wrong(command, context)
    if errors:
        title = f"申报有{len(errors)}处不符合要求，请逐项处理后重新提交。"
        raise Refused("application.cannot-apply", title, errors, Because.INVALID)
    content = command.model_dump(mode="json", include=set(ApplicationSubmitted.model_fields))
    acceptance = LimitClock.start(context.calendar, command.accept_days, context.today)
    return [ApplicationSubmitted(**content, submitted_on=context.today, acceptance=acceptance)]


def _wrong(command: SubmitApplication, context: Context) -> list[FieldError]:
    errors: list[FieldError] = []

    def wrong(field: str, code: str, message: str) -> None:
        errors.append(FieldError(field=field, code=code, message=message))

    if command.procedure == "no-application":
        wrong("item_code", "no-application", "该事项免申即享，无需申报，符合条件的企业会收到确认通知。")
    if command.window == "undetermined":
        wrong("item_code", "window-undetermined", "该事项的申报期尚未确定，请关注发布后的申报通知。")
    if command.opens_on and context.today < command.opens_on:
        wrong("item_code", "window-not-open", f"该事项自{command.opens_on}起申报，请届时提交。")
    if command.closes_on and context.today > command.closes_on:
        wrong("item_code", "window-closed", f"该事项已于{command.closes_on}截止申报。")
    if not command.statement.strip():
        wrong("statement", "missing", "请填写申报说明。")
    if command.requested_fen is not None and command.requested_fen <= 0:
        wrong("requested_fen", "not-positive", "申请金额应大于零（单位为分）。")
    if command.budgeted and command.requested_fen is None:
        wrong("requested_fen", "missing", "该事项有预算总额，请填写申请金额。")
    if command.most_fen is not None and (command.requested_fen or 0) > command.most_fen:
        wrong("requested_fen", "too-much", f"申请金额不能超过每件最高金额{command.most_fen / 100:,.2f}元。")
    return errors
