"""What application decides; pure. `application` is the aggregate, its commands are those named here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.application.decider import (
    accepting,
    announced,
    handling,
    payout,
    reassigning,
    recomputing,
    reviewing,
    stepping,
    supplementing,
)
from services.application.decider.commands import (
    AcceptApplication,
    AnnounceResult,
    ApplicationCommand,
    CompleteReview,
    ConcludeRank,
    ConcludeRelease,
    ConfirmResult,
    DeclineApplication,
    GiveOpinion,
    GivePayee,
    PutOnPlan,
    RaiseAcceptanceOverdue,
    RaiseReviewDueSoon,
    RaiseReviewOverdue,
    RaiseStepOverdue,
    RaiseSupplementDueSoon,
    RaiseSupplementLapsed,
    ReassignStep,
    RecomputeLimit,
    RecomputeReviewDeadline,
    RecordStamp,
    RequestSupplement,
    ReturnToStep,
    RevokeApproval,
    SubmitApplication,
    Supplement,
    TakeOffPlan,
    WithdrawApplication,
)
from services.application.decider.state import ApplicationState, about, evolve
from services.application.decider.submitting import submit
from services.application.events import (
    ApplicationNotAccepted,
    ApplicationWithdrawn,
    ApprovalRevoked,
    HoldsForfeited,
    ReviewCompleted,
)
from shared.eventstore.decider import Because, Context, Decider, Refused
from shared.eventstore.events import Event

__all__ = [
    "AcceptApplication",
    "AnnounceResult",
    "ApplicationState",
    "CompleteReview",
    "ConcludeRank",
    "ConcludeRelease",
    "ConfirmResult",
    "DeclineApplication",
    "GiveOpinion",
    "GivePayee",
    "PutOnPlan",
    "RaiseAcceptanceOverdue",
    "RaiseReviewDueSoon",
    "RaiseReviewOverdue",
    "RaiseStepOverdue",
    "RaiseSupplementDueSoon",
    "RaiseSupplementLapsed",
    "ReassignStep",
    "RecomputeLimit",
    "RecomputeReviewDeadline",
    "RecordStamp",
    "RequestSupplement",
    "ReturnToStep",
    "RevokeApproval",
    "SubmitApplication",
    "Supplement",
    "TakeOffPlan",
    "WithdrawApplication",
    "application",
]

AnyCommand = ApplicationCommand | handling.HandlingCommand
_DECISIONS: Mapping[type[AnyCommand], Callable[[ApplicationState, Any, Context], Sequence[Event]]] = {
    AcceptApplication: accepting.accept,
    DeclineApplication: accepting.decline,
    RequestSupplement: supplementing.request_supplement,
    Supplement: supplementing.supplement,
    RaiseSupplementDueSoon: supplementing.raise_due_soon,
    RaiseSupplementLapsed: supplementing.raise_lapsed,
    WithdrawApplication: accepting.withdraw,
    GivePayee: accepting.give_payee,
    RaiseAcceptanceOverdue: accepting.raise_overdue,
    CompleteReview: reviewing.complete_review,
    ConcludeRank: reviewing.conclude_rank,
    RaiseReviewDueSoon: reviewing.raise_due_soon,
    RaiseReviewOverdue: reviewing.raise_overdue,
    RecomputeReviewDeadline: recomputing.recompute_review,
    RecomputeLimit: recomputing.recompute_limit,
    ConcludeRelease: reviewing.conclude_release,
    GiveOpinion: stepping.give_opinion,
    RecordStamp: stepping.record_stamp,
    ReturnToStep: stepping.return_to,
    ReassignStep: reassigning.reassign,
    RaiseStepOverdue: stepping.raise_step_overdue,
    AnnounceResult: announced.announce,
    ConfirmResult: announced.confirm,
    RevokeApproval: announced.revoke,
    handling.TakeHandling: handling.take,
    handling.ReportProgress: handling.report,
    handling.ReleaseHandling: handling.release,
    handling.TakeBack: handling.take_back,
    handling.ReleaseAbsent: handling.release_absent,
    handling.GiveResult: handling.give_result,
    PutOnPlan: payout.put_on,
    TakeOffPlan: payout.take_off,
}


def decide(state: ApplicationState | None, command: AnyCommand, context: Context) -> Sequence[Event]:
    """Every command but the first needs an application that is there."""
    if isinstance(command, SubmitApplication):
        return submit(state, command, context)
    if state is None:
        raise Refused("application.unknown", "没有这件申报，请核对申报编号。", because=Because.NOT_FOUND)
    decided = _DECISIONS[type(command)](state, command, context)
    return [*decided, *_forfeited(state, decided)]


def _forfeited(state: ApplicationState, decided: Sequence[Event]) -> Sequence[Event]:
    """What an application without a grant holds is others' again, however it has ended."""
    ended = any(
        isinstance(event, ApplicationNotAccepted | ApplicationWithdrawn | ApprovalRevoked)
        or (isinstance(event, ReviewCompleted) and event.outcome == "rejected")
        for event in decided
    )
    return [HoldsForfeited(**about(state), holds=state.submitted.holds)] if ended and state.holding else []


application: Decider[ApplicationState, AnyCommand] = Decider("application", ApplicationState, decide, evolve)
