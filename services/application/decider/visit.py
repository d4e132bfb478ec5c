"""A visit at the counter: who is there, for which enterprise, and what that has agreed to (授权同意, article 21); pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field

from services.application.decider.state import require_platform
from services.application.events import counter as events
from services.application.events.counter import Capacity, Scope
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role

SCOPES: dict[Scope, str] = {
    "apply": "由窗口人员代为提交、补正和撤回申报",
    "prefill": "使用企业画像预填申报表单",
    "grant": "由窗口人员代为确认或放弃免申即享",
}
NEEDS: dict[str, Scope] = {
    "submit": "apply",
    "supplement": "apply",
    "withdraw": "apply",
    "draft": "apply",
    "confirm": "grant",
    "decline": "grant",
}


class BeginVisit(Command):
    """Begin it; together with serving the number."""

    visit: str
    hall: str
    hall_name: str
    department: str
    number: str
    service_title: str
    day: date


class RecordVisitor(Command):
    """Say who is there. Personal texts come sealed; `mark` tells a repeat; `wrong`: what of it cannot be so."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"name", "identity", "identity_end", "phone", "phone_end", "wrong"})

    enterprise: str | None
    capacity: Capacity | None
    name: str
    identity: str | None
    identity_end: str | None
    phone: str | None
    phone_end: str | None
    mark: str
    wrong: tuple[FieldError, ...] = ()


class GiveConsent(Command):
    """Agree, on paper or electronically; `current`: the version of the text in force; `wrong` is what the scan has wrong."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"current", "wrong"})

    scope: tuple[Scope, ...] = Field(min_length=1, max_length=len(SCOPES))
    how: Literal["paper", "electronic"]
    text_version: int
    attachment: str | None
    current: int
    wrong: tuple[FieldError, ...] = ()


class WithdrawConsent(Command):
    """Agree no longer; `drafts` are those of the visit that end together with this, of all those that were `seen`."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"drafts", "seen"})

    reason: str = Field(min_length=1, max_length=1000)
    drafts: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


class UseVisit(Command):
    """Act for the enterprise; together with what is done."""

    act: Literal["submit", "supplement", "withdraw", "draft", "confirm", "decline"]
    of: str
    enterprise: str


class SeeVisitor(Command):
    """Look at the visitor in the clear."""


class EndVisit(Command):
    """It is done."""


class CloseVisit(Command):
    """The platform's clock has passed its day."""


VisitCommand = (
    BeginVisit | RecordVisitor | GiveConsent | WithdrawConsent | UseVisit | SeeVisitor | EndVisit | CloseVisit
)


class VisitState(State):
    """A visit; `consent` is what holds now, `drafts` were begun in it."""

    begun: events.VisitBegun
    visitor: events.VisitorRecorded | None = None
    consent: events.ConsentGiven | None = None
    drafts: tuple[str, ...] = ()
    used: tuple[tuple[str, str], ...] = ()  # acts, and what each was done to
    ended: bool = False

    @property
    def enterprise(self) -> str | None:
        """Whom the visit is for."""
        return self.visitor.enterprise if self.visitor else None

    def has_used(self, act: str, of: str, actor: Actor) -> bool:
        """Whether that was done already, by the same clerk: asked again it is answered again, whatever ended since."""
        return (act, of) in self.used and actor.subject == self.begun.clerk

    def permits(self, scope: Scope) -> bool:
        """Whether the enterprise has agreed to that, and the visit goes on."""
        return not self.ended and self.consent is not None and scope in self.consent.scope


def decide(state: VisitState | None, command: VisitCommand, context: Context) -> Sequence[Event]:
    """By the clerk who serves; consent and its end by the enterprise too."""
    if isinstance(command, BeginVisit):
        begun = events.VisitBegun(**command.model_dump(), clerk=context.actor.subject)
        return [begun] if state is None else []
    if state is None:
        raise Refused("application.visit-unknown", "没有这次窗口办理，请核对编号。", because=Because.NOT_FOUND)
    match command:
        case RecordVisitor():
            return _record(state, command, context)
        case GiveConsent():
            return _consent(state, command, context)
        case WithdrawConsent():
            return _withdraw(state, command, context)
        case UseVisit():
            return _use(state, command, context)
        case SeeVisitor():
            require_sight(state, context.actor)
            return [events.VisitorSeen(**about(state), by=context.actor.subject)]
        case EndVisit():
            _require_clerk(state, context.actor)
            return [] if state.ended else [_ended(state, "ended")]
        case CloseVisit():
            require_platform(context)
            return [] if state.ended else [_ended(state, "over")]


