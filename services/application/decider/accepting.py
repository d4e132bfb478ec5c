"""Acceptance: taken, not taken with all reasons, one notice of what is missing, or withdrawn (article 19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.application.decider.commands import (
    AcceptApplication,
    DeclineApplication,
    GivePayee,
    RaiseAcceptanceOverdue,
    RequestSupplement,
    Supplement,
    WithdrawApplication,
)
from services.application.decider.state import (
    ApplicationState,
    about,
    evolve,
    require_answered,
    require_department,
    require_platform,
    require_stage,
)
from services.application.decider.stepping import begin, close
from services.application.decider.submitting import at_counter, compared, require_applicant
from services.application.decider.taken import ACCEPTANCE, REVIEW, require_not_taken, step_part
from services.application.events import (
    AcceptanceOverdue,
    ApplicationAccepted,
    ApplicationNotAccepted,
    ApplicationSupplemented,
    ApplicationWithdrawn,
    PayeeGiven,
    SupplementRequested,
)
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Context, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role

ACCEPTORS = (Role.OFFICER, Role.DEPARTMENT_HEAD)
REVIEWERS = (*ACCEPTORS, Role.REVIEWER)


def accept(state: ApplicationState, _command: AcceptApplication, context: Context) -> Sequence[Event]:
    """The promised limit begins: counting starts on the next working day; so do the first steps of the review."""
    require_department(state, context, *ACCEPTORS)
    require_stage(state, "submitted")
    require_answered(state)
    require_not_taken(state.taken, context.actor.department, ACCEPTANCE)
    clock = LimitClock.start(context.calendar, state.submitted.promised_days, context.today)
    accepted = ApplicationAccepted(**about(state), accepted_on=context.today, clock=clock)
    return [accepted, *begin(evolve(state, accepted), context)]


def decline(state: ApplicationState, command: DeclineApplication, context: Context) -> Sequence[Event]:
    """Final; the reasons are all the applicant will be told, so they are all told."""
    require_department(state, context, *ACCEPTORS)
    require_stage(state, "submitted")
    require_not_taken(state.taken, context.actor.department, ACCEPTANCE)
    return [ApplicationNotAccepted(**about(state), reasons=command.reasons)]


def request_supplement(state: ApplicationState, command: RequestSupplement, context: Context) -> Sequence[Event]:
    """Once in the life of an application; running clocks stop until the applicant has answered."""
    require_department(state, context, *REVIEWERS)
    require_stage(state, "submitted", "accepted")
    require_not_taken(state.taken, context.actor.department, ACCEPTANCE, REVIEW, *map(step_part, state.steps))
    if state.noticed:
        raise Refused(
            "application.second-notice",
            "这件申报已发过补正通知。补齐补正的内容须一次性告知，不能再次要求补正，请依据现有材料办理。",
        )
    clocks = _clocks(state, lambda clock: clock.stop(context.calendar, context.today))
    return [SupplementRequested(**about(state), requirements=command.requirements, **clocks)]


def supplement(state: ApplicationState, command: Supplement, context: Context) -> Sequence[Event]:
    """By the enterprise, or at the counter on its behalf."""
    _require_applicant(state, context, "补正", command.visit)
    require_stage(state, "submitted", "accepted")
    if not state.waiting_for_applicant:
        raise Refused("application.nothing-to-supplement", "这件申报目前不需要补正，请等待部门办理。")
    clocks = _clocks(state, lambda clock: clock.resume(context.calendar, context.today))
    answered = command.answered
    if answered is not None and answered.errors:
        title = f"补正的表单有{len(answered.errors)}处不符合要求，请逐项处理后重新提交。"
        raise Refused("application.cannot-supplement", title, answered.errors, Because.INVALID)
    supplemented = ApplicationSupplemented(
        **about(state),
        answer=command.answer,
        materials=command.materials,
        answers=answered.kept if answered else None,
        attachments=answered.attachments if answered else (),
        **clocks,
    )
    return [
        supplemented,
        *compared(supplemented, answered),
        *at_counter(supplemented, command.visit, "supplement", context),
    ]


def _clocks(state: ApplicationState, change: Any) -> dict[str, Any]:
    """Of those that run now: acceptance before it is accepted, review and open steps after."""
    accepted = state.stage == "accepted"
    return {
        "clock": change(state.clock) if accepted and state.clock else state.clock,
        "acceptance": change(state.acceptance) if not accepted and state.acceptance else state.acceptance,
        "steps": {key: change(step.clock) for key, step in state.steps.items() if step.open},
        "late": state.late,
    }


def withdraw(state: ApplicationState, command: WithdrawApplication, context: Context) -> Sequence[Event]:
    """By the enterprise, or at the counter on its behalf, until the review is over."""
    _require_applicant(state, context, "撤回", command.visit)
    if state.stage == "withdrawn":
        return []
    require_stage(state, "submitted", "accepted", "scored")
    withdrawn = ApplicationWithdrawn(**about(state), reason=command.reason)
    return [*close(state), withdrawn, *at_counter(withdrawn, command.visit, "withdraw", context)]


def give_payee(state: ApplicationState, command: GivePayee, context: Context) -> Sequence[Event]:
    """By the enterprise alone, at any time: what is planned already is mended with the payment."""
    if context.actor.enterprise != state.submitted.enterprise:
        title = "只能为您本人所属企业的申报填写收款账户。"
        raise Refused("application.not-your-enterprise", title, because=Because.FORBIDDEN)
    require_stage(state, "submitted", "accepted", "scored", "reviewed")
    return [PayeeGiven(**about(state), **command.model_dump())]


def raise_overdue(state: ApplicationState, _command: RaiseAcceptanceOverdue, context: Context) -> Sequence[Event]:
    """Exactly once; what nobody took is never accepted silently."""
    require_platform(context)
    clock = state.acceptance
    if state.stage != "submitted" or state.unaccepted or clock is None or not clock.is_overdue(context.today):
        return []
    return [AcceptanceOverdue(**about(state), due_on=clock.due.day, limit_days=clock.limit_days)]


def _require_applicant(state: ApplicationState, context: Context, what: str, visit: str | None) -> None:
    require_applicant(state.submitted.enterprise, visit, context, f"只能为您本人所属企业的申报{what}。")
