"""A draft (草稿): filled in by several people of an enterprise, field by field; nothing that was typed is lost; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field

from services.application.decider.state import require_platform
from services.application.events import form as events
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Actor

AT_COUNTER = "counter:"  # and the visit: no account is called so
KEPT = timedelta(days=180)  # after the last change
IN_USE = "application.draft-in-use"
MOST_ASIDE = 20  # of one field: whoever has that many versions has to choose


class BeginDraft(Command):
    """Begin one; `answers` and `origins` are what is known of the enterprise. `visit`: a clerk begins it at the counter, for
    an enterprise whose draft it is, and not the clerk's."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"item_title", "form", "answers", "origins"})

    item_code: str
    item_title: str
    form: int
    answers: dict[str, Any]
    origins: dict[str, Any]
    visit: str | None = None


class SaveDraft(Command):
    """Change answers, made on revision `base`. `values`: sealed where they have to be; `known`: the form's fields."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"values", "attachments", "known"})

    base: int = Field(ge=0)
    said: dict[str, Any]
    values: dict[str, Any]
    attachments: tuple[dict[str, Any], ...]
    known: frozenset[str]


class RenewDraft(Command):
    """Go on with a newer version of the form, which has the fields `known`."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"known"})

    form: int
    known: frozenset[str]


