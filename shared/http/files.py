"""A whole table in one request, as people keep it: xlsx, CSV or JSON, with what was refused given back as a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel

from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import Here
from shared.http.batches import MOST_ROWS, BatchAnswer
from shared.http.spreadsheets import XLSX, Line, UnreadableTableError, lines_of, spreadsheet

LARGEST_FILE = 10 * 2**20  # bytes
REASONS = "原因"
_SUFFIXES = {XLSX: ".xlsx", "text/csv": ".csv", "application/json": ".json"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
FILE_BODY = {"requestBody": {"required": True, "content": dict.fromkeys(_SUFFIXES, _BINARY)}}


class RefusedLine(BaseModel):
    """A line of a file that was not taken, by its number in the file, with everything that is wrong with it."""

    line: int
    errors: list[FieldError]


class FileAnswer(BaseModel):
    """What became of a file. `repeated` lines were there already, unchanged."""

    lines: int
    loaded: int
    repeated: int
    refused: list[RefusedLine]
    position: int


class UploadedFile:
    """The request's body as a table, and how refused lines are wanted back."""

    def __init__(
        self,
        request: Request,
        runtime: Here,
        content_type: Annotated[str, Header()] = "",
        refused: Annotated[Literal["json", "xlsx"], Query(description="被拒绝的行以何种形式返回")] = "json",
    ) -> None:
        self._request = request
        self._runtime = runtime
        self._content_type = content_type
        self._refused = refused

    async def taken(self, take: Callable[[Sequence[dict[str, Any]]], Awaitable[BatchAnswer]], name: str) -> Any:
        """Hands the rows over in batches; answers with a `FileAnswer`, or with the refused lines as the spreadsheet `name`."""
        lines = await self._runtime.in_thread(_read, await _body(self._request), self._content_type)
        answer = FileAnswer(lines=len(lines), loaded=0, repeated=0, refused=[], position=0)
        for start in range(0, len(lines), MOST_ROWS):
            some = lines[start : start + MOST_ROWS]
            done = await take([line.row for line in some])
            answer.loaded += done.loaded
            answer.repeated += done.repeated
            answer.position = max(answer.position, done.position)
            answer.refused += [RefusedLine(line=some[each.row].number, errors=each.errors) for each in done.refused]
        if self._refused == "xlsx" and answer.refused:
            return await self._runtime.in_thread(_as_spreadsheet, lines, answer, name)
        return answer


Uploaded = Annotated[UploadedFile, Depends()]


async def _body(request: Request) -> bytes:
    """The body, read no further than allowed."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_FILE:
            title = f"文件超过{LARGEST_FILE // 2**20}MB，请分成几个文件后上传。"
            raise Refused("platform.file-too-large", title, because=Because.INVALID)
        parts.append(part)
    return b"".join(parts)


def _read(content: bytes, content_type: str) -> list[Line]:
    kind = PurePosixPath(content_type.partition(";")[0].strip().lower())
    try:
        return lines_of(content, _SUFFIXES.get(str(kind), ""))
    except UnreadableTableError as error:
        raise Refused("platform.file-unreadable", str(error), because=Because.INVALID) from error


def _as_spreadsheet(lines: list[Line], answer: FileAnswer, name: str) -> Response:
    reasons = {each.line: " ".join(error.message for error in each.errors) for each in answer.refused}
    rows = [{**line.row, REASONS: reasons[line.number]} for line in lines if line.number in reasons]
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Chengce-Loaded": str(answer.loaded),
        "Chengce-Repeated": str(answer.repeated),
        "Chengce-Refused": str(len(answer.refused)),
    }
    return Response(spreadsheet(rows), media_type=XLSX, headers=headers)
