"""The three working days of articles 11 and 12: from when, until when, and who is reminded once; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.policy.events.catalogue import DecisionRecorded, PublicationDueSoon, PublicationOverdue, WindowDecided
from shared.calendar import Due
from shared.eventstore.decider import Command, Context, State
from shared.eventstore.events import Event

PUBLISH_WITHIN = 3  # working days after the decision (articles 11, 12)


class RaisePublicationDueSoon(Command):
    """The last day has begun."""


class RaisePublicationOverdue(Command):
    """The last day is over."""


class RecomputePublicationLimit(Command):
    """The calendar may know more by now."""


LimitCommand = RaisePublicationDueSoon | RaisePublicationOverdue | RecomputePublicationLimit


class Watched(State):
    """A decision that is not on the platform yet, and what was said of it."""

    decided: DecisionRecorded | WindowDecided
    warned: bool = False
    overdue: bool = False


def last_day(decided_on: date, context: Context) -> Due:
    """The last day for what was decided on that day."""
    return context.calendar.add_working_days(decided_on, PUBLISH_WITHIN)


def decide_limit(watched: Watched | None, command: LimitCommand, context: Context) -> Sequence[Event]:
    """Each is said once, and only while the decision waits."""
    if watched is None or watched.overdue:
        return []
    decided = watched.decided
    if isinstance(decided, WindowDecided) and decided.document.disclosure == "withheld":
        return []
    if isinstance(command, RecomputePublicationLimit):
        due = last_day(decided.decided_on, context)
        update = {"due_on": due.day, "provisional": due.provisional}
        changed = decided.model_copy(update=update)
        return [] if changed == decided else [changed]
    if context.today > decided.due_on:
        return [PublicationOverdue(**_told(decided))]
    if isinstance(command, RaisePublicationDueSoon) and not watched.warned and context.today == decided.due_on:
        return [PublicationDueSoon(**_told(decided))]
    return []


def _told(decided: DecisionRecorded | WindowDecided) -> dict[str, object]:
    if isinstance(decided, WindowDecided):
        what = {"number": decided.code, "decision": "window"}
        return what | decided.model_dump(include={"department", "title", "decided_on", "due_on"})
    return decided.model_dump(exclude={"provisional"})


def evolve_limit(watched: Watched | None, event: Event) -> Watched | None:
    """What is watched after the event; every other event leaves it as it was."""
    match event:
        case DecisionRecorded() | WindowDecided():
            return Watched(decided=event)
        case PublicationDueSoon() if watched:
            return watched.model_copy(update={"warned": True})
        case PublicationOverdue() if watched:
            return watched.model_copy(update={"overdue": True})
    return watched
