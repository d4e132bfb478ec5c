"""Who may do what with a ticket."""

from __future__ import annotations

from typing import NoReturn

from services.hotline.decider.ticket import TicketState
from shared.eventstore.decider import Because, Context, Refused
from shared.security.actor import Actor, Role

# The operation centre (城运中心) runs the hotline (article 8), together with the data bureau (article 6(7)).
DESK = (Role.HOTLINE_AGENT, Role.OPERATOR, Role.SUPERVISOR, Role.DATA_BUREAU, Role.SYSTEM)
DEPARTMENT_STAFF = (Role.OFFICER, Role.REVIEWER, Role.DEPARTMENT_HEAD, Role.DATA_BUREAU)
SUPERVISION = (Role.SUPERVISOR, Role.DATA_BUREAU)


def handles(actor: Actor, department: str | None) -> bool:
    """True for the staff of the department that has the ticket; for nobody while none has it."""
    return department is not None and actor.department == department and actor.has(*DEPARTMENT_STAFF)


def asks(actor: Actor, asker: str | None, state: TicketState) -> bool:
    """True for who asked: the enterprise itself, or the person whose mark (`asker`) the ticket carries."""
    own_enterprise = actor.enterprise is not None and actor.enterprise == state.received.enterprise
    return own_enterprise or (asker is not None and asker == state.received.asker)


def not_yours(title: str) -> NoReturn:
    """Refuses, saying who may."""
    raise Refused("hotline.not-yours", title, because=Because.FORBIDDEN)


def require_desk(context: Context, what: str) -> None:
    """Refuses everybody but the desk."""
    if not context.actor.has(*DESK):
        not_yours(f"{what}由城运中心（12345热线）或市数政局办理，请联系12345热线。")


def require_handler(state: TicketState, context: Context) -> None:
    """Refuses everybody but the staff of the department that has the ticket."""
    if state.department is None or state.clock is None:
        raise Refused("hotline.not-dispatched", "该工单尚未派发到部门，请先由城运中心派发，再由部门办理。")
    if not handles(context.actor, state.department):
        not_yours(f"该工单由部门 {state.department} 负责，只有该部门的工作人员可以办理。")


def require_platform(context: Context) -> None:
    """Refuses everybody but the platform itself."""
    if not context.actor.has(Role.SYSTEM):
        not_yours("期限由平台自动核算，不能由人工办理。")
