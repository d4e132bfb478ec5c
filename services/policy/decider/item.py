"""What policy decides about an item; pure."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from services.policy.conditions.language import Eligibility
from services.policy.decider.completeness import require_publishable
from services.policy.decider.rights import require_editor
from services.policy.events import DocumentRef, Guide, ItemDrafted, ItemPublished, Procedure, Window
from services.policy.keys import DocumentNumber, ItemCode
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Actor

LARGEST_AMOUNT = 2**63 - 1  # fen, what a read model can hold


class ItemContent(BaseModel):
    """An item as its department writes it; every part of the guide may still be missing. Amounts are fen.

    The document is named by its number, or by its id where another department issued it.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    code: ItemCode
    department: DepartmentCode
    document_number: DocumentNumber | None = None
    document_id: str | None = Field(None, max_length=60, pattern=r"^[A-Za-z0-9._-]+$")
    title: str = Field("", max_length=300, examples=["技术改造设备补助"])
    content: str = Field("", max_length=50_000, description="扶持内容")
    support_type: str = Field("", max_length=40, examples=["资金奖补"])
    procedure: Procedure | None = None
    amount_fen: int | None = Field(None, le=LARGEST_AMOUNT, description="最高金额（分）")
    amount_text: str = Field("", max_length=1000)
    window: Window | None = None
    themes: tuple[str, ...] = Field((), max_length=50)
    industries: tuple[str, ...] = Field((), max_length=200)
    towns: tuple[str, ...] = Field((), max_length=200)
    guide: Guide = Guide()
    eligibility: Eligibility | None = Field(None, description="数据化的申报条件，用于精准匹配")


class DraftItem(ItemContent, Command):
    """Write an item down, or anew. `document` is what the record knows of the document that is named."""

    document: DocumentRef | None = None


class AdoptItem(DraftItem):
    """Take a draft over from another catalogue; an item that is here already stays as its department has it."""


class DraftAndPublishItem(DraftItem):
    """Write an item down and publish it at once."""


class PublishItem(Command):
    """Publish the draft. `document` is its document as the record knows it now."""

    document: DocumentRef | None = None


ItemCommand = DraftItem | PublishItem


class ItemState(State):
    draft: ItemDrafted
    published: bool = False


def decide(state: ItemState | None, command: ItemCommand, context: Context) -> Sequence[Event]:
    """An item is drafted as often as its department likes, and published once, complete."""
    match command:
        case AdoptItem():
            return _adopt(state, command, context)
        case DraftAndPublishItem():
            return _draft_and_publish(state, command, context)
        case DraftItem():
            return _draft(state, command, context)
        case PublishItem():
            return _publish(state, command, context)


def _draft(state: ItemState | None, command: DraftItem, context: Context) -> Sequence[Event]:
    drafted = _drafted(state, command, context)
    unknown = _unknown_document(command, context.actor)
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
    _require_publishable(drafted, _unknown_document(command, context.actor))
    events = _changed(state, drafted)
    if state is not None and state.published:
        return []
    return [*events, _published(drafted)]


def _publish(state: ItemState | None, command: PublishItem, context: Context) -> Sequence[Event]:
    if state is None:
        raise Refused("policy.item-unknown", "没有这个事项，请核对事项编码。", because=Because.NOT_FOUND)
    require_editor(context.actor, state.draft.department, "发布事项")
    if state.published:
        return []
    known, now = state.draft.document, command.document
    if (known and known.id) != (now and now.id):
        raise Refused("policy.item-moved", "事项草稿刚刚被修改，请刷新后重新发布。")
    draft = state.draft.model_copy(update={"document": now})
    _require_publishable(draft, [])
    return [_published(draft)]


def _drafted(state: ItemState | None, command: DraftItem, context: Context) -> ItemDrafted:
    """The draft that the command means, when the actor may write it under this code."""
    require_editor(context.actor, command.department, "编写事项")
    if state is not None and state.draft.department != command.department:
        raise Refused(
            "policy.item-code-taken",
            f"事项编码 {command.code} 已由其他部门使用，请换一个编码。",
            [FieldError(field="code", code="taken", message="该编码已被使用，请换一个编码。")],
        )
    return ItemDrafted(**command.model_dump(exclude={"document_number", "document_id"}))


def _changed(state: ItemState | None, drafted: ItemDrafted) -> list[Event]:
    """The draft where it says something new; a published item no longer changes."""
    if state is None:
        return [drafted]
    differing = [f for f in ItemDrafted.model_fields if getattr(state.draft, f) != getattr(drafted, f)]
    if not differing:
        return []
    if state.published:
        raise Refused(
            "policy.item-published",
            f"事项 {drafted.code} 已发布，不能再按草稿修改，请核对事项编码；已发布的内容未改动。",
            [FieldError(field=f, code="differs", message="与已发布的内容不同，请核对。") for f in differing],
        )
    return [drafted]


def _require_publishable(draft: ItemDrafted, unknown: list[FieldError]) -> None:
    unnamed = []
    if draft.document is None and not unknown:
        message = "请写明事项所依据的政策文件。"
        unnamed = [FieldError(field="document_number", code="missing", message=message)]
    require_publishable(draft, [*unknown, *unnamed])


def _unknown_document(command: DraftItem, actor: Actor) -> list[FieldError]:
    """A withheld document of another department is as unknown as one that is not there (article 18)."""
    field = "document_id" if command.document_id else "document_number"
    if not getattr(command, field):
        return []
    ref = command.document
    if ref is not None and (ref.disclosure == "public" or actor.of_department(ref.department)):
        return []
    message = "没有找到这份政策文件，请先发布文件，或核对文号与部门。"
    return [FieldError(field=field, code="document-unknown", message=message)]


def _published(draft: ItemDrafted) -> ItemPublished:
    return ItemPublished(**draft.model_dump())


def evolve(_state: ItemState | None, event: Event) -> ItemState:
    match event:
        case ItemDrafted():
            return ItemState(draft=event)
        case ItemPublished():
            return ItemState(draft=ItemDrafted(**event.model_dump()), published=True)
        case _:
            raise AssertionError(f"no event of an item: {event.TOPIC}")


item = Decider("item", ItemState, decide, evolve)
