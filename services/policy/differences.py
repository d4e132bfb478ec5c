"""What differs between two revisions, as people read it; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

import orjson
from pydantic import BaseModel

LABELS = {
    "title": "标题", "kind": "文种", "issued_on": "印发日期", "effective_on": "施行日期", "summary": "摘要", "body": "正文",
    "themes": "主题", "disclosure": "公开范围", "withheld_reason": "不公开的理由", "content": "扶持内容",
    "support_type": "扶持方式", "procedure": "办理方式", "amount_fen": "最高金额", "amount_text": "金额说明",
    "window": "申报时间", "industries": "适用行业", "towns": "适用镇街", "document": "依据文件", "eligibility": "数据化申报条件",
    "conditions": "申报条件", "materials": "申报材料", "process": "办理流程", "promised_days": "承诺时限",
    "office": "责任科室", "phone": "咨询电话",
}  # fmt: skip
_SENTENCE = re.compile(r"[^。；\n]+[。；]?")


class Change(BaseModel):
    """One field that differs: what went and what came, part by part, in order."""

    field: str
    label: str
    removed: list[str]
    added: list[str]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Field by field; texts by sentences, lists by entries, the guide part by part."""
    changes = []
    for field in [*LABELS, "guide"]:
        if field == "guide" and "guide" in after:
            changes += [
                each.model_copy(update={"field": f"guide.{each.field}"})
                for each in differences(before.get("guide") or {}, after["guide"] or {})
            ]
        elif before.get(field) != after.get(field):
            old, new = _parts(field, before.get(field)), _parts(field, after.get(field))
            codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
            removed = [part for tag, i, j, _, _ in codes if tag != "equal" for part in old[i:j]]
            added = [part for tag, _, _, i, j in codes if tag != "equal" for part in new[i:j]]
            changes.append(Change(field=field, label=LABELS[field], removed=removed, added=added))
    return changes


def _parts(field: str, value: Any) -> list[str]:
    if value is None:
        return []
    if field == "amount_fen":
        return [f"{value / 100:,.2f}元"]
    if field == "promised_days":
        return [f"{value}个工作日"]
    if isinstance(value, str):
        return [part.strip() for part in _SENTENCE.findall(value) if part.strip()]
    if isinstance(value, list):
        return [each if isinstance(each, str) else _plain(each) for each in value]
    return [_plain(value)]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "，".join(str(each) for each in value.values() if each not in (None, "")) if _flat(value) else _json(value)
        )
    return str(value)


def _flat(value: Mapping[str, Any]) -> bool:
    return not any(isinstance(each, dict | list) for each in value.values())


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
