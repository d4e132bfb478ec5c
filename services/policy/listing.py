"""Policy lists side by side, and as a table for a spreadsheet; pure."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import Any

from pydantic import BaseModel

from services.policy.differences import Change, differences

Entry = Mapping[str, Any]  # a `ListEntry` as it is kept
_PROCEDURES = {"no-application": "免申即享", "simple": "简易", "complex": "复杂"}


class Listed(BaseModel):
    """One item of a list."""

    code: str
    title: str
    department: str


class ListedOtherwise(Listed):
    """An item that both lists have, with what differs."""

    changes: list[Change]


class ListDifference(BaseModel):
    """What a later list has that an earlier one has not, what it has no more, and what it says otherwise; by code."""

    added: list[Listed]
    removed: list[Listed]
    changed: list[ListedOtherwise]


def between(earlier: Sequence[Entry], later: Sequence[Entry]) -> ListDifference:
    """Compares two lists by the codes of their items; a new revision that says the same here is no change."""
    before, after = ({entry["code"]: entry for entry in entries} for entries in (earlier, later))
    changed = {code: differences(before[code], after[code]) for code in sorted(before.keys() & after.keys())}
    return ListDifference(
        added=[Listed(**after[code]) for code in sorted(after.keys() - before.keys())],
        removed=[Listed(**before[code]) for code in sorted(before.keys() - after.keys())],
        changed=[ListedOtherwise(**after[code], changes=changes) for code, changes in changed.items() if changes],
    )


def _window(entry: Entry) -> str:
    window = entry["window"]
    if window["kind"] != "fixed":
        return "全年" if window["kind"] == "year-round" else "待定"
    return f"{window['opens_on'] or ''}至{window['closes_on'] or ''}"


_COLUMNS: Mapping[str, Callable[[Entry], Any]] = {
    "编码": lambda entry: entry["code"],
    "事项": lambda entry: entry["title"],
    "部门": lambda entry: entry["department"],
    "依据文号": lambda entry: entry["document_number"],
    "主题": lambda entry: "、".join(entry["themes"]),
    "扶持方式": lambda entry: entry["support_type"],
    "办理方式": lambda entry: _PROCEDURES[entry["procedure"]],
    "申报时间": _window,
    "最高金额（元）": lambda entry: "" if entry["amount_fen"] is None else f"{entry['amount_fen'] / 100:.2f}",
    "金额说明": lambda entry: entry["amount_text"],
    "版次": lambda entry: entry["revision"],
}


def table(entries: Sequence[Entry]) -> bytes:
    """CSV with Chinese headers, in UTF-8 with a signature, which spreadsheets need to read it as such.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for entry in entries:
        writer.writerow([_harmless(str(column(entry))) for column in _COLUMNS.values()])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
