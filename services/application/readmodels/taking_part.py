"""Who takes part in an application, and whose turn it is; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.application.decider.taken import ACCEPTANCE, REVIEW, step_part
from services.application.definition.process import Process
from services.application.events.review import OpinionGiven


def involved(department: str, process: Mapping[str, Any] | None) -> list[str]:
    """The item's own department, and each that has a step."""
    steps = Process.model_validate(process).steps if process else ()
    return sorted({department, *(each for step in steps for each in step.departments)})


def working(row: Mapping[str, Any]) -> list[str]:
    """The departments that have something to do now; none while the applicant supplements."""
    if row["waiting_for_applicant"]:
        return []
    match row["status"]:
        case "submitted":
            return [row["department"]]
        case "accepted" if row["process"] is None:
            return [row["department"]]
        case "accepted":
            standing: Mapping[str, Mapping[str, Any]] = row["standing"]
            return sorted({each for step in standing.values() for each in step["waits_for"]})
    return []


def waited_for(before: Sequence[str], given: OpinionGiven) -> list[str]:
    """Whose word a step still waits for. A score is one expert's: the department's others are waited for."""
    scored = given.score is not None or given.conflict
    return [each for each in before if scored or each != given.of_department]


def parts_of(row: Mapping[str, Any], department: str) -> list[dict[str, Any]]:
    """What waits for a department, as a system takes it over: `part`, `title`, `kind`, `due_on`, `overdue`."""
    if row["status"] == "submitted" and row["department"] == department:
        late = {"due_on": row["accept_by"], "overdue": row["unaccepted"]}
        return [{"part": ACCEPTANCE, "title": "受理", "kind": "acceptance"} | late]
    if row["status"] != "accepted":
        return []
    if row["process"] is None:
        late = {"due_on": row["due_on"], "overdue": row["overdue"]}
        return [{"part": REVIEW, "title": "审核", "kind": "review"} | late] if row["department"] == department else []
    standing: Mapping[str, Mapping[str, Any]] = row["standing"]
    return [
        {"part": step_part(step.key), "title": step.title, "kind": step.kind}
        | {"due_on": standing[step.key]["due_on"], "overdue": standing[step.key]["overdue"]}
        for step in Process.model_validate(row["process"]).steps
        if department in standing.get(step.key, {}).get("waits_for", ())
    ]
