"""Policy cards of other catalogues, put into our words; pure."""

from __future__ import annotations

import re
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
