"""What application decides; pure. `application` is the aggregate, its commands are those named here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from services.application.decider.accepting import accept, decline, give_payee, request_supplement, supplement
from services.application.decider.commands import (
    AcceptApplication,
    ApplicationCommand,
    CompleteReview,
    DeclineApplication,
    GivePayee,
    RaiseReviewOverdue,
    RecomputeReviewDeadline,
    RequestSupplement,
    SubmitApplication,
    Supplement,
)
from services.application.decider.reviewing import complete_review, raise_overdue, recompute
from services.application.decider.state import ApplicationState, evolve
from services.application.decider.submitting import submit
from shared.eventstore.decider import Because, Context, Decider, Refused
from shared.eventstore.events import Event

__all__ = [
    "AcceptApplication",
    "ApplicationState",
    "CompleteReview",
    "DeclineApplication",
    "GivePayee",
    "RaiseReviewOverdue",
    "RecomputeReviewDeadline",
    "RequestSupplement",
    "SubmitApplication",
    "Supplement",
    "application",
]


def decide(state: ApplicationState | None, command: ApplicationCommand, context: Context) -> Sequence[Event]:
    """Every command but the first needs an application that is there."""
    if isinstance(command, SubmitApplication):
        return submit(state, command, context)
    if state is None:
        raise Refused("application.unknown", "没有这件申报，请核对申报编号。", because=Because.NOT_FOUND)
    match command:
        case AcceptApplication():
            return accept(state, context)
        case DeclineApplication():
            return decline(state, command, context)
        case RequestSupplement():
            return request_supplement(state, command, context)
        case Supplement():
            return supplement(state, command, context)
        case CompleteReview():
            return complete_review(state, command, context)
        case GivePayee():
            return give_payee(state, command, context)
        case RaiseReviewOverdue():
            return raise_overdue(state, context)
        case RecomputeReviewDeadline():
            return recompute(state, context)
        case _:
            assert_never(command)


application: Decider[ApplicationState, ApplicationCommand] = Decider("application", ApplicationState, decide, evolve)
