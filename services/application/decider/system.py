"""A department's own system (部门自建系统): connected by the data bureau, proven by a secret, closed at once; pure (article 6(4)).

The platform keeps of a secret what checks it and no more. Whatever a system does is written together with `ActThrough`, so
that what is suspended acts no more, and none acts outside of its items.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.application.events import system as events
from shared.contracts.identifiers import Phone
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role

SUBJECT = "system:"  # and the client id: the subject of a system's token
LONGEST_OVERLAP_HOURS = 168
APPLICANTS = (Role.OFFICER, Role.DEPARTMENT_HEAD)
Status = Literal["requested", "connected", "suspended", "declined", "ended"]
STATUSES: dict[Status, str] = {
    "requested": "正在等待市数政局审核",
    "connected": "已接入",
    "suspended": "已暂停接入",
    "declined": "未获准接入",
    "ended": "已终止接入",
}
ItemCode = Annotated[str, Field(min_length=1, max_length=80)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class RequestSystem(Command):
    """Ask for a system to be connected."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"system", "department"})

    system: str
    department: str
    name: str = Field(min_length=1, max_length=60)
    office: str = Field(min_length=1, max_length=60)
    phone: Phone
    items: tuple[ItemCode, ...] = Field((), max_length=200)


class ApproveSystem(Command):
    """Connect it."""


class DeclineSystem(Command):
    """Do not connect it."""

    reason: Reason


