"""Review within the promised limit, and what the platform does when there is none (articles 20, 21)."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.accepting import REVIEWERS
from services.application.decider.commands import CompleteReview
from services.application.decider.state import (
    ApplicationState,
    about,
    require_department,
    require_platform,
    require_stage,
)
from services.application.events import ReviewCompleted, ReviewDeadlineRecomputed, ReviewOverdue
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event


def complete_review(state: ApplicationState, command: CompleteReview, context: Context) -> Sequence[Event]:
    """A late review counts, and is marked late."""
    require_department(state, context, *REVIEWERS)
    require_stage(state, "accepted")
    if state.waiting_for_applicant:
        raise Refused("application.waiting-for-applicant", "已要求企业补正，请等企业补正后再审核。")
    if command.outcome == "rejected" and command.amount_fen:
        error = FieldError(field="amount_fen", code="rejected", message="审核不通过的申报不能填写支持金额。")
        raise Refused("application.invalid-review", "审核意见有1处需要改正。", [error], Because.INVALID)
    late = state.overdue or (state.clock is not None and state.clock.is_overdue(context.today))
    return [ReviewCompleted(**about(state), **command.model_dump(), completed_on=context.today, in_time=not late)]


def raise_overdue(state: ApplicationState, context: Context) -> Sequence[Event]:
    """Exactly once, strictly after the due day; a deadline that is out of date changes nothing."""
    require_platform(context)
    clock = state.clock
    if state.stage != "accepted" or state.overdue or clock is None or not clock.is_overdue(context.today):
        return []
    return [ReviewOverdue(**about(state), due_on=clock.due.day, limit_days=clock.limit_days)]


def recompute(state: ApplicationState, context: Context) -> Sequence[Event]:
    """When a notice of the State Council moves the due day, or makes a provisional one certain."""
    require_platform(context)
    clock = state.clock
    if state.stage != "accepted" or state.overdue or clock is None:
        return []
    anew = clock.recomputed(context.calendar)
    if (anew.due.day, anew.due.provisional) == (clock.due.day, clock.due.provisional):
        return []
    return [
        ReviewDeadlineRecomputed(**about(state), previous_due_on=clock.due.day, clock=anew, notice=anew.due.calendar)
    ]
