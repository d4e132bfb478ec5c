"""Applying for an item."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.commands import AnsweredForm, SubmitApplication
from services.application.decider.state import ApplicationState
from services.application.decider.visit import visit_required
from services.application.events import AnswersCompared, ApplicationSubmitted
from services.application.events.application import OfApplication
from services.application.events.counter import Act, ActedAtCounter
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role


def submit(state: ApplicationState | None, command: SubmitApplication, context: Context) -> Sequence[Event]:
    """By the enterprise itself, or at the counter on its behalf (article 21: 一窗服务); within the item's window."""
    if not context.actor.has(Role.SYSTEM):
        title = "只能为您本人所属的企业申报，请核对统一社会信用代码，或到惠企服务专窗办理。"
        require_applicant(command.enterprise, command.visit, context, title)
    if state is not None:
        if state.submitted.enterprise == command.enterprise and state.submitted.item_id == command.item_id:
            return _again(state)
        raise Refused("application.number-taken", "申报编号已被使用，请重新提交。")
    errors = _wrong(command, context)
    if errors:
        title = f"申报有{len(errors)}处不符合要求，请逐项处理后重新提交。"
        raise Refused("application.cannot-apply", title, errors, Because.INVALID)
    submitted = _submitted(command, context)
    return [submitted, *compared(submitted, command.answered), *at_counter(submitted, command.visit, "submit", context)]


def require_applicant(enterprise: str, visit: str | None, context: Context, title: str) -> None:
    """By somebody of the enterprise, or by a clerk for it, in a visit that is used together with this. Raises `Refused`."""
    actor = context.actor
    if actor.has(Role.COUNTER_CLERK) and visit is None and not (actor.has(Role.APPLICANT) and actor.enterprise):
        raise visit_required()
    if actor.enterprise != enterprise or (visit is None and actor.on_behalf_of is not None):
        raise Refused("application.not-your-enterprise", title, because=Because.FORBIDDEN)


def at_counter(of: OfApplication, visit: str | None, act: Act, context: Context) -> Sequence[Event]:
    """That the step before it was taken by a clerk, where it was."""
    if visit is None:
        return []
    about = of.model_dump(include=set(OfApplication.model_fields))
    return [ActedAtCounter(**about, act=act, visit=visit, clerk=context.actor.subject)]


def _again(state: ApplicationState) -> Sequence[Event]:
    """Sent once more. What has ended takes no place and no turn a second time."""
    if state.stage in ("not-accepted", "withdrawn", "revoked"):
        raise Refused("application.ended", "这件申报已经结束，不能再次提交；仍需申报的，请重新填写后提交。")
    return []


def _submitted(command: SubmitApplication, context: Context) -> ApplicationSubmitted:
    said = set(ApplicationSubmitted.model_fields) - {"answers", "requested_fen"}
    answered = command.answered
    return ApplicationSubmitted(
        **command.model_dump(mode="json", include=said),
        requested_fen=command.applied_fen,
        form=answered.version if answered else None,
        answers=answered.kept if answered else {},
        attachments=answered.attachments if answered else (),
        submitted_on=context.today,
        acceptance=LimitClock.start(context.calendar, command.accept_days, context.today),
    )


def compared(of: OfApplication, answered: AnsweredForm | None) -> Sequence[Event]:
    """What of the answers was held against facts (article 18: 数据比对), where there was something to hold."""
    if answered is None or not answered.compared:
        return []
    about = of.model_dump(include=set(OfApplication.model_fields))
    fields = tuple(each.model_dump(mode="json") for each in answered.compared)
    return [AnswersCompared(**about, form=answered.version, fields=fields)]


def _wrong(command: SubmitApplication, context: Context) -> list[FieldError]:
    errors: list[FieldError] = []

    def wrong(field: str, code: str, message: str) -> None:
        errors.append(FieldError(field=field, code=code, message=message))

    if not command.offered:
        wrong("item_code", "not-offered", "该事项已废止或不再公开，不能再申报，请查看目前可以申报的事项。")
    if command.procedure == "no-application":
        wrong("item_code", "no-application", "该事项免申即享，无需申报，符合条件的企业会收到确认通知。")
    if command.window == "undetermined":
        wrong("item_code", "window-undetermined", "该事项的申报期尚未确定，请关注发布后的申报通知。")
    if command.opens_on and context.today < command.opens_on:
        wrong("item_code", "window-not-open", f"该事项自{command.opens_on}起申报，请届时提交。")
    if command.closes_on and context.today > command.closes_on:
        wrong("item_code", "window-closed", f"该事项已于{command.closes_on}截止申报。")
    errors += _of_answers(command)
    if command.applied_fen is not None and command.applied_fen <= 0:
        wrong("requested_fen", "not-positive", "申请金额应大于零（单位为分）。")
    if command.budgeted and command.applied_fen is None and not (command.answered and command.answered.errors):
        wrong("requested_fen", "missing", "该事项有预算总额，请填写申请金额。")
    if command.most_fen is not None and (command.applied_fen or 0) > command.most_fen:
        wrong("requested_fen", "too-much", f"申请金额不能超过每件最高金额{command.most_fen / 100:,.2f}元。")
    return errors


def _of_answers(command: SubmitApplication) -> Sequence[FieldError]:
    """Where the item has a form, all that is said is said there."""
    answered = command.answered
    if answered is None:
        errors = []
        if not command.statement.strip():
            errors.append(FieldError(field="statement", code="missing", message="请填写申报说明。"))
        if command.answers is not None:
            message = "该事项没有表单，请在申报说明中填写。"
            errors.append(FieldError(field="answers", code="no-form", message=message))
        return errors
    both = answered.requested_fen is not None and command.requested_fen not in (None, answered.requested_fen)
    message = "申请金额与表单中填写的不一致，请以表单为准。"
    twice = [FieldError(field="requested_fen", code="contradicts", message=message)] if both else []
    return [*answered.errors, *twice]
