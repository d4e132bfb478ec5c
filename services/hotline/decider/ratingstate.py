"""What a rating's events amount to, and whose business it is."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from services.hotline.decider.rights import handles
from services.hotline.events.rating import FollowUpRecorded, RatingGiven
from shared.calendar import LimitClock
from shared.eventstore.decider import State
from shared.security.actor import Actor, Role


class RatingState(State):
    """A rating, what the public sees of it, and its follow-up when it is bad."""

    given: RatingGiven
    status: Literal["given", "approved", "hidden"] = "given"
    reason: str = ""
    reply: str = ""
    clock: LimitClock | None = None
    warn_on: date | None = None
    extended: bool = False
    warned: bool = False
    overdue: bool = False
    recorded: FollowUpRecorded | None = None
    passed_on: bool = False


def named(state: RatingState) -> dict[str, Any]:
    """What every event tells about its rating."""
    return {"matter": state.given.matter, "grade": state.given.grade, "anonymous": state.given.anonymous}


def serves(actor: Actor, department: str | None) -> bool:
    """True for the rated department's staff; for the hotline where it answered by itself."""
    return handles(actor, department) or (department is None and actor.has(Role.HOTLINE_AGENT))
