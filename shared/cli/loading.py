"""Reading files and carrying their rows through the public doors, in order, with what was refused kept aside."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import chain, count
from pathlib import Path
from typing import Any

import httpx
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from shared.cli.kinds import Kind, LoadError, kind_of
from shared.http.spreadsheets import UnreadableTableError, lines_of
from shared.security.actor import Actor, Role
from shared.security.tokens import issue

ROWS_A_REQUEST = 200
REASONS = "_拒绝原因"
LINE = "_原行号"
SOURCE = "_来源"
SURPLUS = "_多出的内容"  # of a line with more cells than the file has columns


@dataclass
class FileResult:
    """What became of a file. `refused` holds (row number from 1, row, reasons)."""

    file: str
    kind: str
    rows: int = 0
    loaded: int = 0
    repeated: int = 0
    refused: list[tuple[int, dict[str, Any], list[str]]] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    rejected_file: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "file": self.file,
            "kind": self.kind,
            "rows": self.rows,
            "loaded": self.loaded,
            "repeated": self.repeated,
            "refused": len(self.refused),
            "reasons": dict(self.codes.most_common()),
            "seconds": round(self.seconds, 2),
            "rejected_file": self.rejected_file,
        }


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV, JSON, JSON Lines or xlsx file. Raises `LoadError`."""
    try:
        if path.suffix.lower() == ".xlsx":
            return [line.row | {LINE: line.number} for line in lines_of(path.read_bytes(), ".xlsx")]
        if path.suffix.lower() == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                return [_joined(row) for row in csv.DictReader(file, restkey=SURPLUS)]
        if path.suffix.lower() in (".json", ".jsonl"):
            text = path.read_bytes().removeprefix(codecs.BOM_UTF8)
            lines = path.suffix.lower() == ".jsonl"
            content = (
                [orjson.loads(line) for line in text.splitlines() if line.strip()] if lines else orjson.loads(text)
            )
            if isinstance(content, list) and all(isinstance(row, dict) for row in content):
                return content
            raise LoadError(f"{path} 不是由对象组成的列表，无法载入。")
    except UnreadableTableError as error:
        raise LoadError(f"{path}：{error}") from error
    except (OSError, UnicodeDecodeError, csv.Error, orjson.JSONDecodeError) as error:
        raise LoadError(f"{path} 无法读取（{error}），请检查文件是否完整、是否为 UTF-8 编码。") from error
    raise LoadError(f"{path} 的格式不支持，请使用 .xlsx、.csv、.json 或 .jsonl 文件。")


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in (".csv", ".xlsx")  # the rejected rows of a spreadsheet come back as CSV


def _joined(row: dict[str, Any]) -> dict[str, Any]:
    surplus = row.get(SURPLUS)  # a text already, where a rejected file is read again
    return row | {SURPLUS: ",".join(surplus)} if isinstance(surplus, list) else row


def sign_in(secret: str) -> str:
    """A token for the person at the command line, who holds the platform's secret."""
    actor = Actor(
        subject="cli",
        name="命令行",
        roles=(Role.OPERATOR, Role.DATA_BUREAU, Role.HOTLINE_AGENT),
        source="cli",
    )
    # Valid on a demonstration clock too: the platform's time may be far from the machine's.
    return issue(actor, secret, datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=36_500))


