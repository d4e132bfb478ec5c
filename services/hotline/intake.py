"""A row of a real hotline export, whatever its headers, as the form of a ticket; pure.

What the rows leave open is decided here:

- a time without a zone is Shanghai's, and a day alone means its first minute;
- a missing nature, or a word that names none, is a demand (诉求): the general kind, with the longest usual limit, so that
  nobody is called late by our guess;
- a missing title is the beginning of the content;
- a day of reply without a reply is no answer: the ticket stays open. A reply without its day is refused, for nobody could
  say whether it was in time;
- who replied is a department when the file gives its code, else the unit as the file writes it;
- a masked telephone number tells nothing and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.hotline.headers import FIELDS, plain
from shared.calendar import SHANGHAI
from shared.eventstore.decider import FieldError

TITLE_LENGTH = 40  # characters taken from the content
NO_CHANNEL = "未注明"
UNKNOWN_NATURE = "demand"
# In the order in which a mixed word (投诉举报, 咨询投诉) is decided.
NATURES = (
    ("complaint", ("投诉", "举报", "complaint")),
    ("praise", ("表扬", "感谢", "praise")),
    ("consultation", ("咨询", "consultation")),
    ("suggestion", ("建议", "意见", "suggestion")),
    ("demand", ("求助", "诉求", "求决", "demand")),
)
_DAY_AND_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})"
    r"(?:(?:日\s*|[\sT]+)(\d{1,2})[:：时点](\d{1,2})(?:[:：分](?:(\d{1,2})(?:\.\d+)?秒?)?)?)?日?"
)
_DEPARTMENT_CODE = re.compile(r"[a-z][a-z0-9-]{1,19}")
_MASKED = re.compile(r"[*\[\]×xX]")


class UnreadableRow(ValueError):
    """A row that is no ticket; `errors` name everything that is wrong with it, at once."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("；".join(error.message for error in errors))
        self.errors = errors


def normalise(row: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The ticket form of one row. Columns that are not known are passed over. Raises `UnreadableRow`."""
    cells = {plain(str(header)): text for header, cell in row.items() if (text := _text(cell))}
    found = {field: _first(cells, headers) for field, headers in FIELDS.items()}
    errors: list[FieldError] = []
    content = found["content"] or _composed(cells)
    if not found["number"]:
        errors.append(_missing("number", "没有编号，请补上来源系统中的工单编号。"))
    if not content:
        errors.append(_missing("content", "没有内容，请补上诉求内容。"))
    if not found["received_at"]:
        errors.append(_missing("received_at", "没有接收时间，请补上来电或来信的时间。"))
    received_at = _instant("received_at", found["received_at"], errors)
    reply = _reply(found, errors)
    if errors:
        raise UnreadableRow(errors)
    form = {
        "source": source,
        "number": found["number"],
        "channel": found["channel"] or NO_CHANNEL,
        "nature": nature_of(found["nature"]),
        "title": found["title"] or str(content)[:TITLE_LENGTH].strip(),
        "content": content,
        "received_at": received_at,
        "suggested_department": found["suggested_department"],
        "town": found["town"],
        "caller": _caller(found),
    }
    return {name: value for name, value in (form | reply).items() if value is not None}


def nature_of(word: str | None) -> str:
    """The nature that a word names; a demand where it names none."""
    word = (word or "").lower()
    return next((nature for nature, names in NATURES if any(name in word for name in names)), UNKNOWN_NATURE)


def instant_of(text: str) -> datetime:
    """The instant of a day, or a day and time, as exports write them. Raises ValueError."""
    if match := _DAY_AND_TIME.fullmatch(text):
        year, month, day, hour, minute, second = (int(part) for part in match.groups(default="0"))
        return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def _reply(found: Mapping[str, str | None], errors: list[FieldError]) -> dict[str, Any]:
    if not found["reply"]:
        return {}
    if not found["replied_at"]:
        errors.append(_missing("replied_at", "有答复内容却没有答复时间，无法判断是否按时，请补上答复时间。"))
    unit = found["reply_unit"]
    known = bool(unit and _DEPARTMENT_CODE.fullmatch(unit))
    return {
        "reply": found["reply"],
        "replied_at": _instant("replied_at", found["replied_at"], errors),
        "reply_department": unit if known else None,
        "reply_unit": None if known else unit,
    }


def _caller(found: Mapping[str, str | None]) -> dict[str, str] | None:
    phone = found["caller_phone"]
    if phone:
        phone = None if _MASKED.search(phone) else re.sub(r"^\+?86[- ]?(?=1\d{10}$)|\s", "", phone)
    given = {"name": found["caller_name"], "phone": phone, "enterprise_uscc": found["enterprise_uscc"]}
    return {name: value for name, value in given.items() if value} or None


def _composed(cells: Mapping[str, str]) -> str | None:
    """What exports without a text of the asker (Open311) tell instead; only what does not change later."""
    told = [cells[name] for name in ("reason", "subject", "neighborhood") if name in cells]
    return "；".join(told) if "reason" in cells else None


def _instant(field: str, text: str | None, errors: list[FieldError]) -> datetime | None:
    if not text:
        return None
    try:
        return instant_of(text)
    except ValueError:
        message = f"“{text[:30]}”不是能识别的时间，请改为例如 2026-03-02 09:30 的形式。"
        errors.append(FieldError(field=field, code="unreadable-time", message=message))
        return None


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _first(cells: Mapping[str, str], headers: tuple[str, ...]) -> str | None:
    return next((cells[header] for header in headers if header in cells), None)


def _missing(field: str, message: str) -> FieldError:
    return FieldError(field=field, code="missing", message=message)
