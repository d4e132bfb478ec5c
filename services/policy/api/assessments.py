"""Doors of implementation assessment (实施评估): what was found, and what the departments do about it (article 22(4))."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from sqlmodel import col, select

from services.policy.api.asking import Editor
from services.policy.decider.assessment import AnswerAssessment, assessment
from services.policy.readmodels.assessments import AssessmentRow
from shared.http.asking import (
    Caught,
    Cursor,
    Here,
    IdempotencyKey,
    Limit,
    Page,
    Written,
    after,
    found,
    one_of,
    page,
    written,
)
from shared.security.actor import Actor, Role

router = APIRouter(prefix="/assessments", tags=["实施评估"])
Reader = Annotated[
    Actor, Depends(one_of(Role.OFFICER, Role.DEPARTMENT_HEAD, Role.DATA_BUREAU, Role.SUPERVISOR, Role.SYSTEM))
]


def _sees(actor: Actor, department: str) -> bool:
    return actor.of_department(department) or actor.has(Role.SUPERVISOR)


@router.get("", dependencies=[Caught], summary="事项实施评估")
async def assessments(
    runtime: Here,
    actor: Reader,
    flagged: Annotated[bool, Query(description="只列出有问题待答复的")] = True,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AssessmentRow]:
    """各部门看本部门的事项，市数政局和督查人员看全部；数字自事项首次公布起累计，答复后重新评估。"""
    query = select(AssessmentRow).order_by(col(AssessmentRow.code)).limit(limit + 1)
    if not _sees(actor, ""):
        query = query.where(AssessmentRow.department == actor.department)
    if flagged:
        query = query.where(AssessmentRow.flagged)
    if start := after(cursor):
        query = query.where(col(AssessmentRow.code) > start)
    return page(await runtime.reads.all(AssessmentRow, query), limit, lambda row: row.code)


@router.get("/{code}", dependencies=[Caught], summary="一个事项的实施评估")
async def one_assessment(code: str, runtime: Here, actor: Reader) -> AssessmentRow:
    row = await runtime.reads.one(AssessmentRow, code)
    return found(row if row and _sees(actor, row.department) else None, "事项的评估")


@router.post("/{code}/answers", status_code=201, summary="答复评估发现的问题")
async def answer(
    code: str,
    form: AnswerAssessment,
    runtime: Here,
    actor: Editor,
    response: Response,
    key: IdempotencyKey = None,
) -> Written:
    """写明已采取或将采取的措施；答复后重新计数，再出现问题会再次提示。"""
    return written(runtime, await runtime.execute(assessment, code, form, actor, idempotency_key=key), response)
