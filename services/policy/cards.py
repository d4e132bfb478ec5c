"""Policy cards of other catalogues, put into our words; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.policy.decider import AdoptItem, PublishDocument
from services.policy.keys import canonical_number
from shared.eventstore.decider import FieldError

# What a catalogue leaves empty it writes as null, as nothing, or as a stroke.
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value), Field(max_length=50_000)]
_DAY = r"\d{4}\s*[-./年]\s*\d{1,2}\s*[-./月]\s*\d{1,2}\s*日?"
_DAYS = re.compile(rf"{_DAY}(?:\s*[/、，,;；]\s*{_DAY})*")
_MONTH = re.compile(r"\d{4}\s*[-./年]\s*\d{1,2}\s*月?")
_NOTHING = {"", "/", "／", "-", "—", "无"}


# What other catalogues call the fields of a card, beside our own names.
HEADERS: Mapping[str, str] = {
    header: field
    for field, headers in {
        "id": ("编号", "卡片编号", "政策编号"),
        "title": ("标题", "政策名称", "事项名称", "政策标题", "项目名称"),
        "doc_title": ("文件名称", "文件标题", "政策文件"),
        "issuer": ("发文机关", "发文单位", "发布机构", "印发部门", "发文部门"),
        "doc_no": ("文号", "发文字号", "文件编号"),
        "issued": ("印发日期", "发文日期", "成文日期", "发布日期", "印发时间"),
        "basis": ("依据", "政策依据", "文件依据"),
        "tool_type": ("扶持方式", "支持方式", "政策工具", "政策类型"),
        "target": ("适用对象", "扶持对象", "支持对象", "适用范围"),
        "content": ("扶持内容", "支持内容", "政策内容", "奖补标准", "扶持标准"),
        "conditions": ("申报条件", "申请条件", "扶持条件"),
        "process": ("办理流程", "申报流程", "办理程序"),
        "window": ("申报时间", "申报期限", "受理时间"),
        "contact": ("联系方式", "联系单位", "责任科室"),
        "phones": ("咨询电话", "联系电话"),
    }.items()
    for header in headers
}
_PHONES = re.compile(r"[、,，;；\s/]+")


def in_our_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a table with headers of its own, as a card; without a number of its own it gets one from what it says.

    Raises nothing: what cannot be read is refused with the card.
    """
    card: dict[str, Any] = {}
    for header, value in row.items():
        field = HEADERS.get(header.strip(), header)
        card[field] = card.get(field) or value
    if isinstance(phones := card.get("phones"), str):
        card["phones"] = [phone for phone in _PHONES.split(phones.strip()) if phone]
    if not card.get("id") and card.get("title"):
        said = "\0".join(str(card.get(field) or "") for field in ("title", "doc_no", "issuer"))
        card["id"] = hashlib.sha256(said.encode()).hexdigest()[:16]
    return card


def header_of(field: str, row: Mapping[str, Any]) -> str:
    """What the row itself calls a field of a card."""
    return next((header for header in row if HEADERS.get(header.strip()) == field), field)


class Card(BaseModel):
    """A card as other catalogues carry it; what is not named here is passed over."""

    model_config = ConfigDict(
        extra="ignore",
        str_strip_whitespace=True,
        json_schema_extra={"examples": [{"id": "A001", "title": "设备补助（样例）", "issued": "2026-03-02"}]},
    )

    id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,50}$")
    title: str = Field(min_length=1, max_length=300)
    doc_title: Text = ""
    issuer: Text = ""
    doc_no: Text = ""
    issued: Text = ""
    basis: Text = ""
    tool_type: Text = ""
    target: Text = ""
    content: Text = ""
    conditions: Text = ""
    process: Text = ""
    window: Text = ""
    contact: Text = ""
    phones: Annotated[list[str], BeforeValidator(lambda value: value or [])] = []

    @property
    def number(self) -> str:
        """The document's number, or one made from the card's own id."""
        return f"无文号-{self.id}" if self.doc_no in _NOTHING else canonical_number(self.doc_no)

    @property
    def code(self) -> str:
        """The item's code."""
        return f"card-{self.id}"

    @property
    def document_title(self) -> str:
        """Cards that share a document call themselves differently, but cite it (`basis`) in the same words."""
        cited = re.fullmatch(r"《([^《》]+)》", self.basis)
        return cited[1] if cited else self.basis or self.doc_title or self.title


def issued_on(text: str) -> date | FieldError:
    """The day a card's document was issued; of several days (a document and its revisions) the last.

    A month is no date: the day is not guessed.
    """
    text = text.strip()
    if text in _NOTHING:
        return FieldError(field="issued", code="missing", message="缺少印发日期，请补填，例如 2021-12-23。")
    if _DAYS.fullmatch(text):
        try:
            return max(date(*(int(n) for n in re.findall(r"\d+", day))) for day in re.findall(_DAY, text))
        except ValueError:
            return FieldError(field="issued", code="no-date", message=f"印发日期“{text}”不是存在的日期，请核对。")
    if _MONTH.fullmatch(text):
        return FieldError(field="issued", code="month-only", message=f"印发日期“{text}”没有写明哪一天，请补全。")
    message = f"印发日期“{text[:40]}”无法识别，请写成“年-月-日”，例如 2021-12-23。"
    return FieldError(field="issued", code="no-date", message=message)


def document_from(card: Card, department: str, issued: date) -> PublishDocument:
    """The document a card cites. Nothing of one card alone is in it, so that cards can share it."""
    return PublishDocument(
        number=card.number,
        title=card.document_title,
        department=department,
        issued_on=issued,
        summary=f"转自其他政策目录，发文机关：{card.issuer}。" if card.issuer else "转自其他政策目录。",
        origin="catalogue",
    )


def draft_from(card: Card, department: str) -> AdoptItem:
    """The item a card describes; its document is looked up later."""
    return AdoptItem(
        code=card.code,
        department=department,
        document_number=card.number,
        title=card.title,
        content=content_from(card),
        support_type=card.tool_type,
        # Not yet a Guide: what is wrong in it is named together with the rest.
        guide=guide_from(card),
    )


def content_from(card: Card) -> str:
    """What the card says beside the guide; its window stays in its own words."""
    parts = (("适用范围", card.target), ("扶持内容", card.content), ("申报时间", card.window))
    return "\n".join(f"{name}：{text}" for name, text in parts if text not in _NOTHING)


def guide_from(card: Card) -> dict[str, Any]:
    """The parts of a guide that a card has: never a promised time limit or a list of materials."""
    office = re.split(r"[：:]", card.contact)[0].strip()
    return {
        "conditions": card.conditions.splitlines(),
        "process": card.process.splitlines(),
        "office": office or None,
        "phone": "、".join(card.phones) or None,
    }
