"""Acceptance: taken, not taken with all reasons, or one notice of what is missing (article 19)."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.commands import DeclineApplication, GivePayee, RequestSupplement, Supplement
from services.application.decider.state import ApplicationState, about, require_department, require_stage
from services.application.events import (
    ApplicationAccepted,
    ApplicationNotAccepted,
    ApplicationSupplemented,
    PayeeGiven,
    SupplementRequested,
)
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Context, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role

ACCEPTORS = (Role.OFFICER, Role.DEPARTMENT_HEAD)
REVIEWERS = (*ACCEPTORS, Role.REVIEWER)


def accept(state: ApplicationState, context: Context) -> Sequence[Event]:
    """The promised limit begins: counting starts on the next working day."""
    require_department(state, context, *ACCEPTORS)
    require_stage(state, "submitted")
    _require_answered(state)
    clock = LimitClock.start(context.calendar, state.submitted.promised_days, context.today)
    return [ApplicationAccepted(**about(state), accepted_on=context.today, clock=clock)]


def decline(state: ApplicationState, command: DeclineApplication, context: Context) -> Sequence[Event]:
    """Final; the reasons are all the applicant will be told, so they are all told."""
    require_department(state, context, *ACCEPTORS)
    require_stage(state, "submitted")
    return [ApplicationNotAccepted(**about(state), reasons=command.reasons)]


def request_supplement(state: ApplicationState, command: RequestSupplement, context: Context) -> Sequence[Event]:
    """Once in the life of an application; a running clock stops until the applicant has answered."""
    require_department(state, context, *REVIEWERS)
    require_stage(state, "submitted", "accepted")
    if state.noticed:
        raise Refused(
            "application.second-notice",
            "这件申报已发过补正通知。补齐补正的内容须一次性告知，不能再次要求补正，请依据现有材料办理。",
        )
    clock = state.clock.stop(context.calendar, context.today) if state.clock else None
    return [SupplementRequested(**about(state), requirements=command.requirements, clock=clock)]


def supplement(state: ApplicationState, command: Supplement, context: Context) -> Sequence[Event]:
    """By the enterprise, or at the counter on its behalf."""
    actor = context.actor
    if actor.enterprise != state.submitted.enterprise and not actor.has(Role.COUNTER_CLERK):
        raise Refused("application.not-your-enterprise", "只能补正您本人所属企业的申报。", because=Because.FORBIDDEN)
    require_stage(state, "submitted", "accepted")
    if not state.waiting_for_applicant:
        raise Refused("application.nothing-to-supplement", "这件申报目前不需要补正，请等待部门办理。")
    clock = state.clock.resume(context.calendar, context.today) if state.clock else None
    return [ApplicationSupplemented(**about(state), answer=command.answer, materials=command.materials, clock=clock)]


def give_payee(state: ApplicationState, command: GivePayee, context: Context) -> Sequence[Event]:
    """By the enterprise alone, at any time: what is planned already is mended with the payment."""
    if context.actor.enterprise != state.submitted.enterprise:
        title = "只能填写您本人所属企业的收款账户。"
        raise Refused("application.not-your-enterprise", title, because=Because.FORBIDDEN)
    require_stage(state, "submitted", "accepted", "reviewed")
    return [PayeeGiven(**about(state), **command.model_dump())]


def _require_answered(state: ApplicationState) -> None:
    if state.waiting_for_applicant:
        raise Refused("application.waiting-for-applicant", "已要求企业补正，请等企业补正后再办理。")
