"""What differs between two revisions, as people read it; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from pydantic import BaseModel

from services.policy.conditions.language import Eligibility, Requirement
from services.policy.conditions.sentences import Words, sentence
from shared.contracts.facts import BASE_CATALOGUE

LABELS = {
    "title": "标题", "kind": "文种", "issued_on": "印发日期", "effective_on": "施行日期", "summary": "摘要", "body": "正文",
    "themes": "主题", "disclosure": "公开范围", "withheld_reason": "不公开的理由", "content": "扶持内容",
    "support_type": "扶持方式", "procedure": "办理方式", "amount_fen": "最高金额", "amount_text": "金额说明",
    "window": "申报时间", "industries": "适用行业", "towns": "适用镇街", "document": "依据文件", "document_number": "依据文号",
    "eligibility": "数据化申报条件",
    "conditions": "申报条件", "materials": "申报材料", "process": "办理流程", "promised_days": "承诺时限",
    "office": "责任科室", "phone": "咨询电话",
}  # fmt: skip
_SENTENCE = re.compile(r"[^。；\n]+[。；]?")


_MEANINGS = {
    "procedure": {"no-application": "免申即享", "simple": "简易", "complex": "复杂"},
    "disclosure": {"public": "公开", "withheld": "不公开"},
}
_WINDOWS = {"year-round": "全年可申报", "undetermined": "待定"}
_BASE_WORDS = Words(BASE_CATALOGUE)


class Change(BaseModel):
    """One field that differs: what went and what came, part by part, in order."""

    field: str
    label: str
    removed: list[str]
    added: list[str]


def differences(before: Mapping[str, Any], after: Mapping[str, Any], words: Words = _BASE_WORDS) -> list[Change]:
    """Field by field; texts by sentences, lists by entries, conditions as sentences, the guide part by part."""
    changes = []
    for field in [*LABELS, "guide"]:
        if field == "guide" and "guide" in after:
            changes += [
                each.model_copy(update={"field": f"guide.{each.field}"})
                for each in differences(before.get("guide") or {}, after["guide"] or {}, words)
            ]
        elif before.get(field) != after.get(field):
            old, new = _parts(field, before.get(field), words), _parts(field, after.get(field), words)
            codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
            removed = [part for tag, i, j, _, _ in codes if tag != "equal" for part in old[i:j]]
            added = [part for tag, _, _, i, j in codes if tag != "equal" for part in new[i:j]]
            if removed or added:
                changes.append(Change(field=field, label=LABELS[field], removed=removed, added=added))
    return changes


def _parts(field: str, value: Any, words: Words) -> list[str]:
    match field:
        case _ if value is None:
            return []
        case "amount_fen":
            return [f"{value / 100:,.2f}元"]
        case "promised_days":
            return [f"{value}个工作日"]
        case "procedure" | "disclosure":
            return [_MEANINGS[field][value]]
        case "window":
            return [_WINDOWS.get(value["kind"]) or f"{value['opens_on'] or ''}至{value['closes_on'] or ''}"]
        case "document":
            return [value["number"]]
        case "materials":
            return [_material(each) for each in value]
        case "eligibility":
            return [_requirement(each, words) for each in Eligibility.model_validate(value).requirements]
        case _ if isinstance(value, str):
            return [part.strip() for part in _SENTENCE.findall(value) if part.strip()]
    return [str(each) for each in value]


def _material(material: Mapping[str, Any]) -> str:
    note = f"，{material['note']}" if material.get("note") else ""
    return f"{material['name']}（{'必需' if material.get('required') else '可选'}）{note}"


def _requirement(requirement: Requirement, words: Words) -> str:
    judged = "由人核对" if requirement.rule is None else sentence(requirement.rule, words)
    return f"{requirement.title}：{judged}{'' if requirement.required else '（不作为必要条件）'}"