def require_sight(state: VisitState, actor: Actor) -> None:
    """Personal texts are read by the clerk while the visit goes on, by the head of the clerk's department, and by the data
    bureau. Raises `Refused`."""
    serving = actor.subject == state.begun.clerk and not state.ended
    heads = actor.has(Role.DEPARTMENT_HEAD) and actor.department == state.begun.department
    if not (serving and actor.has(Role.COUNTER_CLERK)) and not heads and not actor.has(Role.DATA_BUREAU):
        title = "办理人信息只有经办的窗口人员在办理期间、窗口部门负责人和市数政局可以查看。"
        raise Refused("application.not-your-visit", title, because=Because.FORBIDDEN)


def unfit(state: VisitState | None, actor: Actor, enterprise: str | None, scope: Scope | None) -> list[FieldError]:
    """Everything for which a clerk cannot act in this visit; `enterprise` None: whichever the visit is for."""
    errors: list[FieldError] = []

    def wrong(code: str, message: str) -> None:
        errors.append(FieldError(field="visit", code=code, message=message))

    if state is None:
        wrong("unknown", "没有这次窗口办理，请先叫号并开始办理。")
        return errors
    if actor.subject != state.begun.clerk or not actor.has(Role.COUNTER_CLERK):
        wrong("not-yours", "这次窗口办理由另一位窗口人员经办，请由其办理。")
    if state.ended:
        wrong("ended", "这次窗口办理已结束，请重新取号办理。")
    if state.enterprise is None:
        wrong("no-enterprise", "请先登记办理人和所代表的企业。")
    elif enterprise not in (None, state.enterprise):
        wrong("other-enterprise", f"这次窗口办理是为企业 {state.enterprise} 进行的，请核对统一社会信用代码。")
    if scope is not None and (state.consent is None or scope not in state.consent.scope):
        wrong("no-consent", f"企业尚未同意{SCOPES[scope]}，请先登记同意书。")
    return errors


def refuse_unfit(errors: Sequence[FieldError]) -> None:
    """Refuses where there is anything, naming all of it."""
    if errors:
        title = f"窗口代办有{len(errors)}处不符合要求，请逐项处理后重新提交。"
        raise Refused("application.visit-unfit", title, errors, Because.FORBIDDEN)


def visit_required() -> Refused:
    """A clerk acts for an enterprise in an open visit alone."""
    message = "请填写本次窗口办理的编号（visit）。"
    error = FieldError(field="visit", code="missing", message=message)
    title = "窗口代办须在已登记企业同意的窗口办理中进行，请先叫号、登记办理人和同意书，再提交。"
    return Refused("application.visit-required", title, [error], Because.FORBIDDEN)


def _record(state: VisitState, command: RecordVisitor, context: Context) -> Sequence[Event]:
    _require_clerk(state, context.actor)
    _require_open(state)
    errors = [*command.wrong]
    if command.enterprise is not None and command.capacity is None:
        message = "请选择办理人与企业的关系：法定代表人、经办人员或受托代理人。"
        errors.append(FieldError(field="capacity", code="missing", message=message))
    if command.identity is None and command.phone is None:
        message = "请填写办理人的身份证号码或联系电话中的至少一项。"
        errors.append(FieldError(field="identity", code="missing", message=message))
    if state.consent is not None and command.enterprise != state.enterprise:
        message = "这次办理已登记企业的同意，不能改为其他企业；确需更换的，请先撤回同意。"
        errors.append(FieldError(field="enterprise", code="consent-given", message=message))
    if errors:
        title = f"办理人登记有{len(errors)}处需要改正，请改正后重新提交。"
        raise Refused("application.visitor-invalid", title, errors, Because.INVALID)
    if state.visitor is not None and state.visitor.mark == command.mark:
        return []
    sealed = {name: getattr(command, name) for name in RecordVisitor.ADDED - {"wrong"}}
    said = command.model_dump(include={"enterprise", "capacity", "mark"})
    return [events.VisitorRecorded(**about(state), **said, **sealed, by=context.actor.subject)]


