"""What happened between a department's own system and one application: taken over, progress told, given back (article 9(2))."""

from __future__ import annotations

from typing import ClassVar, Literal

from services.application.events.application import OfApplication


class OfHandling(OfApplication):
    """Which part, and by which system. `part` is `acceptance`, `review`, or `step:` and the step's key; `part_title` its name;
    `of_department` whose part it is; `system` the client id."""

    part: str
    part_title: str
    of_department: str
    system: str
    system_name: str


class HandlingTaken(OfHandling):
    """From now the system alone does it, and people of the department do not. `case_number` (外部办件编号) is the system's own."""

    TOPIC: ClassVar[str] = "application.handling-taken"

    case_number: str | None


class ProgressReported(OfHandling):
    """How far the system is, in words for the applicant; `stage_name` is the system's name of where it is."""

    TOPIC: ClassVar[str] = "application.progress-reported"

    text: str
    stage_name: str | None
    case_number: str | None


class HandlingReleased(OfHandling):
    """People do it again: the system has `given-back` what it took, somebody has `taken-back`, or it is `not-connected`."""

    TOPIC: ClassVar[str] = "application.handling-released"

    why: Literal["given-back", "taken-back", "not-connected"]
    reason: str
    by: str
