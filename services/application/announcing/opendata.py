"""What was granted, for everybody's own use: one grant after another, so that any number fits into memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel
from sqlmodel import col, select

from services.application.definition.formats import yuan_of
from services.application.each import chunks
from services.application.readmodels.announcements import ResultRow
from services.application.readmodels.departments import KnownDepartmentRow
from shared.runtime.service import Runtime

PUBLISHER = "jiangyin-chengce"  # before ids, so that they are nobody else's


class Granted(BaseModel):
    """A grant. `key`: the application's number, or the key of a grant without application."""

    key: str
    item_code: str
    item_title: str
    period: str
    department: str
    department_name: str
    enterprise: str
    name: str
    amount_fen: int
    awarded_on: date


COLUMNS: Sequence[tuple[str, Callable[[Granted], Any]]] = (
    ("编号", lambda each: each.key),
    ("事项编号", lambda each: each.item_code),
    ("事项名称", lambda each: each.item_title),
    ("期次", lambda each: each.period),
    ("部门代码", lambda each: each.department),
    ("部门名称", lambda each: each.department_name),
    ("统一社会信用代码", lambda each: each.enterprise),
    ("企业名称", lambda each: each.name),
    ("金额（元）", lambda each: yuan_of(each.amount_fen)),
    ("确认日期", lambda each: each.awarded_on.isoformat()),
)


async def granted(runtime: Runtime) -> AsyncIterator[Granted]:
    """Final results that are not withheld, and support lists, by key."""
    departments = await runtime.reads.all(KnownDepartmentRow, select(KnownDepartmentRow))
    names = {row.code: row.name for row in departments}
    async for rows in chunks(runtime, ResultRow, col(ResultRow.awarded_on).is_not(None)):
        for row in rows:
            yield Granted(**row.model_dump(), department_name=names.get(row.department, row.department))


def as_360giving(grant: Granted) -> dict[str, Any]:
    """A grant in the 360Giving Data Standard: all that it requires, and the programme."""
    return {
        "id": f"{PUBLISHER}-{grant.key}",
        "title": f"{grant.item_title}（{grant.period}）",
        "description": f"{grant.department_name}根据“{grant.item_title}”给予的惠企扶持。",
        "currency": "CNY",
        "amountAwarded": grant.amount_fen / 100,
        "awardDate": grant.awarded_on.isoformat(),
        "recipientOrganization": [{"id": f"CN-USCC-{grant.enterprise}", "name": grant.name}],
        "fundingOrganization": [{"id": f"{PUBLISHER}-{grant.department}", "name": grant.department_name}],
        "grantProgramme": [{"code": grant.item_code, "title": grant.item_title}],
    }
