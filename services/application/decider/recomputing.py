"""Limits counted again when the calendar knows more than when they were set (article 21: 限时办结); pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.application.decider.commands import RecomputeLimit, RecomputeReviewDeadline
from services.application.decider.state import ApplicationState, about, require_platform
from services.application.events import LimitRecomputed, ReviewDeadlineRecomputed
from shared.calendar import LimitClock
from shared.eventstore.decider import Context
from shared.eventstore.events import Event


def recomputed(clock: LimitClock | None, context: Context) -> LimitClock | None:
    """The clock by the present calendar, where its due day has moved or become certain; else None."""
    if clock is None:
        return None
    anew = clock.recomputed(context.calendar)
    same = (anew.due.day, anew.due.provisional) == (clock.due.day, clock.due.provisional)
    return None if same else anew


def recompute_review(state: ApplicationState, _command: RecomputeReviewDeadline, context: Context) -> Sequence[Event]:
    """When a notice of the State Council moves the due day, or makes a provisional one certain."""
    require_platform(context)
    clock = state.clock if state.stage == "accepted" and not state.overdue else None
    anew = recomputed(clock, context)
    if clock is None or anew is None:
        return []
    return [
        ReviewDeadlineRecomputed(**about(state), previous_due_on=clock.due.day, clock=anew, notice=anew.due.calendar)
    ]


def recompute_limit(state: ApplicationState, command: RecomputeLimit, context: Context) -> Sequence[Event]:
    """The same for the other limits, as long as they run and were not said to be over."""
    require_platform(context)
    clock, of_step = _running(state, command)
    anew = recomputed(clock, context)
    if clock is None or anew is None:
        return []
    told = {"previous_due_on": clock.due.day, "clock": anew, "notice": anew.due.calendar}
    return [LimitRecomputed(**about(state), limit=command.limit, **of_step, **told)]


def _running(state: ApplicationState, command: RecomputeLimit) -> tuple[LimitClock | None, dict[str, Any]]:
    nobody: dict[str, Any] = {"step": None, "step_title": None, "departments": ()}
    match command.limit:
        case "acceptance":
            return (state.acceptance if state.stage == "submitted" and not state.unaccepted else None), nobody
        case "supplement":
            return (state.term if state.waiting_for_applicant else None), nobody
    standing = state.steps.get(command.step or "")
    step = state.process.step(command.step) if state.process and command.step else None
    if standing is None or step is None or not standing.open or standing.overdue:
        return None, nobody
    return standing.clock, {"step": step.key, "step_title": step.title, "departments": step.departments}
