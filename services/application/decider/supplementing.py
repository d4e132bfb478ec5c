"""One notice of all that is missing, the applicant's answer, and what follows where none comes (article 19: 一次性告知); pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from services.application.decider.accepting import REVIEWERS, require_own
from services.application.decider.commands import (
    RaiseSupplementDueSoon,
    RaiseSupplementLapsed,
    RequestSupplement,
    Supplement,
)
from services.application.decider.state import (
    ApplicationState,
    about,
    require_department,
    require_platform,
    require_stage,
)
from services.application.decider.stepping import waited_for
from services.application.decider.submitting import at_counter, compared
from services.application.decider.taken import ACCEPTANCE, REVIEW, require_not_taken, step_part
from services.application.events import (
    ApplicationSupplemented,
    SupplementDueSoon,
    SupplementLapsed,
    SupplementRequested,
)
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Context, Refused
from shared.eventstore.events import Event

REMINDED_BEFORE = timedelta(days=3)


def request_supplement(state: ApplicationState, command: RequestSupplement, context: Context) -> Sequence[Event]:
    """Once in the life of an application; running clocks stop until the applicant has answered, or the term is over."""
    require_department(state, context, *REVIEWERS)
    require_stage(state, "submitted", "accepted")
    require_not_taken(state.taken, context.actor.department, ACCEPTANCE, REVIEW, *map(step_part, state.steps))
    if state.noticed:
        raise Refused(
            "application.second-notice",
            "这件申报已发过补正通知。补齐补正的内容须一次性告知，不能再次要求补正，请依据现有材料办理。",
        )
    clocks = _clocks(state, lambda clock: clock.stop(context.calendar, context.today))
    term = LimitClock.start(context.calendar, command.answer_days, context.today)
    return [SupplementRequested(**about(state), requirements=command.requirements, term=term, **clocks)]


def supplement(state: ApplicationState, command: Supplement, context: Context) -> Sequence[Event]:
    """By the enterprise, or at the counter on its behalf; after the term too, as long as nothing is decided."""
    require_own(state, context, "补正", command.visit)
    require_stage(state, "submitted", "accepted")
    if not state.unanswered:
        raise Refused("application.nothing-to-supplement", "这件申报目前不需要补正，请等待部门办理。")
    clocks = _clocks(state, lambda clock: _running(clock, context))
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
        departments=waited_for(state),
        **clocks,
    )
    return [
        supplemented,
        *compared(supplemented, answered),
        *at_counter(supplemented, command.visit, "supplement", context),
    ]


def remind_on(term: LimitClock) -> date:
    """The day on which the applicant is reminded: some days before the last, never on that of the notice."""
    return max(term.due.day - REMINDED_BEFORE, term.started_on + timedelta(1))


def raise_due_soon(state: ApplicationState, _command: RaiseSupplementDueSoon, context: Context) -> Sequence[Event]:
    """Once for each last day."""
    require_platform(context)
    term = _awaited(state)
    if term is None or state.reminded_of == term.due.day or context.today < remind_on(term):
        return []
    return [] if term.is_overdue(context.today) else [SupplementDueSoon(**about(state), due_on=term.due.day)]


def raise_lapsed(state: ApplicationState, _command: RaiseSupplementLapsed, context: Context) -> Sequence[Event]:
    """Exactly once, strictly after the last day: the clocks go on as after a supplement."""
    require_platform(context)
    term = _awaited(state)
    if term is None or not term.is_overdue(context.today):
        return []
    own, process = state.submitted.department, state.process
    steps = (
        [step for step in process.steps if step.key in state.steps and state.steps[step.key].open] if process else []
    )
    told = {"due_on": term.due.day, "limit_days": term.limit_days}
    departments = tuple(sorted({own, *(code for step in steps for code in step.departments)}))
    clocks = _clocks(state, lambda clock: _running(clock, context))
    return [SupplementLapsed(**about(state), **told, departments=departments, **clocks)]


def _awaited(state: ApplicationState) -> LimitClock | None:
    """The term, while it is waited for."""
    return state.term if state.waiting_for_applicant and state.stage in ("submitted", "accepted") else None


def _running(clock: LimitClock, context: Context) -> LimitClock:
    """Going on, where it stood still: after the term it goes on already."""
    return clock.resume(context.calendar, context.today) if clock.stopped_on else clock


def _clocks(state: ApplicationState, change: Any) -> dict[str, Any]:
    """Of those that run now: acceptance before it is accepted, review and open steps after."""
    accepted = state.stage == "accepted"
    return {
        "clock": change(state.clock) if accepted and state.clock else state.clock,
        "acceptance": change(state.acceptance) if not accepted and state.acceptance else state.acceptance,
        "steps": {key: change(step.clock) for key, step in state.steps.items() if step.open},
        "late": state.late,
    }
