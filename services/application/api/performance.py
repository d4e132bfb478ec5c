"""Doors of the performance assessment of funds (绩效评价, article 7)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.application.decider.grant_list import STAFF
from services.application.decider.performance import performance
from services.application.decider.performance_commands import (
    ApproveGoal,
    ConcludePerformance,
    ReturnGoal,
    ReturnSelfAssessment,
    Status,
)
from services.application.performance.commands import (
    MonitoringForm,
    PerformanceForm,
    SelfAssessmentForm,
    file_goal,
    measure,
    performance_of,
    report,
    self_assess,
)
from services.application.performance.measures import MEASURES, value_of
from services.application.readmodels.performance import PerformanceRow
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Refused
from shared.http.asking import (
    Caught,
    Cursor,
    Here,
    IdempotencyKey,
    Limit,
    Page,
    Somebody,
    Written,
    after_position,
    found,
    one_of,
    page,
    written,
)
from shared.security.actor import Actor, Role

router = APIRouter(tags=["资金绩效评价"])
SEES_ALL = (Role.FINANCE, Role.DATA_BUREAU, Role.SUPERVISOR, Role.AUDITOR)
Staff = Annotated[Actor, Depends(one_of(*STAFF))]
Finance = Annotated[Actor, Depends(one_of(Role.FINANCE))]
OfStatus = Annotated[Status | None, Query(description="状态")]
OfDepartment = Annotated[DepartmentCode | None, Query(description="主管部门")]


class PerformanceShown(BaseModel):
    """An assessment as its department and finance see it."""

    key: str
    department: str
    title: str
    items: list[str]
    from_on: date
    until_on: date
    status: Status
    version: int = Field(description="已批复的目标是第几版，0为尚未批复")
    goal: dict[str, Any] | None
    filed_version: int | None = Field(description="等待批复的是第几版")
    filed: dict[str, Any] | None
    reason: str | None
    due_on: date | None
    provisional: bool
    overdue: bool
    reports: list[dict[str, Any]]
    assessed: dict[str, Any] | None
    conclusion: dict[str, Any] | None
    concluded_on: date | None


class ApprovalForm(BaseModel):
    """Which version is approved: another one may have been filed meanwhile."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 1}]})

    version: int = Field(ge=1, description="批复的是第几版")


class MeasuredShown(BaseModel):
    """What the platform measures now; `positions`: up to which place of each service's log."""

    at: str
    positions: dict[str, int]
    paid_fen: int
    values: dict[str, MeasuredValue]


class MeasuredValue(BaseModel):
    """None where the record has nothing to measure it by."""

    label: str
    unit: str
    value: str | None


@router.post("/performance", status_code=201, summary="申报绩效目标")
async def filed(
    form: PerformanceForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """产出、效益、满意度三类指标各至少一项，分值与预算执行率合计100；有误的一次列出全部。退回后修改、期中调整也由此申报。"""
    return written(runtime, await file_goal(runtime, form, actor, sent), response)


@router.post("/performance/{key}/goal/approve", summary="批复绩效目标")
async def approved(key: str, form: ApprovalForm, runtime: Here, actor: Finance, response: Response) -> Written:
    """由申报之外的另一人批复；自评期限自评价期结束次日起按工作日计算。"""
    command = ApproveGoal(version=form.version, assess_days=runtime.settings.self_assess_days)
    return written(runtime, await runtime.execute(performance, key, command, actor), response)


@router.post("/performance/{key}/goal/return", summary="退回绩效目标")
async def returned(key: str, form: ReturnGoal, runtime: Here, actor: Finance, response: Response) -> Written:
    return written(runtime, await runtime.execute(performance, key, form, actor), response)


@router.post("/performance/{key}/reports", summary="绩效监控报告")
async def reported(
    key: str, form: MonitoringForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """评价期内随时可报，平台计量的各项数值一并记录。"""
    return written(runtime, await report(runtime, key, form, actor, sent), response)


@router.post("/performance/{key}/self-assessment", summary="提交自评")
async def assessed(
    key: str, form: SelfAssessmentForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """逐项填写实际值、依据和偏差原因；平台计量的指标由平台取数并固定，得分按公开的规则计算。偏差超过30%须说明原因。"""
    return written(runtime, await self_assess(runtime, key, form, actor, sent), response)


@router.post("/performance/{key}/self-assessment/return", summary="退回自评")
async def assessment_returned(
    key: str, form: ReturnSelfAssessment, runtime: Here, actor: Finance, response: Response
) -> Written:
    return written(runtime, await runtime.execute(performance, key, form, actor), response)


@router.post("/performance/{key}/conclude", summary="财政评价与结果应用")
async def concluded(
    key: str, form: ConcludePerformance, runtime: Here, actor: Finance, response: Response, sent: IdempotencyKey = None
) -> Written:
    """只列与自评不同的得分并说明理由；等级为优（90分及以上）、良（80分及以上）、中（60分及以上）、差。结果向社会公开。"""
    return written(runtime, await runtime.execute(performance, key, form, actor, idempotency_key=sent), response)


@router.get("/performance", dependencies=[Caught], summary="绩效评价，最新的在前")
async def listed(
    runtime: Here,
    actor: Somebody,
    department: OfDepartment = None,
    status: OfStatus = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[PerformanceShown]:
    """部门看到本部门的；财政、数据主管和监督部门看到全部。"""
    query = select(PerformanceRow).order_by(col(PerformanceRow.position).desc()).limit(limit + 1)
    if not actor.has(*SEES_ALL):
        _require_staff(actor)
        query = query.where(PerformanceRow.department == actor.department)
    for column, wanted in ((PerformanceRow.department, department), (PerformanceRow.status, status)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if (last := after_position(cursor)) is not None:
        query = query.where(col(PerformanceRow.position) < last)
    rows = page(await runtime.reads.all(PerformanceRow, query), limit, lambda row: str(row.position))
    return Page(items=[PerformanceShown(**row.model_dump()) for row in rows.items], next=rows.next)


@router.get("/performance/{key}", dependencies=[Caught], summary="一项绩效评价")
async def one(key: str, runtime: Here, actor: Somebody) -> PerformanceShown:
    row = found(await runtime.reads.one(PerformanceRow, key), "绩效评价")
    require_sight(row.department, actor)
    return PerformanceShown(**row.model_dump())


@router.get("/performance/{key}/measured", summary="平台计量的各项数值")
async def measured_now(key: str, runtime: Here, actor: Somebody) -> MeasuredShown:
    """按此刻的记录计算，不留存；提交自评时再次计算并固定。"""
    require_sight((await performance_of(runtime, key)).first.department, actor)
    now = await measure(runtime, key)
    values = {
        name: MeasuredValue(label=each.label, unit=each.unit, value=None if value is None else str(value))
        for name, each in MEASURES.items()
        for value in [value_of(now, name)]
    }
    return MeasuredShown(at=now.at.isoformat(), positions=now.positions, paid_fen=now.paid_fen, values=values)


def require_sight(department: str, actor: Actor) -> None:
    """Its department, finance, the data bureau and supervision. Raises `Refused`."""
    if not actor.has(*SEES_ALL):
        _require_staff(actor)
        if actor.department != department:
            raise Refused("application.not-yours", "只有主管部门可以查看这项绩效评价。", because=Because.FORBIDDEN)


def _require_staff(actor: Actor) -> None:
    if not actor.has(*STAFF) or actor.department is None:
        title = "绩效评价由主管部门、市财政局和市数据主管部门查看。"
        raise Refused("application.not-yours", title, because=Because.FORBIDDEN)