class IssueSecret(Command):
    """A new secret; earlier ones hold for `overlap_hours` more, so that the system can be moved over. Zero: they end now."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"salt", "digest"})

    overlap_hours: int = Field(24, ge=0, le=LONGEST_OVERLAP_HOURS)
    salt: str = ""
    digest: str = ""


class SuspendSystem(Command):
    """Close its doors at once."""

    reason: Reason


class ResumeSystem(Command):
    """Open them again."""


class EndSystem(Command):
    """End the connection for good."""

    reason: Reason


class ActThrough(Command):
    """Something is done through it, for an application of this item."""

    item_code: str


class ConfirmAway(Command):
    """It is not connected; given together with what is done because of that."""


SystemCommand = (
    RequestSystem
    | ApproveSystem
    | DeclineSystem
    | IssueSecret
    | SuspendSystem
    | ResumeSystem
    | EndSystem
    | ActThrough
    | ConfirmAway
)


class Secret(BaseModel):
    """What checks a secret; `until`: before which instant it holds, None without an end."""

    model_config = ConfigDict(frozen=True)

    salt: str
    digest: str
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return self.until is None or now < self.until


class SystemState(State):
    """A system as the data bureau has it on its books."""

    requested: events.SystemRequested
    status: Status = "requested"
    secrets: tuple[Secret, ...] = ()

    def covers(self, item_code: str) -> bool:
        """Whether an item is among those that it takes over."""
        return not self.requested.items or item_code in self.requested.items


def digest_of(salt: str, secret: str) -> str:
    """What is kept of a secret. Secrets are 256 random bits, so that one round is enough."""
    return hashlib.sha256(f"{salt}.{secret}".encode()).hexdigest()


def proves(state: SystemState | None, secret: str, now: datetime) -> bool:
    """Whether it is a secret of this system that holds now; as long on the way when there is no such system."""
    kept = [each for each in state.secrets if each.holds(now)] if state else []
    compared = [
        hmac.compare_digest(each.digest, digest_of(each.salt, secret)) for each in (*kept, Secret(salt="", digest=""))
    ]
    return any(compared[: len(kept)])


def client_of(actor: Actor) -> str:
    """The client id of a system that acts. Raises `Refused` for everybody else."""
    if not actor.has(Role.DEPARTMENT_SYSTEM):
        raise Refused("application.systems-only", "这一步只能由已接入的部门系统办理。", because=Because.FORBIDDEN)
    return actor.subject.removeprefix(SUBJECT)


def require_connected(state: SystemState | None) -> SystemState:
    """The state of a system that may act. Raises `Refused`."""
    if state is None or state.status != "connected":
        word = STATUSES[state.status] if state else "不存在"
        title = f"该部门系统{word}，不能调用接口，请联系本部门负责人或市数政局。"
        raise Refused("application.system-not-connected", title, because=Because.FORBIDDEN)
    return state


def decide(state: SystemState | None, command: SystemCommand, context: Context) -> Sequence[Event]:
    """Asked for by the department, decided by the data bureau; closed by either."""
    if isinstance(command, RequestSystem):
        return _request(state, command, context)
    if state is None:
        raise Refused("application.system-unknown", "没有这个部门系统，请核对编号。", because=Because.NOT_FOUND)
    return _DECISIONS[type(command)](state, command, context)


def _request(state: SystemState | None, command: RequestSystem, context: Context) -> Sequence[Event]:
    actor = context.actor
    if not actor.has(*APPLICANTS) or actor.department != command.department:
        title = "部门系统由本部门的负责人或经办人员申请接入。"
        raise Refused("application.not-your-system", title, because=Because.FORBIDDEN)
    twice = sorted({code for code in command.items if command.items.count(code) > 1})
    if twice:
        errors = [
            FieldError(field="items", code="twice", message=f"事项编号{code}重复，请删去一个。") for code in twice
        ]
        raise Refused("application.system-invalid", f"接入申请有{len(errors)}处需要改正。", errors, Because.INVALID)
    if state is not None:
        return []
    told = command.model_dump(include={"system", "department", "items", "office", "phone"})
    return [events.SystemRequested(**told, system_name=command.name, by=actor.subject)]


def _approve(state: SystemState, _command: ApproveSystem, context: Context) -> Sequence[Event]:
    _require_bureau(context)
    if state.status == "connected":
        return []
    _require_status(state, "requested")
    return [events.SystemApproved(**_about(state), by=context.actor.subject)]


def _decline(state: SystemState, command: DeclineSystem, context: Context) -> Sequence[Event]:
    _require_bureau(context)
    if state.status == "declined":
        return []
    _require_status(state, "requested")
    return [events.SystemDeclined(**_about(state), reason=command.reason, by=context.actor.subject)]


def _issue(state: SystemState, command: IssueSecret, context: Context) -> Sequence[Event]:
    """By the department, so that the data bureau never sees the secret: by its head, or by who asked for the system."""
    actor = context.actor
    if not (_is_head(state, actor) or (_is_own(state, actor) and actor.subject == state.requested.by)):
        title = "密钥由本部门负责人或提出接入申请的人员领取和更换。"
        raise Refused("application.not-your-system", title, because=Because.FORBIDDEN)
    _require_status(state, "connected", "suspended")
    until = context.now + timedelta(hours=command.overlap_hours)
    kept = {"salt": command.salt, "digest": command.digest, "earlier_until": until}
    return [events.SystemSecretIssued(**_about(state), **kept, by=actor.subject)]


def _suspend(state: SystemState, command: SuspendSystem, context: Context) -> Sequence[Event]:
    _require_head_or_bureau(state, context)
    if state.status == "suspended":
        return []
    _require_status(state, "connected")
    return [events.SystemSuspended(**_about(state), reason=command.reason, by=context.actor.subject)]


def _resume(state: SystemState, _command: ResumeSystem, context: Context) -> Sequence[Event]:
    _require_bureau(context)
    if state.status == "connected":
        return []
    _require_status(state, "suspended")
    return [events.SystemResumed(**_about(state), by=context.actor.subject)]


def _end(state: SystemState, command: EndSystem, context: Context) -> Sequence[Event]:
    _require_head_or_bureau(state, context)
    if state.status == "ended":
        return []
    _require_status(state, "requested", "connected", "suspended")
    return [events.SystemEnded(**_about(state), reason=command.reason, by=context.actor.subject)]


def _act(state: SystemState, command: ActThrough, context: Context) -> Sequence[Event]:
    require_connected(state)
    if client_of(context.actor) != state.requested.system or not state.covers(command.item_code):
        title = f"事项 {command.item_code} 不在该部门系统接办的范围内，请联系市数政局调整接入范围。"
        raise Refused("application.not-your-item", title, because=Because.FORBIDDEN)
    return []


def _confirm_away(state: SystemState, _command: ConfirmAway, _context: Context) -> Sequence[Event]:
    if state.status == "connected":
        raise Refused("application.system-connected", "该部门系统已恢复接入，请在该系统中办理。")
    return []


_DECISIONS: Mapping[type[SystemCommand], Callable[[SystemState, Any, Context], Sequence[Event]]] = {
    ApproveSystem: _approve,
    DeclineSystem: _decline,
    IssueSecret: _issue,
    SuspendSystem: _suspend,
    ResumeSystem: _resume,
    EndSystem: _end,
    ActThrough: _act,
    ConfirmAway: _confirm_away,
}


def _about(state: SystemState) -> dict[str, Any]:
    return state.requested.model_dump(include={"system", "system_name", "department"})


def _is_own(state: SystemState, actor: Actor) -> bool:
    return actor.department == state.requested.department and actor.has(*APPLICANTS)


def _is_head(state: SystemState, actor: Actor) -> bool:
    return actor.department == state.requested.department and actor.has(Role.DEPARTMENT_HEAD)


def _require_bureau(context: Context) -> None:
    if not context.actor.has(Role.DATA_BUREAU):
        title = "部门系统的接入由市数政局审核和恢复。"
        raise Refused("application.data-bureau-only", title, because=Because.FORBIDDEN)


def _require_head_or_bureau(state: SystemState, context: Context) -> None:
    if not context.actor.has(Role.DATA_BUREAU) and not _is_head(state, context.actor):
        title = "部门系统由本部门负责人或市数政局暂停和终止。"
        raise Refused("application.not-your-system", title, because=Because.FORBIDDEN)


def _require_status(state: SystemState, *statuses: Status) -> None:
    if state.status not in statuses:
        title = f"该部门系统{STATUSES[state.status]}，不能再办理这一步，请刷新后查看。"
        raise Refused("application.system-wrong-status", title)


def evolve(state: SystemState | None, event: Event) -> SystemState:
    """The system after an event."""
    if isinstance(event, events.SystemRequested):
        return SystemState(requested=event)
    assert state is not None  # noqa: S101 - nothing happens to a system before it is asked for
    match event:
        case events.SystemApproved() | events.SystemResumed():
            return state.model_copy(update={"status": "connected"})
        case events.SystemDeclined():
            return state.model_copy(update={"status": "declined"})
        case events.SystemSuspended():
            return state.model_copy(update={"status": "suspended"})
        case events.SystemEnded():
            return state.model_copy(update={"status": "ended", "secrets": ()})
        case events.SystemSecretIssued():
            return state.model_copy(update={"secrets": _secrets(state, event)})
    return state


def _secrets(state: SystemState, issued: events.SystemSecretIssued) -> tuple[Secret, ...]:
    """The new one, and the last before it for a while; what had an end already keeps it, and all before is forgotten."""
    ends = issued.earlier_until
    earlier = [each.model_copy(update={"until": min(each.until or ends, ends)}) for each in state.secrets[-1:]]
    return (*earlier, Secret(salt=issued.salt, digest=issued.digest))


system: Decider[SystemState, SystemCommand] = Decider("system", SystemState, decide, evolve)