class SubmitDraft(Command):
    """Make it the application `number`, together with submitting that. `revision`: what was judged."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"revision"})

    number: str
    revision: int


class DropDraft(Command):
    """Throw it away."""


class LapseDraft(Command):
    """Nobody has changed it for too long (`KEPT`); refused (`IN_USE`) where somebody has, so that its files stay as well."""


DraftCommand = BeginDraft | SaveDraft | RenewDraft | SubmitDraft | DropDraft | LapseDraft


class Kept(State):
    """An answer, and who gave it in which revision."""

    value: Any
    revision: int
    by: str


class DraftState(State):
    """`aside`: answers that came too late for their field, to be chosen from; `left`: those no longer asked for;
    `attachments`: every file that any of them has named; `changed_at`: None where it was not recorded yet."""

    state_version: int = 2

    item_code: str
    item_title: str
    owner: str
    enterprise: str | None
    form: int
    revision: int = 0
    fields: dict[str, Kept] = Field(default_factory=dict)
    aside: dict[str, tuple[Kept, ...]] = Field(default_factory=dict)
    left: dict[str, Kept] = Field(default_factory=dict)
    attachments: tuple[dict[str, Any], ...] = ()
    status: Literal["open", "submitted", "ended"] = "open"
    number: str | None = None
    changed_at: datetime | None = None

    @property
    def answers(self) -> dict[str, Any]:
        """What stands there."""
        return {name: kept.value for name, kept in self.fields.items()}

    def is_of(self, actor: Actor) -> bool:
        """Whose it is: everybody's of its enterprise, and before it has one its author's alone. Who has left the enterprise
        has left its drafts."""
        return actor.subject == self.owner if self.enterprise is None else actor.enterprise == self.enterprise


def decide(state: DraftState | None, command: DraftCommand, context: Context) -> Sequence[Event]:
    """Every command but the first needs a draft that is open, and somebody whose it is."""
    if isinstance(command, BeginDraft):
        return _begin(state, command, context)
    if state is None:
        raise Refused("application.draft-unknown", "没有这份草稿，请核对。", because=Because.NOT_FOUND)
    if isinstance(command, LapseDraft):
        return _lapse(state, context)
    require_own(state, context)
    if state.status != "open":
        ended = f"这份草稿已提交，申报编号 {state.number}" if state.number else "这份草稿已删除"
        raise Refused("application.draft-over", f"{ended}，不能再修改。")
    match command:
        case SaveDraft():
            decided = _save(state, command, context)
        case RenewDraft():
            decided = _renew(state, command, context)
        case SubmitDraft():
            decided = _submit(state, command)
        case DropDraft():
            return [events.DraftEnded(because="dropped")]
    return [*_bound(state, context), *decided]


def require_own(state: DraftState, context: Context) -> None:
    """Raises `Refused` for everybody whose it is not."""
    if not state.is_of(context.actor):
        title = "只有草稿所属企业的人员可以办理，企业认证前只有填写人可以办理。"
        raise Refused("application.draft-not-yours", title, because=Because.FORBIDDEN)


def _bound(state: DraftState, context: Context) -> Sequence[Event]:
    enterprise = context.actor.enterprise
    return [events.DraftBound(enterprise=enterprise)] if state.enterprise is None and enterprise else []


def _begin(state: DraftState | None, command: BeginDraft, context: Context) -> Sequence[Event]:
    if state is not None:
        require_own(state, context)
        return []
    actor = context.actor
    by = f"{AT_COUNTER}{command.visit}" if command.visit else actor.subject
    content = command.model_dump(exclude={"visit"})
    return [events.DraftBegun(**content, enterprise=actor.enterprise, by=by, at=context.now)]


def _lapse(state: DraftState, context: Context) -> Sequence[Event]:
    require_platform(context)
    if state.status != "open":
        return []
    if state.changed_at is not None and context.now < state.changed_at + KEPT:
        raise Refused(IN_USE, "这份草稿最近有修改，继续保留，无需处理。")
    return [events.DraftEnded(because="lapsed")]


def _save(state: DraftState, command: SaveDraft, context: Context) -> Sequence[Event]:
    errors = [
        FieldError(field=f"answers.{name}", code="unknown", message=f"表单中没有“{name}”这一项，请核对表单版本。")
        for name in command.values
        if name not in command.known
    ]
    if command.base > state.revision:
        errors.append(FieldError(field="base", code="unknown", message=f"草稿目前是第{state.revision}版，请核对。"))
    crowded = [name for name in command.values if len(state.aside.get(name, ())) >= MOST_ASIDE]
    errors += [
        FieldError(field=f"answers.{name}", code="crowded", message="这一项有太多不同的填写，请先选定一个。")
        for name in crowded
        if _late(state, name, command.base)
    ]
    if errors:
        raise Refused("application.draft-invalid", f"草稿有{len(errors)}处无法保存。", errors, Because.INVALID)
    new = {name: value for name, value in command.values.items() if _differs(state, name, value)}
    aside = {name: value for name, value in new.items() if _late(state, name, command.base)}
    changed = {
        name: value
        for name, value in command.values.items()
        if name not in aside and (name in new or name in state.aside)
    }
    if not changed and not aside:
        return []
    named = tuple(each for each in command.attachments if each["field"].partition(".")[0] in {*changed, *aside})
    done = {"attachments": named, "by": context.actor.subject, "at": context.now}
    return [events.DraftSaved(base=command.base, changed=changed, aside=aside, **done)]


def _late(state: DraftState, name: str, base: int) -> bool:
    """Whether somebody has changed the field since."""
    kept = state.fields.get(name)
    return kept is not None and kept.revision > base


def _differs(state: DraftState, name: str, value: Any) -> bool:
    kept = state.fields.get(name)
    return value is not None if kept is None else kept.value != value


def _renew(state: DraftState, command: RenewDraft, context: Context) -> Sequence[Event]:
    if command.form <= state.form:
        return []
    dropped = tuple(name for name in state.fields if name not in command.known)
    return [events.DraftRenewed(form=command.form, dropped=dropped, by=context.actor.subject, at=context.now)]


def _submit(state: DraftState, command: SubmitDraft) -> Sequence[Event]:
    if errors := undecided(state):
        raise Refused("application.draft-undecided", f"有{len(errors)}项需要先选定。", errors)
    if command.revision != state.revision:
        raise Refused("application.draft-moved", "提交时草稿又有修改，请核对后重新提交。")
    return [events.DraftSubmitted(number=command.number)]


def undecided(state: DraftState) -> list[FieldError]:
    """The fields for which several answers are there."""
    message = "这一项有几个人填了不同的内容，请选定一个。"
    return [FieldError(field=f"answers.{name}", code="undecided", message=message) for name in state.aside]


def evolve(state: DraftState | None, event: Event) -> DraftState:
    """The state after an event."""
    if isinstance(event, events.DraftBegun):
        fields = {name: Kept(value=value, revision=0, by=event.by) for name, value in event.answers.items()}
        known = event.model_dump(include={"item_code", "item_title", "form", "enterprise"})
        return DraftState(**known, owner=event.by, fields=fields, changed_at=event.at)
    assert state is not None  # noqa: S101 - nothing happens to a draft before it is begun
    return state.model_copy(update=_changes(state, event))


def _changes(state: DraftState, event: Event) -> Mapping[str, Any]:
    match event:
        case events.DraftSaved():
            return _saved(state, event)
        case events.DraftBound(enterprise=enterprise):
            return {"enterprise": enterprise}
        case events.DraftRenewed(form=version, dropped=dropped, at=at):
            left = {name: state.fields[name] for name in dropped}
            fields = {name: kept for name, kept in state.fields.items() if name not in dropped}
            aside = {name: others for name, others in state.aside.items() if name not in dropped}
            return {"form": version, "fields": fields, "aside": aside, "left": state.left | left, "changed_at": at}
        case events.DraftSubmitted(number=number):
            return {"status": "submitted", "number": number}
        case events.DraftEnded():
            return {"status": "ended"}
    return {}


def _saved(state: DraftState, event: events.DraftSaved) -> Mapping[str, Any]:
    revision = state.revision + 1
    changed = {name: Kept(value=value, revision=revision, by=event.by) for name, value in event.changed.items()}
    late = {name: Kept(value=value, revision=revision, by=event.by) for name, value in event.aside.items()}
    aside = {name: others for name, others in state.aside.items() if name not in changed}
    aside |= {name: (*aside.get(name, ()), kept) for name, kept in late.items()}
    files = (*state.attachments, *event.attachments)
    kept = {"fields": state.fields | changed, "aside": aside, "attachments": files}
    return {"revision": revision, "changed_at": event.at, **kept}


draft: Decider[DraftState, DraftCommand] = Decider("draft", DraftState, decide, evolve)
