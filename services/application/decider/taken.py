"""Which parts of an application a department's own system has taken over; pure. The decider and the read model share it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from services.application.events import application as events
from services.application.events import review
from services.application.events.handling import HandlingReleased, HandlingTaken
from shared.eventstore.decider import Refused
from shared.eventstore.events import Event

ACCEPTANCE, REVIEW, STEP = "acceptance", "review", "step:"
_ENDS = (events.ApplicationNotAccepted, events.ApplicationWithdrawn, events.ReviewCompleted, review.ApplicationScored)


class Taken(BaseModel):
    """A part that a system has taken; `part` as in `HandlingTaken`."""

    model_config = ConfigDict(frozen=True)

    part: str
    part_title: str
    department: str
    system: str
    system_name: str
    case_number: str | None


def step_part(key: str) -> str:
    """The part that a step of the review is."""
    return f"{STEP}{key}"


def taken_key(department: str, part: str) -> str:
    """A part is one department's: side by side in a step, each has its own."""
    return f"{department}/{part}"


def taken_after(before: Mapping[str, Taken], event: Event) -> dict[str, Taken]:
    """What is taken after an event: a part that has ended is nobody's any more."""
    taken = dict(before)
    match event:
        case HandlingTaken():
            known = event.model_dump(include={"part", "part_title", "system", "system_name", "case_number"})
            taken[taken_key(event.of_department, event.part)] = Taken(department=event.of_department, **known)
        case HandlingReleased():
            taken.pop(taken_key(event.of_department, event.part), None)
        case events.ApplicationAccepted():
            taken = _without(taken, ACCEPTANCE)
        case review.StepConcluded(step=key):
            taken = _without(taken, step_part(key))
        case review.ReturnedToStep(undone=undone):
            taken = _without(taken, *map(step_part, undone))
        case review.OpinionGiven(score=None, conflict=False):
            # A score is one expert's: others of the department follow, and it stays taken.
            taken.pop(taken_key(event.of_department, step_part(event.step)), None)
        case _ if isinstance(event, _ENDS):
            return {}
    return taken


def _without(taken: Mapping[str, Taken], *parts: str) -> dict[str, Taken]:
    return {key: each for key, each in taken.items() if each.part not in parts}


def require_not_taken(taken: Mapping[str, Taken], department: str | None, *parts: str) -> None:
    """Refuses people what the department's own system has taken, and says who handles it."""
    for part in parts:
        found = taken.get(taken_key(department or "", part))
        if found is not None:
            title = (
                f"“{found.part_title}”已由部门系统“{found.system_name}”接办，请在该系统中办理；"
                "需要改由人工办理的，请部门负责人或市数政局先收回。"
            )
            raise Refused("application.handled-by-system", title)
