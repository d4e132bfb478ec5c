"""Doors of connecting a department's own system (部门自建系统; article 6(4)): asked for, decided, its secret, its end."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.application.api.asked import Asked
from services.application.decider.handling import TakeBack
from services.application.decider.system import (
    LONGEST_OVERLAP_HOURS,
    ApproveSystem,
    DeclineSystem,
    EndSystem,
    ItemCode,
    RequestSystem,
    ResumeSystem,
    SuspendSystem,
    SystemCommand,
    system,
)
from services.application.readmodels.systems import SystemRow
from services.application.systems.signing_in import draw_secret
from shared.contracts.identifiers import Phone
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

router = APIRouter(tags=["部门系统接入"])
STAFF = (Role.OFFICER, Role.DEPARTMENT_HEAD, Role.DATA_BUREAU)
SEES_ALL = (Role.DATA_BUREAU, Role.SUPERVISOR, Role.AUDITOR)
Staff = Annotated[Actor, Depends(one_of(*STAFF))]
_SYSTEMS = uuid5(NAMESPACE_URL, "urn:chengce:application:system")


class SystemForm(BaseModel):
    """A system that a department wants connected."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "项目管理系统（样例）",
                    "office": "信息科（样例）",
                    "phone": "0510-80000000",
                    "items": ["gxj-2026-001"],
                },
                {"name": "项目管理系统（样例）", "office": "信息科（样例）", "phone": "0510-80000000"},
            ]
        },
    )

    name: str = Field(min_length=1, max_length=60)
    office: str = Field(min_length=1, max_length=60, description="运行该系统的科室")
    phone: Phone
    items: tuple[ItemCode, ...] = Field((), max_length=200, description="接办的事项编号；不填为本部门参与的全部事项")


class SecretForm(BaseModel):
    """How long earlier secrets still hold."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(
        24, ge=0, le=LONGEST_OVERLAP_HOURS, description="旧密钥继续有效的小时数；疑似泄露的填0，旧密钥立即失效"
    )


class SecretShown(Written):
    """`secret` is shown in this answer and never again; null in a repeat."""

    client_id: str
    secret: str | None
    notice: str


@router.post("/systems", status_code=201, summary="申请接入部门系统")
async def requested(
    form: SystemForm, runtime: Here, actor: Staff, response: Response, key: IdempotencyKey = None
) -> Written:
    """由部门负责人或经办人员申请，市数政局审核。"""
    department = actor.department or ""
    made = uuid5(_SYSTEMS, f"{actor.subject}\0{key}") if key else uuid4()
    client = f"{department}-{made.hex[:12]}"
    command = RequestSystem(system=client, department=department, **form.model_dump())
    return written(runtime, await runtime.execute(system, client, command, actor, idempotency_key=key), response)


@router.get("/systems", dependencies=[Caught], summary="部门系统列表")
async def systems(
    runtime: Here,
    actor: Staff,
    status: Annotated[str | None, Query(max_length=20)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SystemRow]:
    """部门看到本部门的系统，市数政局看到全部；最新的在前。"""
    query = select(SystemRow).order_by(col(SystemRow.position).desc()).limit(limit + 1)
    if not actor.has(*SEES_ALL):
        query = query.where(SystemRow.department == (actor.department or ""))
    if status is not None:
        query = query.where(SystemRow.status == status)
    if (last := after_position(cursor)) is not None:
        query = query.where(col(SystemRow.position) < last)
    return page(await runtime.reads.all(SystemRow, query), limit, lambda row: str(row.position))


@router.get("/systems/{id}", dependencies=[Caught], summary="一个部门系统及其接入记录")
async def one_system(id: str, runtime: Here, actor: Somebody) -> SystemRow:
    row = found(await runtime.reads.one(SystemRow, id), "部门系统")
    if actor.department != row.department and not actor.has(*SEES_ALL):
        title = "只有该部门和市数政局可以查看这个部门系统。"
        raise Refused("application.not-your-system", title, because=Because.FORBIDDEN)
    return row


class _Asked:
    """A step of a system's connection."""

    def __init__(self, id: str, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None) -> None:
        self.id, self.runtime, self.actor, self.response, self.key = id, runtime, actor, response, key

    async def done(self, command: SystemCommand) -> Written:
        """Carries it out. Raises `Refused`."""
        receipt = await self.runtime.execute(system, self.id, command, self.actor, idempotency_key=self.key)
        return written(self.runtime, receipt, self.response)


Step = Annotated[_Asked, Depends()]


@router.post("/systems/{id}/approve", summary="准予接入（市数政局）")
async def approved(step: Step) -> Written:
    """编号即客户端标识（client id）；密钥由部门自行领取，市数政局不接触。"""
    return await step.done(ApproveSystem())


@router.post("/systems/{id}/decline", summary="不予接入（市数政局）")
async def declined(form: DeclineSystem, step: Step) -> Written:
    return await step.done(form)


@router.post("/systems/{id}/secrets", summary="领取或更换密钥")
async def drawn(id: str, form: SecretForm, step: Step) -> SecretShown:
    """密钥只在这次答复中显示一次，平台只保存加盐摘要；丢失的，再领取一个即可。"""
    receipt, secret = await draw_secret(step.runtime, id, form.overlap_hours, step.actor, step.key)
    shown: dict[str, Any] = dict(written(step.runtime, receipt, step.response))
    notice = "请立即妥善保存密钥，离开本页后无法再次查看。"
    repeated = "这次领取已经办理过，密钥只显示一次；没有保存的，请换一个幂等键重新领取。"
    return SecretShown(**shown, client_id=id, secret=secret, notice=notice if secret else repeated)


@router.post("/systems/{id}/suspend", summary="暂停接入（部门负责人、市数政局）")
async def suspended(form: SuspendSystem, step: Step) -> Written:
    """立即生效，已发放的令牌同时失效；其接办的环节由部门人员直接办理。"""
    return await step.done(form)


@router.post("/systems/{id}/resume", summary="恢复接入（市数政局）")
async def resumed(step: Step) -> Written:
    return await step.done(ResumeSystem())


@router.post("/systems/{id}/end", summary="终止接入（部门负责人、市数政局）")
async def ended(form: EndSystem, step: Step) -> Written:
    """不可恢复；需要再次接入的，重新申请。"""
    return await step.done(form)


@router.post("/applications/{number}/take-back", summary="收回部门系统接办的环节（部门负责人、市数政局）")
async def taken_back(number: str, form: TakeBack, asked: Asked) -> Written:
    """系统故障等情形下改由人工办理；部门负责人收回本部门的，市数政局收回全部。"""
    return await asked.done(number, form)
