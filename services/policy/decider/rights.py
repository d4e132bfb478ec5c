"""Who may write documents and items."""

from __future__ import annotations

from shared.eventstore.decider import Because, Refused
from shared.security.actor import Actor, Role

EDITORS = (Role.OFFICER, Role.DEPARTMENT_HEAD, Role.DATA_BUREAU, Role.SYSTEM)


def require_editor(actor: Actor, department: str, what: str) -> None:
    """Officers and heads of that department, and the data bureau. Raises `Refused` (forbidden)."""
    if not actor.has(*EDITORS) or not actor.of_department(department):
        raise Refused(
            "policy.not-your-department",
            f"{what}由部门 {department} 的经办人员或负责人办理，请核对部门代码，或联系该部门。",
            because=Because.FORBIDDEN,
        )
