"""The doors for policy cards of other catalogues: row by row, or as the file in which they are kept."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.policy.api.asking import Editor
from services.policy.importing import take_cards
from shared.contracts.identifiers import DepartmentCode
from shared.http.asking import Here
from shared.http.batches import Batch, BatchAnswer
from shared.http.files import FILE_BODY, FileAnswer, Uploaded

router = APIRouter(tags=["政策事项"])
OfDepartment = Annotated[DepartmentCode, Query(description="归口部门代码")]


@router.post("/import/cards/batch", summary="导入其他目录的政策卡片")
async def import_cards(batch: Batch, department: OfDepartment, runtime: Here, actor: Editor) -> BatchAnswer:
    """每张卡片成为一份政策文件和一个事项草稿；卡片没有承诺时限与材料清单，由部门补全后再发布。表头可用中文名称。"""
    return await take_cards(runtime, actor, department, batch.rows)


@router.post(
    "/import/cards/file",
    summary="以文件导入政策卡片（xlsx、csv、json）",
    response_model=FileAnswer,
    openapi_extra=FILE_BODY,
)
async def import_file(file: Uploaded, department: OfDepartment, runtime: Here, actor: Editor) -> Any:
    """请求体即文件本身，最大10MB。选择 refused=xlsx 时，有被拒绝的行就返回一份带“原因”列的电子表格，改正后可再次上传。"""
    return await file.taken(lambda rows: take_cards(runtime, actor, department, rows), "被拒绝的政策卡片.xlsx")
