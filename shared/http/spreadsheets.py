"""Tables as people keep them (xlsx, CSV, JSON) into rows of text, and rows back into a spreadsheet."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_UNPACKED = 200 * 2**20  # bytes
HEADER_WITHIN = 20  # rows from the top
MOST_COLUMNS = 200
MOST_TABLE_ROWS = 100_000


class UnreadableTableError(ValueError):
    """A file that is no table that can be read; the text says in Chinese what to do."""


@dataclass(frozen=True)
class Line:
    """A row by its headers, and where it stands in the file: the line, from 1."""

    number: int
    row: dict[str, Any]


def lines_of(content: bytes, suffix: str) -> list[Line]:
    """The rows of an `.xlsx`, `.csv` or `.json` file, without empty ones. Raises `UnreadableTableError`."""
    match suffix:
        case ".xlsx":
            found = list(_of_xlsx(content))
        case ".csv":
            found = list(_of_csv(content))
        case ".json":
            found = _of_json(content)
        case _:
            raise UnreadableTableError("只支持 .xlsx、.csv 和 .json 文件，请转换后重新上传。")
    if not found:
        raise UnreadableTableError("文件中没有数据行，请核对表头下面是否有内容。")
    if len(found) > MOST_TABLE_ROWS:
        raise UnreadableTableError(f"文件超过{MOST_TABLE_ROWS}行，请分成几个文件。")
    return found


def _of_xlsx(content: bytes) -> Iterator[Line]:
    """The first sheet with a header: the first line of at least two different texts, so a merged title above is passed over."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > LARGEST_UNPACKED:
                raise UnreadableTableError("文件解压后过大，无法读取，请分成几个文件。")
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ParseError, OSError) as error:
        raise UnreadableTableError("文件不是完整的 .xlsx 电子表格，请用电子表格软件另存后重新上传。") from error
    try:
        for sheet in book.worksheets:
            if found := list(_of_sheet(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True))):
                yield from found
                return
    finally:
        book.close()


def _of_sheet(rows: Iterator[Sequence[Any]]) -> Iterator[Line]:
    headers: list[str] | None = None
    for number, cells in enumerate(rows, start=1):
        texts = [_text(cell) for cell in cells]
        if headers is None:
            named = [text for text in texts if text]
            if len(named) >= 2 and len(set(named)) == len(named):
                headers = texts
            elif number >= HEADER_WITHIN:
                return
        elif any(texts):
            yield Line(number, {header: text for header, text in zip(headers, texts, strict=False) if header})


def _text(cell: Any) -> str:
    """A cell as it is read: days without a time, whole numbers without a point."""
    match cell:
        case None:
            return ""
        case bool():
            return "是" if cell else "否"
        case datetime():
            return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ", timespec="seconds")
        case date():
            return cell.isoformat()
        case float() if cell.is_integer():
            return str(int(cell))
    return str(cell).strip()


def _of_csv(content: bytes) -> Iterator[Line]:
    """UTF-8, with or without a signature, or GB 18030, as spreadsheets in China write it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UnreadableTableError("文件的编码无法识别，请另存为 UTF-8 编码的 CSV 文件。")
    reader = csv.DictReader(StringIO(text, newline=""), restkey="", restval="")
    try:
        for row in reader:
            if any(row.values()):
                yield Line(reader.line_num, {key: value for key, value in row.items() if key})
    except csv.Error as error:
        raise UnreadableTableError(f"CSV 文件第{reader.line_num}行无法读取，请核对引号和分隔符。") from error


def _of_json(content: bytes) -> list[Line]:
    try:
        rows = json.loads(content)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UnreadableTableError("文件不是完整的 JSON，请核对后重新上传。") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnreadableTableError("JSON 文件应为由对象组成的列表，请核对后重新上传。")
    return [Line(number, row) for number, row in enumerate(rows, start=1)]


def spreadsheet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as an `.xlsx` file with all their columns; every cell is text, so that nothing is taken for a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    sheet.append(columns)
    for row in rows:
        sheet.append([_harmless(row.get(column)) for column in columns])
    packed = BytesIO()
    book.save(packed)
    return packed.getvalue()


def _harmless(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith("=") else text
