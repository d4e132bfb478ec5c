"""The doors for policy cards of other catalogues: row by row, or as the file in which they are kept."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel

from services.policy.api.asking import Editor
from services.policy.importing import take_cards
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import Here
from shared.http.batches import MOST_ROWS, Batch, BatchAnswer
from shared.http.spreadsheets import XLSX, Line, UnreadableTableError, lines_of, spreadsheet

router = APIRouter(tags=["政策事项"])
OfDepartment = Annotated[DepartmentCode, Query(description="归口部门代码")]
LARGEST_FILE = 10 * 2**20  # bytes
REASONS = "原因"
_SUFFIXES = {XLSX: ".xlsx", "text/csv": ".csv", "application/json": ".json"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}


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


@router.post("/import/cards/batch", summary="导入其他目录的政策卡片")
async def import_cards(batch: Batch, department: OfDepartment, runtime: Here, actor: Editor) -> BatchAnswer:
    """每张卡片成为一份政策文件和一个事项草稿；卡片没有承诺时限与材料清单，由部门补全后再发布。表头可用中文名称。"""
    return await take_cards(runtime, actor, department, batch.rows)


@router.post(
    "/import/cards/file",
    summary="以文件导入政策卡片（xlsx、csv、json）",
    response_model=FileAnswer,
    openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(_SUFFIXES, _BINARY)}},
)
async def import_file(
    request: Request,
    department: OfDepartment,
    runtime: Here,
    actor: Editor,
    content_type: Annotated[str, Header()] = "",
    refused: Annotated[Literal["json", "xlsx"], Query(description="被拒绝的行以何种形式返回")] = "json",
) -> Any:
    """请求体即文件本身，最大10MB。选择 refused=xlsx 时，有被拒绝的行就返回一份带“原因”列的电子表格，改正后可再次上传。"""
    lines = await runtime.in_thread(_read, await _body(request), content_type)
    answer = FileAnswer(lines=len(lines), loaded=0, repeated=0, refused=[], position=0)
    for start in range(0, len(lines), MOST_ROWS):
        some = lines[start : start + MOST_ROWS]
        taken = await take_cards(runtime, actor, department, [line.row for line in some])
        answer.loaded += taken.loaded
        answer.repeated += taken.repeated
        answer.position = max(answer.position, taken.position)
        answer.refused += [RefusedLine(line=some[each.row].number, errors=each.errors) for each in taken.refused]
    if refused == "xlsx" and answer.refused:
        return await runtime.in_thread(_as_spreadsheet, lines, answer)
    return answer


async def _body(request: Request) -> bytes:
    """The body, read no further than allowed."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_FILE:
            title = f"文件超过{LARGEST_FILE // 2**20}MB，请分成几个文件后上传。"
            raise Refused("policy.file-too-large", title, because=Because.INVALID)
        parts.append(part)
    return b"".join(parts)


def _read(content: bytes, content_type: str) -> list[Line]:
    kind = PurePosixPath(content_type.partition(";")[0].strip().lower())
    try:
        return lines_of(content, _SUFFIXES.get(str(kind), ""))
    except UnreadableTableError as error:
        raise Refused("policy.file-unreadable", str(error), because=Because.INVALID) from error


def _as_spreadsheet(lines: list[Line], answer: FileAnswer) -> Response:
    reasons = {each.line: " ".join(error.message for error in each.errors) for each in answer.refused}
    rows = [{**line.row, REASONS: reasons[line.number]} for line in lines if line.number in reasons]
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote('被拒绝的政策卡片.xlsx')}",
        "Chengce-Loaded": str(answer.loaded),
        "Chengce-Repeated": str(answer.repeated),
        "Chengce-Refused": str(len(answer.refused)),
    }
    return Response(spreadsheet(rows), media_type=XLSX, headers=headers)
