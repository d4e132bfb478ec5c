"""Review within the promised limit, and what the platform does when there is none (articles 20, 21)."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.accepting import REVIEWERS
from services.application.decider.commands import (
    CompleteReview,
    ConcludeRank,
    ConcludeRelease,
    RaiseReviewDueSoon,
    RaiseReviewOverdue,
)
from services.application.decider.state import (
    ApplicationState,
    about,
    require_answered,
    require_department,
    require_platform,
    require_stage,
)
from services.application.decider.stepping import in_time
from services.application.decider.taken import REVIEW, require_not_taken
from services.application.events import (
    HoldsReleased,
    ReviewCompleted,
    ReviewDueSoon,
    ReviewOverdue,
)
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event


def complete_review(state: ApplicationState, command: CompleteReview, context: Context) -> Sequence[Event]:
    """A late review counts, and is marked late."""
    require_department(state, context, *REVIEWERS)
    require_stage(state, "accepted")
    require_answered(state)
    if state.submitted.process is not None:
        raise Refused("application.has-process", "该事项按审核流程办理，请在各步骤中出具意见。")
    require_not_taken(state.taken, context.actor.department, REVIEW)
    errors = list(_wrong(state, command))
    if errors:
        raise Refused("application.invalid-review", f"审核意见有{len(errors)}处需要改正。", errors, Because.INVALID)
    timely = in_time(state, context)
    return [ReviewCompleted(**about(state), **command.model_dump(), completed_on=context.today, in_time=timely)]


def _wrong(state: ApplicationState, command: CompleteReview) -> Sequence[FieldError]:
    if command.outcome == "rejected" and command.amount_fen:
        return [FieldError(field="amount_fen", code="rejected", message="审核不通过的申报不能填写支持金额。")]
    most = state.submitted.most_fen
    if most is not None and (command.amount_fen or 0) > most:
        message = f"支持金额不能超过每件最高金额{most / 100:,.2f}元。"
        return [FieldError(field="amount_fen", code="too-much", message=message)]
    return []


def conclude_rank(state: ApplicationState, command: ConcludeRank, context: Context) -> Sequence[Event]:
    """Within the line, or below it; what was withdrawn meanwhile stays so."""
    require_platform(context)
    if state.stage != "scored" or state.scored is None:
        return []
    place = f"按评分排序第{command.rank}名（共{command.of}件，得分{state.scored.score:g}）"
    opinion = f"{place}，予以支持。" if command.granted else f"{place}，未进入支持范围。"
    outcome, fen = ("approved", command.amount_fen) if command.granted else ("rejected", None)
    told = {"outcome": outcome, "opinion": opinion, "amount_fen": fen, "in_time": state.scored.in_time}
    return [ReviewCompleted(**about(state), **told, completed_on=context.today)]


def conclude_release(state: ApplicationState, _command: ConcludeRelease, context: Context) -> Sequence[Event]:
    """Given together with the commands that give back what it held."""
    require_platform(context)
    return [HoldsReleased(**about(state))] if state.holding else []


def raise_due_soon(state: ApplicationState, _command: RaiseReviewDueSoon, context: Context) -> Sequence[Event]:
    """Once for each due day, on that day."""
    require_platform(context)
    clock = state.clock
    if state.stage != "accepted" or clock is None or clock.stopped_on or state.due_soon_on == clock.due.day:
        return []
    return [ReviewDueSoon(**about(state), due_on=clock.due.day)] if context.today >= clock.due.day else []


def raise_overdue(state: ApplicationState, _command: RaiseReviewOverdue, context: Context) -> Sequence[Event]:
    """Exactly once, strictly after the due day; a deadline that is out of date changes nothing."""
    require_platform(context)
    clock = state.clock
    if state.stage != "accepted" or state.overdue or clock is None or not clock.is_overdue(context.today):
        return []
    return [ReviewOverdue(**about(state), due_on=clock.due.day, limit_days=clock.limit_days)]
