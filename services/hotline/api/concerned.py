"""The application that a ticket is about, as handlers and the asker see it beside the ticket."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from services.hotline.readmodels.applications import ApplicationRow
from shared.calendar import civil_date
from shared.runtime.service import Runtime

STATUS = {
    "submitted": "已提交，等待受理",
    "supplement": "已要求补正，等待企业补齐",
    "accepted": "已受理，正在审核",
    "scored": "已完成评分，等待排序",
    "not-accepted": "已告知不予受理",
    "approved": "审核通过",
    "rejected": "审核未通过",
    "withdrawn": "已撤回",
    "revoked": "已因异议成立撤销通过决定",
}


class ConcernedShown(BaseModel):
    """An application: where it stands, for how many working days, and how many are left (negative when late)."""

    number: str
    item: str
    item_title: str
    department: str
    status: str
    status_text: str
    submitted_on: date
    days: int = Field(description="提交以来的工作日数")
    due_on: date | None
    days_left: int | None
    overdue: bool
    link: str


async def concerned_shown(runtime: Runtime, number: str | None) -> ConcernedShown | None:
    """By the number that the ticket names; None where it names none."""
    row = await runtime.reads.one(ApplicationRow, number) if number else None
    if row is None:
        return None
    today, calendar = civil_date(runtime.clock.now()), runtime.calendar()
    return ConcernedShown(
        **row.model_dump(include={"number", "item", "item_title", "department", "status", "submitted_on", "due_on"}),
        status_text=STATUS[row.status],
        overdue=row.overdue,
        days=calendar.working_days_between(row.submitted_on, today),
        days_left=calendar.working_days_between(today, row.due_on) if row.due_on else None,
        link=f"{runtime.settings.public_url.rstrip('/')}/api/application/applications/{row.number}",
    )
