"""Departments."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlmodel import select

from services.registry.decider import RegisterDepartment, department
from services.registry.readmodels.directory import DepartmentRow
from shared.http.asking import Caught, Here, IdempotencyKey, Somebody, Written, found, written
from shared.http.batches import Batch, BatchAnswer, CommandFor, take_batch

router = APIRouter()


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
