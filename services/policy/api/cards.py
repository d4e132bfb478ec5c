"""The door for policy cards of other catalogues."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.policy.api.asking import Editor
from services.policy.importing import take_cards
from shared.contracts.identifiers import DepartmentCode
from shared.http.asking import Here
from shared.http.batches import Batch, BatchAnswer

router = APIRouter(tags=["政策事项"])


@router.post("/import/cards/batch", summary="导入其他目录的政策卡片")
async def import_cards(
    batch: Batch, department: Annotated[DepartmentCode, Query(description="归口部门代码")], runtime: Here, actor: Editor
) -> BatchAnswer:
    """每张卡片成为一份政策文件和一个事项草稿；卡片没有承诺时限与材料清单，由部门补全后再发布。"""
    return await take_cards(runtime, actor, department, batch.rows)
