"""What becomes of a published item: amended, its window decided, forms attached, repealed; pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.policy.decider.completeness import errors_in_window
from services.policy.decider.document import errors_in_decision
from services.policy.decider.item_commands import (
    AmendItem,
    AttachForm,
    DecideWindow,
    FollowDocument,
    ItemState,
    RepealItem,
)
from services.policy.decider.limits import last_day
from services.policy.decider.publishable import no_such_item, require_item_publishable, unknown_document
from services.policy.decider.rights import require_editor
from services.policy.events import Disclosure, DocumentRef, ItemAmended, ItemDrafted, ItemRepealed
from services.policy.events.catalogue import FormAttached, WindowDecided
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event


def amend(state: ItemState | None, command: AmendItem, context: Context) -> Sequence[Event]:
    """The new content must be as complete as the first one (article 10)."""
    known = _offered(state, "修订事项", context)
    if command.expected_revision != known.revision:
        title = f"事项现为第{known.revision}次发布的内容，请刷新后在最新内容上修订。"
        errors = [FieldError(field="expected_revision", code="moved", message=title)]
        raise Refused("policy.revision-moved", title, errors)
    errors = [
        FieldError(field=field, code="fixed", message="修订不能更改事项编码和部门，请核对；如需更换，请另行发布。")
        for field in ("code", "department")
        if getattr(command, field) != getattr(known.draft, field)
    ]
    errors += _errors_in_reason(command.reason)
    errors += errors_in_decision(command.decided_on, command.transition_until, context)
    errors += unknown_document(command, context.actor)
    drafted = ItemDrafted(**command.model_dump(include=set(ItemDrafted.model_fields)))
    require_item_publishable(drafted, errors, command.facts, command.named)
    if drafted == known.draft:
        title = "修订内容与现有内容完全相同，请核对后再提交。"
        raise Refused("policy.nothing-changed", title, because=Because.INVALID)
    why = command.model_dump(include={"reason", "decided_on", "transition_until"})
    return [ItemAmended(**drafted.model_dump(), **why, **_next(known))]


def follow_document(state: ItemState | None, command: FollowDocument, context: Context) -> Sequence[Event]:
    """The item of a document that has become withheld is withheld, and the other way round.

    One that is repealed and was withheld stays so: nothing of it is announced anew.
    """
    if state is None or state.draft.document is None or state.draft.document.id != command.document.id:
        return []
    if state.draft.document == command.document or (state.repealed and command.document.disclosure == "public"):
        return []
    require_editor(context.actor, command.document.department, "更改公开范围")
    drafted = state.draft.model_copy(update={"document": command.document})
    if not state.published:
        return [drafted]
    why = {"reason": "所依据文件的公开范围已变更。", "decided_on": context.today, "transition_until": None}
    return [ItemAmended(**drafted.model_dump(), **why, **_next(state))]


def repeal(state: ItemState | None, command: RepealItem, context: Context) -> Sequence[Event]:
    """Repealed once, with a reason."""
    if state is not None and state.repealed is not None:
        require_editor(context.actor, state.draft.department, "废止事项")
        return []
    known = _offered(state, "废止事项", context)
    errors = [
        *_errors_in_reason(command.reason),
        *errors_in_decision(command.decided_on, command.transition_until, context),
    ]
    if errors:
        raise _invalid(errors)
    what = known.draft.model_dump(include={"code", "title", "department"})
    return [ItemRepealed(**what, document=_document(known), **command.model_dump())]


def decide_window(state: ItemState | None, command: DecideWindow, context: Context) -> Sequence[Event]:
    """From the day of the decision, article 11 gives three working days to put the window online."""
    known = _offered(state, "确定申报时间", context)
    errors = list(errors_in_window(command.window))
    if command.window.kind == "undetermined":
        message = "确定后的申报时间应为常年申报或固定期限，请选择。"
        errors.append(FieldError(field="window.kind", code="undetermined", message=message))
    if known.draft.window is None or known.draft.window.kind != "undetermined":
        message = "只有期限待定的事项需要确定申报时间，请改用修订。"
        errors.append(FieldError(field="window", code="determined", message=message))
    errors += errors_in_decision(command.decided_on, None, context)
    if errors:
        raise _invalid(errors)
    due = last_day(command.decided_on, context)
    what = known.draft.model_dump(include={"code", "title", "department"})
    decided = WindowDecided(
        **what, document=_document(known), **dict(command), due_on=due.day, provisional=due.provisional
    )
    return [] if known.watched and known.watched.decided == decided else [decided]


def put_online(state: ItemState | None, context: Context) -> Sequence[Event]:
    """The catalogue shows the decided window, as a revision of the item."""
    known = _offered(state, "公布申报时间", context)
    decided = known.watched.decided if known.watched else None
    if not isinstance(decided, WindowDecided):
        title = "该事项没有待公布的申报时间，请先确定申报时间。"
        raise Refused("policy.no-window-decided", title)
    drafted = known.draft.model_copy(update={"window": decided.window})
    why = {"reason": "申报时间已确定。", "decided_on": decided.decided_on, "transition_until": None}
    return [ItemAmended(**drafted.model_dump(), **why, **_next(known))]


def attach_form(state: ItemState | None, command: AttachForm, context: Context) -> Sequence[Event]:
    """A form can come later than the guide; the same again changes nothing."""
    if state is None:
        raise no_such_item()
    require_editor(context.actor, state.draft.department, "附表格")
    form = FormAttached(code=state.draft.code, department=state.draft.department, **command.model_dump())
    return [] if form in state.forms else [form]


def _offered(state: ItemState | None, what: str, context: Context) -> ItemState:
    if state is None:
        raise no_such_item()
    require_editor(context.actor, state.draft.department, what)
    if not state.published:
        raise Refused("policy.item-not-published", "事项还是草稿，请直接修改草稿后发布。")
    if state.repealed is not None:
        raise Refused("policy.item-repealed", "事项已废止，不能再变更，请另行发布新事项。")
    return state


def _document(state: ItemState) -> DocumentRef:
    assert state.draft.document is not None  # noqa: S101 - nothing is published without a document
    return state.draft.document


def _next(state: ItemState) -> dict[str, int | Disclosure]:
    return {"revision": state.revision + 1, "disclosed_before": _document(state).disclosure}


def _errors_in_reason(reason: str) -> list[FieldError]:
    return [] if reason.strip() else [FieldError(field="reason", code="missing", message="请写明理由。")]


def _invalid(errors: Sequence[FieldError]) -> Refused:
    title = f"有{len(errors)}处需要改正，请逐项改正后重新提交。"
    return Refused("policy.item-invalid", title, errors, Because.INVALID)