async def load_files(
    base: str,
    secret: str,
    files: Sequence[Path],
    console: Console,
    *,
    source: str | None = None,
    department: str = "szj",
    quiet_when_known: bool = False,
    rejected_dir: Path | None = None,
) -> list[FileResult]:
    """Loads each file in turn through the HTTP doors. Raises `LoadError` for a file that is no known kind."""
    plans = [(path, rows, kind_of(path, rows)) for path in files for rows in [read_rows(path)]]
    results: list[FileResult] = []
    taken: set[Path] = set()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    headers = {"Authorization": f"Bearer {sign_in(secret)}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=120.0) as client:
        with Progress(*columns, console=console, transient=quiet_when_known) as progress:
            for path, rows, kind in plans:
                task = progress.add_task(f"载入{kind.title} {path.name}", total=len(rows))

                def advance(n: int, task: TaskID = task) -> None:
                    progress.advance(task, n)

                result = await _load(client, path, rows, kind, source, department, advance)
                result.rejected_file = _write_rejected(path, result, rejected_dir, taken)
                results.append(result)
    return results


async def _load(
    client: httpx.AsyncClient,
    path: Path,
    rows: list[dict[str, Any]],
    kind: Kind,
    source: str | None,
    department: str,
    advance: Callable[[int], None],
) -> FileResult:
    result = FileResult(path.name, kind.name, rows=len(rows))
    began = datetime.now(UTC)
    default = source or source_of(path)
    for chosen, whole in _chunks(rows, default):
        chunk = _without_surplus(whole, result)
        advance(len(whole) - len(chunk))
        if not chunk:
            continue
        own = (REASONS, LINE, SOURCE, SURPLUS)
        bodies = [kind.row({k: v for k, v in row.items() if k not in own}) for _, row in chunk]
        request = kind.request(bodies, {"source": chosen, "department": department, "list": path.stem})
        answer = await client.post(kind.path, json=request.body, params=request.params)
        if answer.status_code >= 400:
            problem: dict[str, Any] = (
                answer.json() if "json" in answer.headers.get("content-type", "") else {"title": answer.text}
            )
            details = "；".join(e["message"] for e in problem.get("errors", [])[:5])
            raise LoadError(f"{path.name} 载入中断（{answer.status_code}）：{problem.get('title')} {details}".strip())
        _count(result, chunk, answer.json())
        advance(len(chunk))
    result.refused.sort(key=lambda refused: refused[0])
    result.seconds = (datetime.now(UTC) - began).total_seconds()
    return result


def source_of(path: Path) -> str:
    """The name of a file as a source: its stem, or a digest of it where it is not plain ASCII letters and digits."""
    stem = path.stem.removesuffix(".rejected")
    return stem if re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", stem) else f"file-{sha256(stem.encode()).hexdigest()[:12]}"


def _chunks(rows: list[dict[str, Any]], source: str) -> Iterator[tuple[str, list[tuple[int, dict[str, Any]]]]]:
    """Rows with their numbers, at most `ROWS_A_REQUEST` of one source together."""
    chunk: list[tuple[int, dict[str, Any]]] = []
    current = source
    for number, row in enumerate(rows, start=1):
        of_row = str(row.get(SOURCE) or source)
        if chunk and (of_row != current or len(chunk) == ROWS_A_REQUEST):
            yield current, chunk
            chunk = []
        current = of_row
        chunk.append((number, row))
    if chunk:
        yield current, chunk


def _without_surplus(chunk: list[tuple[int, dict[str, Any]]], result: FileResult) -> list[tuple[int, dict[str, Any]]]:
    """The rows whose cells all have a column; the others are refused here: their cells may stand in wrong columns."""
    for number, row in chunk:
        if row.get(SURPLUS):
            reason = f"单元格比表头多，多出的内容在“{SURPLUS}”列，请核对各列后清空该列。"
            result.refused.append((number, row, [reason]))
            result.codes.update(["surplus-cells"])
    return [(number, row) for number, row in chunk if not row.get(SURPLUS)]


def _count(result: FileResult, chunk: Sequence[tuple[int, dict[str, Any]]], answer: dict[str, Any]) -> None:
    result.loaded += answer["loaded"]
    result.repeated += answer["repeated"]
    for refused in answer["refused"]:
        number, row = chunk[refused["row"]]
        reasons = [f"{e['field']}：{e['message']}" if e["field"] else e["message"] for e in refused["errors"]]
        result.refused.append((number, row, reasons))
        result.codes.update(f"{e['field']} {e['code']}".strip() for e in refused["errors"])


def _write_rejected(path: Path, result: FileResult, directory: Path | None, taken: set[Path]) -> str | None:
    """The refused rows as they stood, with reasons: correct them there and load that file.

    `taken` are files of this load already: one of the same name from another folder gets a number.
    """
    if not result.refused:
        return None
    stem = path.stem.removesuffix(".rejected")
    suffix, header = (".csv", 1) if _is_table(path) else (".json", 0)
    names = (f"{stem}{number}.rejected{suffix}" for number in chain([""], (f".{n}" for n in count(2))))
    target = next(each for name in names if (each := (directory or Path.cwd()) / name) not in taken)
    taken.add(target)
    rows = [
        {
            **row,
            LINE: row.get(LINE) or number + header,
            SOURCE: row.get(SOURCE) or source_of(path),
            REASONS: " ".join(reasons),
        }
        for number, row, reasons in result.refused
    ]
    if suffix == ".csv":
        with target.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
            writer.writeheader()
            writer.writerows(rows)
    else:
        target.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    return str(target)
