"""Registry's HTTP doors."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.registry.commands import Contact, EnterpriseForm, contact_of, register_enterprise, take_codes
from services.registry.decider import RegisterDepartment, department
from services.registry.readmodels.directory import CodeRow, DepartmentRow, EnterpriseRow
from shared.contracts.identifiers import DepartmentCode, Uscc
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
    after,
    found,
    one_of,
    page,
    written,
)
from shared.http.batches import Batch, BatchAnswer, CommandFor, take_batch
from shared.security.actor import Actor, Role
from shared.security.tokens import issue

router = APIRouter()
SIGN_IN_LASTS = timedelta(hours=12)


class SignIn(BaseModel):
    """Development only: who you want to be."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"subject": "dev-officer", "roles": ["officer"], "department": "gxj"}]}
    )

    subject: str = Field(min_length=1, max_length=80)
    name: str = ""
    roles: tuple[Role, ...] = Field(min_length=1)
    department: DepartmentCode | None = None
    enterprise: Uscc | None = None


class Token(BaseModel):
    """A bearer token."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int


@router.post("/sign-in", tags=["登录"], summary="开发登录")
async def sign_in(form: SignIn, runtime: Here) -> Token:
    """以任意身份登录，仅用于开发和演示；正式环境关闭，改由江苏政务服务网统一认证（第十三条）。"""
    if not runtime.settings.dev_sign_in or Role.SYSTEM in form.roles:
        raise Refused(
            "registry.sign-in-closed", "本环境未开放开发登录，请使用统一身份认证。", because=Because.FORBIDDEN
        )
    actor = Actor(**form.model_dump())
    # Twelve hours for the person in front of the screen, however fast a demonstration's clock runs.
    lasts = SIGN_IN_LASTS * max(1.0, runtime.settings.clock_speed)
    token = issue(actor, runtime.settings.require_secret(), runtime.clock.now(), lasts)
    return Token(access_token=token, expires_in=int(SIGN_IN_LASTS.total_seconds()))


@router.post("/departments", status_code=201, tags=["部门"], summary="登记部门")
async def register_department(
    form: RegisterDepartment, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    receipt = await runtime.execute(department, form.code, form, actor, idempotency_key=key)
    return written(runtime, receipt, response)


class DepartmentForm(RegisterDepartment):
    """A department as files carry it."""

    sample: bool = False


@router.post("/departments/batch", tags=["部门"], summary="批量登记部门")
async def register_departments(batch: Batch, runtime: Here, actor: Somebody) -> BatchAnswer:
    async def command_of(form: DepartmentForm) -> CommandFor:
        return department, form.code, RegisterDepartment(**form.model_dump(exclude={"sample"}))

    return await take_batch(runtime, actor, batch.rows, DepartmentForm, command_of)


@router.get("/departments", dependencies=[Caught], tags=["部门"], summary="部门名录")
async def departments(runtime: Here) -> list[DepartmentRow]:
    return await runtime.reads.all(DepartmentRow, select(DepartmentRow).order_by(DepartmentRow.code))


@router.get("/departments/{code}", dependencies=[Caught], tags=["部门"], summary="部门")
async def one_department(code: str, runtime: Here) -> DepartmentRow:
    return found(await runtime.reads.one(DepartmentRow, code), "部门")


@router.post("/enterprises", status_code=201, tags=["企业"], summary="登记企业")
async def register_one_enterprise(
    form: EnterpriseForm, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    decider, uscc, command = await register_enterprise(runtime, form)
    receipt = await runtime.execute(decider, uscc, command, actor, idempotency_key=key)
    return written(runtime, receipt, response)


@router.post("/enterprises/batch", tags=["企业"], summary="批量登记企业")
async def register_enterprises(batch: Batch, runtime: Here, actor: Somebody) -> BatchAnswer:
    return await take_batch(runtime, actor, batch.rows, EnterpriseForm, lambda form: register_enterprise(runtime, form))


@router.get("/enterprises", dependencies=[Caught], tags=["企业"], summary="企业名录")
async def enterprises(
    runtime: Here,
    q: Annotated[str | None, Query(max_length=60, description="名称中的文字")] = None,
    division: Annotated[str | None, Query(description="区划代码前缀")] = None,
    industry: Annotated[str | None, Query(description="行业代码前缀（GB/T 4754）")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EnterpriseRow]:
    query = select(EnterpriseRow).order_by(EnterpriseRow.uscc).limit(limit + 1)
    if q:
        query = query.where(col(EnterpriseRow.name).contains(q, autoescape=True))
    if division:
        query = query.where(col(EnterpriseRow.division).startswith(division, autoescape=True))
    if industry:
        query = query.where(col(EnterpriseRow.industry).startswith(industry, autoescape=True))
    if start := after(cursor):
        query = query.where(col(EnterpriseRow.uscc) > start)
    return page(await runtime.reads.all(EnterpriseRow, query), limit, lambda row: row.uscc)


@router.get("/enterprises/{uscc}", dependencies=[Caught], tags=["企业"], summary="企业")
async def one_enterprise(uscc: str, runtime: Here) -> EnterpriseRow:
    return found(await runtime.reads.one(EnterpriseRow, uscc), "企业")


@router.get("/enterprises/{uscc}/contact", tags=["企业"], summary="企业联系方式（仅限平台内部与企业本身）")
async def contact(uscc: str, runtime: Here, actor: Somebody) -> Contact:
    if not actor.has(Role.SYSTEM) and actor.enterprise != uscc:
        raise Refused("registry.contact-closed", "联系方式只向企业本身开放。", because=Because.FORBIDDEN)
    return await contact_of(runtime, uscc)


@router.post("/codes/{list_name}/batch", tags=["代码表"], summary="导入代码表")
async def import_codes(
    list_name: str,
    batch: Batch,
    edition: Annotated[str, Query(min_length=1, max_length=60, description="版本，如 2023")],
    runtime: Here,
    actor: Annotated[Actor, Depends(one_of(Role.DATA_BUREAU, Role.OPERATOR))],
) -> BatchAnswer:
    return await take_codes(runtime, actor, list_name, edition, batch.rows)


@router.get("/codes/{list_name}", dependencies=[Caught], tags=["代码表"], summary="代码表")
async def codes(
    list_name: str,
    runtime: Here,
    parent: Annotated[str | None, Query(description="上级代码")] = None,
    prefix: Annotated[str | None, Query(description="代码前缀")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CodeRow]:
    query = select(CodeRow).where(CodeRow.list_name == list_name).order_by(CodeRow.code).limit(limit + 1)
    if parent:
        query = query.where(CodeRow.parent_code == parent)
    if prefix:
        query = query.where(col(CodeRow.code).startswith(prefix, autoescape=True))
    if start := after(cursor):
        query = query.where(col(CodeRow.code) > start)
    return page(await runtime.reads.all(CodeRow, query), limit, lambda row: row.code)
