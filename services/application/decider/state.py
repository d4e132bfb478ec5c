"""What an application's events amount to, and who may act on it."""

from __future__ import annotations

from typing import Literal, TypedDict

from services.application.events import (
    ApplicationAccepted,
    ApplicationNotAccepted,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ReviewCompleted,
    ReviewDeadlineRecomputed,
    ReviewOverdue,
    SupplementRequested,
)
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Context, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

Stage = Literal["submitted", "accepted", "not-accepted", "reviewed"]
STAGES: dict[Stage, str] = {
    "submitted": "已提交，等待受理",
    "accepted": "已受理，正在审核",
    "not-accepted": "已告知不予受理",
    "reviewed": "已完成审核",
}


class ApplicationState(State):
    """`waiting_for_applicant`: the supplement notice is not yet answered; `noticed`: there has been one."""

    submitted: ApplicationSubmitted
    stage: Stage = "submitted"
    clock: LimitClock | None = None
    noticed: bool = False
    waiting_for_applicant: bool = False
    overdue: bool = False


class About(TypedDict):
    """What every event of an application carries."""

    number: str
    item_id: str
    item_code: str
    item_title: str
    department: str
    enterprise: str


def about(state: ApplicationState) -> About:
    """The same for every event."""
    known = state.submitted
    return About(
        number=known.number,
        item_id=known.item_id,
        item_code=known.item_code,
        item_title=known.item_title,
        department=known.department,
        enterprise=known.enterprise,
    )


def evolve(state: ApplicationState | None, event: Event) -> ApplicationState:
    """The state after an event."""
    if isinstance(event, ApplicationSubmitted):
        return ApplicationState(submitted=event)
    if state is None:
        raise ValueError(f"{event.TOPIC} before the application was submitted")
    changes: dict[str, object] = {}
    match event:
        case ApplicationAccepted():
            changes = {"stage": "accepted", "clock": event.clock}
        case ApplicationNotAccepted():
            changes = {"stage": "not-accepted", "waiting_for_applicant": False}
        case SupplementRequested():
            changes = {"noticed": True, "waiting_for_applicant": True, "clock": event.clock}
        case ApplicationSupplemented():
            changes = {"waiting_for_applicant": False, "clock": event.clock}
        case ReviewCompleted():
            changes = {"stage": "reviewed"}
        case ReviewOverdue():
            changes = {"overdue": True}
        case ReviewDeadlineRecomputed():
            changes = {"clock": event.clock}
    return state.model_copy(update=changes)


def require_stage(state: ApplicationState, *stages: Stage) -> None:
    """Refuses what cannot be done now, and says where the application stands."""
    if state.stage not in stages:
        raise Refused(
            "application.wrong-stage", f"这件申报{STAGES[state.stage]}，不能再办理这一步，请刷新后查看最新进度。"
        )


def require_department(state: ApplicationState, context: Context, *roles: Role) -> None:
    """Only the item's department works on an application."""
    if not context.actor.has(*roles) or context.actor.department != state.submitted.department:
        raise Refused(
            "application.not-your-department",
            f"这件申报由部门 {state.submitted.department} 办理，请由该部门的经办人员操作。",
            because=Because.FORBIDDEN,
        )


def require_platform(context: Context) -> None:
    """Only the platform itself raises and recomputes."""
    if not context.actor.has(Role.SYSTEM):
        raise Refused("application.platform-only", "这一步由平台自动办理，无需人工操作。", because=Because.FORBIDDEN)
