"""Tables of every kind into rows, and what cannot be read."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from shared.http import spreadsheets
from shared.http.spreadsheets import UnreadableTableError, lines_of, spreadsheet


def book(*rows: Sequence[Any], empty_sheet_first: bool = False) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    if empty_sheet_first:
        sheet = made.create_sheet("第二页")
    for row in rows:
        sheet.append(row)
    packed = BytesIO()
    made.save(packed)
    return packed.getvalue()


def rows(content: bytes, suffix: str = ".xlsx") -> list[tuple[int, dict[str, Any]]]:
    return [(line.number, line.row) for line in lines_of(content, suffix)]


def test_the_header_is_found_below_a_title_and_lines_keep_their_numbers() -> None:
    content = book(("惠企政策卡片",), (), ("编号", "标题", None), ("A1", "设备补助", "多余"), (), ("A2", "贴息"))
    assert rows(content) == [(4, {"编号": "A1", "标题": "设备补助"}), (6, {"编号": "A2", "标题": "贴息"})]


def test_the_first_sheet_with_a_table_counts() -> None:
    assert rows(book(("a", "b"), ("1", "2"), empty_sheet_first=True)) == [(2, {"a": "1", "b": "2"})]


# A spreadsheet's instants have no zone.
DAYS = (datetime(2026, 3, 2), date(2026, 3, 2), datetime(2026, 3, 2, 9, 30))  # noqa: DTZ001


def test_cells_are_read_as_people_see_them() -> None:
    cells = (*DAYS, 3.0, 3.5, 12, True, " 文 ", None)
    headers = [f"c{n}" for n in range(len(cells))]
    ((_, row),) = rows(book(headers, cells))
    assert list(row.values()) == [
        "2026-03-02", "2026-03-02", "2026-03-02 09:30:00", "3", "3.5", "12", "是", "文", "",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_that_spreadsheets_write(encoding: str) -> None:
    content = '编号,标题\r\nA1,"设备\r\n补助"\r\n\r\nA2,贴息\r\n'.encode(encoding)
    assert [row for _, row in rows(content, ".csv")] == [
        {"编号": "A1", "标题": "设备\r\n补助"}, {"编号": "A2", "标题": "贴息"},
    ]  # fmt: skip


def test_json_is_a_list_of_objects() -> None:
    assert rows('[{"标题": "设备补助"}]'.encode(), ".json") == [(1, {"标题": "设备补助"})]


BOMB = BytesIO()
with zipfile.ZipFile(BOMB, "w", zipfile.ZIP_DEFLATED) as packed:
    packed.writestr("xl/workbook.xml", b"0" * 10_000)


@pytest.mark.parametrize(
    ("content", "suffix", "said"),
    [
        (b"", ".xlsx", "不是完整的"),
        (b"PK\x03\x04broken", ".xlsx", "不是完整的"),
        (book(("a", "b"), ("1", "2"))[:-100], ".xlsx", "不是完整的"),
        (BOMB.getvalue(), ".xlsx", "不是完整的"),
        (book(("a", "b")), ".xlsx", "没有数据行"),
        (book(("只有标题",)), ".xlsx", "没有数据行"),
        (b"\xff\xff\xff\xff", ".csv", "编码无法识别"),
        (b"", ".csv", "没有数据行"),
        (b'[{"a": 1}', ".json", "不是完整的 JSON"),
        (b'{"a": 1}', ".json", "由对象组成的列表"),
        (b"x", ".pdf", "只支持"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(content: bytes, suffix: str, said: str) -> None:
    with pytest.raises(UnreadableTableError, match=said) as caught:
        lines_of(content, suffix)
    assert str(caught.value).endswith("。")


def test_what_would_fill_the_memory_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "LARGEST_UNPACKED", 5_000)
    with pytest.raises(UnreadableTableError, match="过大"):
        lines_of(BOMB.getvalue(), ".xlsx")
    monkeypatch.setattr(spreadsheets, "MOST_TABLE_ROWS", 2)
    with pytest.raises(UnreadableTableError, match="超过2行"):
        lines_of(b"a,b\n1,1\n2,2\n3,3\n", ".csv")


def test_rows_come_back_as_they_were_and_none_is_a_formula() -> None:
    before = [{"标题": "=1+1", "数": 3}, {"标题": "贴息", "原因": "缺少日期。"}]
    assert [row for _, row in rows(spreadsheet(before))] == [
        {"标题": "'=1+1", "数": "3", "原因": ""}, {"标题": "贴息", "数": "", "原因": "缺少日期。"},
    ]  # fmt: skip
