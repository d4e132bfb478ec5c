"""What policy does when asked: look the document up in the record, decide, append."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import ConfigDict, Field

from services.policy.conditions.language import Eligibility
from services.policy.decider import (
    DocumentContent,
    DocumentState,
    DraftAndPublishItem,
    DraftItem,
    ItemContent,
    ItemState,
    PublishDocument,
    PublishItem,
    document,
    item,
)
from services.policy.decider.item import AmendItem
from services.policy.events import DocumentRef
from services.policy.keys import document_key
from shared.http.batches import CommandFor
from shared.runtime.service import Runtime


class DocumentForm(DocumentContent):
    """A document as it comes in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "number": "澄工信发〔2026〕1号",
                    "title": "关于支持企业技术改造的若干措施（样例）",
                    "department": "gxj",
                    "issued_on": "2026-03-02",
                    "decided_on": "2026-02-27",
                    "effective_on": "2026-04-01",
                    "summary": "对企业设备更新给予补助。",
                    "body": "一、按设备投资额给予补助。",
                    "themes": ["技术改造"],
                    "disclosure": "public",
                }
            ]
        },
    )

    sample: bool = Field(False, description="样例标记，仅供演示数据使用")


class ItemForm(ItemContent):
    """An item as it comes in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "code": "gxj-2026-001",
                    "department": "gxj",
                    "document_number": "澄工信发〔2026〕1号",
                    "title": "技术改造设备补助（样例）",
                    "support_type": "资金奖补",
                    "procedure": "simple",
                    "amount_fen": 500_000_000,
                    "amount_text": "最高500万元",
                    "window": {"kind": "fixed", "opens_on": "2026-04-01", "closes_on": "2026-06-30"},
                    "themes": ["技术改造"],
                    "guide": {
                        "conditions": ["在江阴市登记注册。"],
                        "materials": [{"name": "设备发票", "required": True, "note": "复印件"}],
                        "process": ["网上申报", "部门审核", "拨付"],
                        "promised_days": 20,
                        "office": "技术改造科",
                        "phone": "0510-00001234",
                    },
                }
            ]
        },
    )

    sample: bool = Field(False, description="样例标记，仅供演示数据使用")


class NewItemForm(ItemForm):
    """An item that is to be published at once, unless it says otherwise."""

    publish: bool = Field(True, description="同时发布；选“否”则只保存为草稿")


class ItemRowForm(ItemForm):
    """An item as files carry it."""

    draft: bool = Field(False, description="只保存为草稿，不发布")


class AmendForm(ItemContent):
    """The whole new content of a published item."""

    model_config = ConfigDict(extra="forbid")

    expected_revision: int = Field(description="所依据的现行版次，已变动则拒绝")
    reason: str = Field("", max_length=1000)
    decided_on: date | None = Field(None, description="修订决定的日期")
    transition_until: date | None = Field(None, description="过渡期截止日期，其间仍可按原条件申报")


async def amend_item(runtime: Runtime, form: AmendForm) -> CommandFor:
    """The command that amends an item."""
    known = await _known_of_conditions(runtime, form.eligibility)
    return item, form.code, AmendItem(**dict(form), document=await named_document(runtime, form), **known)


async def publish_document(form: DocumentForm) -> CommandFor:
    """The command for a document's form."""
    command = PublishDocument(**form.model_dump(exclude={"sample"}))
    return document, document_key(command.department, command.number), command


async def draft_item(runtime: Runtime, form: ItemContent, *, publish: bool) -> CommandFor:
    """The command for an item's form: a draft, or a draft that is published at once."""
    content = form.model_dump(include=set(ItemContent.model_fields))
    known = await _known_of_conditions(runtime, form.eligibility)
    kind = DraftAndPublishItem if publish else DraftItem
    return item, form.code, kind(**content, document=await named_document(runtime, form), **known)


async def publish_item(runtime: Runtime, code: str) -> CommandFor:
    """The command that publishes a draft, with its document as the record knows it now."""
    state: ItemState | None = await runtime.state(item, code)
    known = state.draft.document if state else None
    conditions = await _known_of_conditions(runtime, state.draft.eligibility if state else None)
    return item, code, PublishItem(document=await document_of(runtime, known.id) if known else None, **conditions)


async def _known_of_conditions(runtime: Runtime, eligibility: Eligibility | None) -> dict[str, Any]:
    """The facts and named conditions that an eligibility is checked against; nothing is read where there is none."""
    if eligibility is None:
        return {}
    knowledge = await runtime.resources.knowledge.get()
    return {"facts": knowledge.catalogue, "named": knowledge.named}


async def named_document(runtime: Runtime, content: ItemContent) -> DocumentRef | None:
    """The document that an item names by id or by number; None when there is none, or it is unknown."""
    if content.document_id:
        return await document_of(runtime, content.document_id)
    if content.document_number:
        return await document_of(runtime, document_key(content.department, content.document_number))
    return None


async def document_of(runtime: Runtime, key: str) -> DocumentRef | None:
    """What the record knows of a document."""
    state: DocumentState | None = await runtime.state(document, key)
    known = state.published if state else None
    if known is None:
        return None
    return DocumentRef(id=key, number=known.number, department=known.department, disclosure=known.disclosure)