def _consent(state: VisitState, command: GiveConsent, context: Context) -> Sequence[Event]:
    actor, enterprise = context.actor, state.enterprise
    electronic = command.how == "electronic"
    if electronic and (enterprise is None or actor.enterprise != enterprise or not actor.has(Role.APPLICANT)):
        title = "电子同意须由企业以本企业账号登录后作出；在窗口签署纸质同意书的，请扫描后按纸质登记。"
        raise Refused("application.consent-not-yours", title, because=Because.FORBIDDEN)
    if not electronic:
        _require_clerk(state, actor)
    _require_open(state)
    errors = [*command.wrong]
    if enterprise is None:
        message = "请先登记办理人和所代表的企业，再登记同意。"
        errors.append(FieldError(field="visit", code="no-enterprise", message=message))
    if command.text_version != command.current:
        message = f"同意书现为第{command.current}版，请按现行版本重新签署。"
        errors.append(FieldError(field="text_version", code="not-current", message=message))
    if not electronic and command.attachment is None:
        message = "请先上传签署的同意书扫描件，再填写附件编号。"
        errors.append(FieldError(field="attachment", code="missing", message=message))
    if electronic and command.attachment is not None:
        errors.append(FieldError(field="attachment", code="not-asked", message="电子同意不需要扫描件。"))
    if errors or enterprise is None:
        title = f"同意书登记有{len(errors)}处需要改正，请改正后重新提交。"
        raise Refused("application.consent-invalid", title, errors, Because.INVALID)
    given = events.ConsentGiven(
        **about(state),
        enterprise=enterprise,
        scope=tuple(sorted(set(command.scope))),
        how=command.how,
        text_version=command.text_version,
        attachment=command.attachment,
        clerk=state.begun.clerk,
        by=actor.subject,
    )
    return [] if state.consent == given else [given]


def _withdraw(state: VisitState, command: WithdrawConsent, context: Context) -> Sequence[Event]:
    actor = context.actor
    own = actor.has(Role.APPLICANT) and actor.enterprise is not None and actor.enterprise == state.enterprise
    if not own:
        _require_clerk(state, actor)
    if state.consent is None or state.enterprise is None:
        return []
    if command.seen != state.drafts:
        raise Refused("application.visit-moved", "撤回时窗口又新建了草稿，请重新撤回。")
    told = {"enterprise": state.enterprise, **command.model_dump(include={"reason"}), "drafts": command.drafts}
    return [events.ConsentWithdrawn(**about(state), **told, by=actor.subject)]


def _use(state: VisitState, command: UseVisit, context: Context) -> Sequence[Event]:
    if state.has_used(command.act, command.of, context.actor):
        return []
    refuse_unfit(unfit(state, context.actor, command.enterprise, NEEDS[command.act]))
    return [events.VisitUsed(**about(state), **command.model_dump())]


def _require_clerk(state: VisitState, actor: Actor) -> None:
    if actor.subject != state.begun.clerk or not actor.has(Role.COUNTER_CLERK):
        title = "这次窗口办理由另一位窗口人员经办，请由其办理。"
        raise Refused("application.not-your-visit", title, because=Because.FORBIDDEN)


def _require_open(state: VisitState) -> None:
    if state.ended:
        raise Refused("application.visit-ended", "这次窗口办理已结束，请重新取号办理。")


def _ended(state: VisitState, why: Literal["ended", "over"]) -> Event:
    return events.VisitEnded(**about(state), enterprise=state.enterprise, why=why)


def about(state: VisitState) -> dict[str, Any]:
    """What every event of a visit carries."""
    return {name: getattr(state.begun, name) for name in events.OfVisit.model_fields}


def evolve(state: VisitState | None, event: Event) -> VisitState:
    """The visit after an event."""
    if isinstance(event, events.VisitBegun):
        return VisitState(begun=event)
    assert state is not None  # noqa: S101 - nothing happens to a visit before it begins
    changes: dict[str, Any] = {}
    match event:
        case events.VisitorRecorded():
            changes = {"visitor": event}
        case events.ConsentGiven():
            changes = {"consent": event}
        case events.ConsentWithdrawn():
            changes = {"consent": None, "drafts": ()}
        case events.VisitUsed(act=act, of=of):
            changes = {"used": (*state.used, (act, of))}
            if act == "draft":
                changes["drafts"] = (*state.drafts, of)
        case events.VisitEnded():
            changes = {"ended": True}
    return state.model_copy(update=changes)


visit: Decider[VisitState, VisitCommand] = Decider("visit", VisitState, decide, evolve)
