"""Who may do what with a ticket."""

from __future__ import annotations

from typing import NoReturn

from shared.eventstore.decider import Because, Refused
from shared.security.actor import Actor, Role

# The operation centre (城运中心) runs the hotline (article 8), together with the data bureau (article 6(7)).
DESK = (Role.HOTLINE_AGENT, Role.OPERATOR, Role.SUPERVISOR, Role.DATA_BUREAU, Role.SYSTEM)
DEPARTMENT_STAFF = (Role.OFFICER, Role.REVIEWER, Role.DEPARTMENT_HEAD, Role.DATA_BUREAU)


def handles(actor: Actor, department: str | None) -> bool:
    """True for the staff of the department that has the ticket; for nobody while none has it."""
    return department is not None and actor.department == department and actor.has(*DEPARTMENT_STAFF)


def not_yours(title: str) -> NoReturn:
    """Refuses, saying who may."""
    raise Refused("hotline.not-yours", title, because=Because.FORBIDDEN)
