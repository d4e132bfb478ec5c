"""What policy decides about an item; pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.policy.decider.amending import amend, attach_form, decide_window, follow_document, put_online, repeal
from services.policy.decider.item_commands import (
    AdoptItem,
    AmendItem,
    AttachForm,
    DecideWindow,
    DraftAndPublishItem,
    DraftItem,
    FollowDocument,
    ItemCommand,
    ItemContent,
    ItemState,
    PublishItem,
    PutWindowOnline,
    RepealItem,
)
from services.policy.decider.limits import (
    RaisePublicationDueSoon,
    RaisePublicationOverdue,
    RecomputePublicationLimit,
    decide_limit,
    evolve_limit,
)
from services.policy.decider.publishable import no_such_item, require_item_publishable, unknown_document
from services.policy.decider.rights import require_editor
from services.policy.events import ItemAmended, ItemDrafted, ItemPublished, ItemRepealed
from services.policy.events.catalogue import FormAttached
from shared.eventstore.decider import Because, Context, Decider, FieldError, Refused
from shared.eventstore.events import Event

__all__ = [
    "AdoptItem",
    "AmendItem",
    "AttachForm",
    "DecideWindow",
    "DraftAndPublishItem",
    "DraftItem",
    "FollowDocument",
    "ItemContent",
    "ItemState",
    "PublishItem",
    "PutWindowOnline",
    "RepealItem",
    "item",
]


def decide(state: ItemState | None, command: ItemCommand, context: Context) -> Sequence[Event]:
    """An item is drafted as often as its department likes, published once, complete, then amended and at last repealed."""
    match command:
        case AmendItem():
            return amend(state, command, context)
        case AdoptItem():
            return _adopt(state, command, context)
        case DraftAndPublishItem():
            return _draft_and_publish(state, command, context)
        case DraftItem():
            return _draft(state, command, context)
        case PublishItem():
            return _publish(state, command, context)
        case RepealItem():
            return repeal(state, command, context)
        case FollowDocument():
            return follow_document(state, command, context)
        case DecideWindow():
            return decide_window(state, command, context)
        case PutWindowOnline():
            return put_online(state, context)
        case AttachForm():
            return attach_form(state, command, context)
        case RaisePublicationDueSoon() | RaisePublicationOverdue() | RecomputePublicationLimit():
            return decide_limit(state.watched if state else None, command, context)


def _draft(state: ItemState | None, command: DraftItem, context: Context) -> Sequence[Event]:
    drafted = _drafted(state, command, context)
    unknown = unknown_document(command, context.actor)
    if unknown:
        raise Refused("policy.item-invalid", "事项所依据的文件有误，请改正后重新保存。", unknown, Because.INVALID)
    return _changed(state, drafted)


def _adopt(state: ItemState | None, command: AdoptItem, context: Context) -> Sequence[Event]:
    if state is None:
        return _draft(state, command, context)
    _drafted(state, command, context)
    return []


def _draft_and_publish(state: ItemState | None, command: DraftAndPublishItem, context: Context) -> Sequence[Event]:
    drafted = _drafted(state, command, context)
    # What was published once stays a repeat of it, whatever has been amended since.
    if state is not None and state.published and drafted in (state.first, state.draft):
        return []
    require_item_publishable(drafted, unknown_document(command, context.actor), command.facts, command.named)
    events = _changed(state, drafted)
    return [*events, ItemPublished(**drafted.model_dump())]


def _publish(state: ItemState | None, command: PublishItem, context: Context) -> Sequence[Event]:
    if state is None:
        raise no_such_item()
    require_editor(context.actor, state.draft.department, "发布事项")
    if state.published:
        return []
    known, now = state.draft.document, command.document
    if (known and known.id) != (now and now.id):
        raise Refused("policy.item-moved", "事项草稿刚刚被修改，请刷新后重新发布。")
    draft = state.draft.model_copy(update={"document": now})
    require_item_publishable(draft, [], command.facts, command.named)
    return [ItemPublished(**draft.model_dump())]


def _drafted(state: ItemState | None, command: DraftItem, context: Context) -> ItemDrafted:
    """The draft that the command means, when the actor may write it under this code."""
    require_editor(context.actor, command.department, "编写事项")
    if state is not None and state.draft.department != command.department:
        raise Refused(
            "policy.item-code-taken",
            f"事项编码 {command.code} 已由其他部门使用，请换一个编码。",
            [FieldError(field="code", code="taken", message="该编码已被使用，请换一个编码。")],
        )
    return ItemDrafted(**command.model_dump(include=set(ItemDrafted.model_fields)))


def _changed(state: ItemState | None, drafted: ItemDrafted) -> list[Event]:
    """The draft where it says something new; a published item no longer changes this way."""
    if state is None:
        return [drafted]
    differing = [f for f in ItemDrafted.model_fields if getattr(state.draft, f) != getattr(drafted, f)]
    if not differing:
        return []
    if state.published:
        raise Refused(
            "policy.item-published",
            f"事项 {drafted.code} 已发布，不能再按草稿修改，请核对事项编码，或改用修订；已发布的内容未改动。",
            [FieldError(field=f, code="differs", message="与已发布的内容不同，请核对。") for f in differing],
        )
    return [drafted]


def evolve(state: ItemState | None, event: Event) -> ItemState:
    if isinstance(event, ItemDrafted):
        return ItemState(draft=event)
    assert state is not None  # noqa: S101 - every item begins as a draft
    change: dict[str, object] = {"watched": evolve_limit(state.watched, event)}
    match event:
        case ItemPublished():
            written = ItemDrafted(**event.model_dump())
            change |= {"draft": written, "first": written, "published": True, "revision": 1}
        case ItemAmended():
            written = ItemDrafted(**event.model_dump(include=set(ItemDrafted.model_fields)))
            online = written.window is not None and written.window.kind != "undetermined"
            change |= {"draft": written, "revision": event.revision}
            if online or event.document.disclosure == "withheld":
                change["watched"] = None
        case ItemRepealed():
            change |= {"repealed": event, "watched": None}
        case FormAttached(name=name):
            change["forms"] = (*(each for each in state.forms if each.name != name), event)
    return state.model_copy(update=change)


item = Decider("item", ItemState, decide, evolve)
