"""What the room does when asked: look up, measure, load, decide, append."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.application.admission import Given
from services.application.attachments.commands import naming
from services.application.decider.attachment import AttachmentState, attachment
from services.application.decider.grant_list import Text
from services.application.decider.performance import performance
from services.application.decider.performance_commands import (
    ExecutionForm,
    FileGoal,
    PerformanceState,
    ReportMonitoring,
    ResultForm,
    SelfAssess,
)
from services.application.events.performance import Measured
from services.application.performance.goals import GoalForm
from services.application.performance.measuring import measured
from services.application.readmodels.offers import OfferRow
from services.application.readmodels.payments import PaymentRow
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

ItemCode = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")]


class PerformanceForm(BaseModel):
    """A goal for one or several items of one's own department in a period."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "设备补助资金（样例）",
                    "items": ["gxj-2026-001"],
                    "from_on": "2026-01-01",
                    "until_on": "2026-12-31",
                    "goal": {
                        "text": "支持企业更新设备，提升技术水平（样例）。",
                        "budget_fen": 500000000,
                        "execution_weight": 10,
                        "execution": "measured",
                        "indicators": [
                            {
                                "name": "支持企业数",
                                "kind": "quantity",
                                "direction": "at-least",
                                "target": 50,
                                "weight": 30,
                                "source": "enterprises-paid",
                            },
                            {
                                "name": "带动设备投资",
                                "kind": "economic",
                                "direction": "at-least",
                                "target": "10000",
                                "unit": "万元",
                                "weight": 40,
                            },
                            {
                                "name": "企业满意率",
                                "kind": "satisfaction",
                                "direction": "at-least",
                                "target": 90,
                                "weight": 20,
                                "source": "satisfied-share",
                            },
                        ],
                    },
                }
            ]
        },
    )

    title: str = Field("", max_length=1000)
    items: tuple[ItemCode, ...] = Field((), max_length=500, description="事项编号")
    from_on: date
    until_on: date
    goal: GoalForm


class SelfAssessmentForm(BaseModel):
    """What was reached."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "results": [{"key": "2", "value": "9800", "evidence": "项目台账（样例）。"}],
                    "execution": {},
                    "summary": "目标基本完成（样例）。",
                }
            ]
        },
    )

    results: tuple[ResultForm, ...] = Field((), max_length=500)
    execution: ExecutionForm = ExecutionForm()
    summary: str = Field("", max_length=20_000)


class MonitoringForm(BaseModel):
    """How it stands."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"text": "上半年进度正常（样例）。", "risks": ["下半年申报可能不足（样例）。"]}]
        },
    )

    text: Text
    risks: tuple[Text, ...] = Field((), max_length=50)


async def file_goal(runtime: Runtime, form: PerformanceForm, actor: Actor, sent: str | None) -> Receipt:
    """Under a key of department, items and period: filed twice it is the same. Raises `Refused`."""
    department = actor.department or ""
    items = tuple(sorted(each.strip() for each in form.items))
    errors = await _unknown(runtime, department, items)
    content = form.model_dump(exclude={"items", "goal"})
    command = FileGoal(department=department, items=items, goal=form.goal, item_errors=tuple(errors), **content)
    key = key_of(department, items, form.from_on, form.until_on)
    return await runtime.execute(performance, key, command, actor, idempotency_key=sent)


def key_of(department: str, items: Sequence[str], from_on: date, until_on: date) -> str:
    """`JX`, the year the period ends in, and eight digits of what it is about."""
    said = "\0".join((department, *items, from_on.isoformat(), until_on.isoformat()))
    return f"JX{until_on.year}-{hashlib.sha256(said.encode()).hexdigest()[:8].upper()}"


async def _unknown(runtime: Runtime, department: str, items: Sequence[str]) -> list[FieldError]:
    """Items have to be the department's own: published now, or paid from before."""
    wanted = list(items)
    offers = select(OfferRow).where(col(OfferRow.item_code).in_(wanted))
    owners = {row.item_code: row.department for row in await runtime.reads.all(OfferRow, offers)}
    async with runtime.reads.session() as session:
        question = select(PaymentRow.item_code, PaymentRow.department).where(col(PaymentRow.item_code).in_(wanted))
        owners = {row.item_code: row.department for row in await session.execute(question.distinct())} | owners
    errors: list[FieldError] = []
    for place, code in enumerate(items):
        if code not in owners:
            message = f"没有编号为“{code[:80]}”的事项，或尚未发布，请核对。"
            errors.append(FieldError(field=f"items.{place}", code="unknown", message=message))
        elif owners[code] != department:
            message = f"事项“{code}”由部门 {owners[code]} 主管，请由该部门申报。"
            errors.append(FieldError(field=f"items.{place}", code="not-yours", message=message))
    return errors


async def performance_of(runtime: Runtime, key: str) -> PerformanceState:
    """As the record has it. Raises `Refused`."""
    state: PerformanceState | None = await runtime.state(performance, key)
    if state is None:
        raise Refused("application.performance-unknown", "没有这项绩效评价，请核对编号。", because=Because.NOT_FOUND)
    return state


async def measure(runtime: Runtime, key: str) -> Measured:
    """What the platform measures of it now. Raises `Refused`."""
    first = (await performance_of(runtime, key)).first
    return await measured(runtime, first.items, first.from_on, first.until_on)


async def report(runtime: Runtime, key: str, form: MonitoringForm, actor: Actor, sent: str | None) -> Receipt:
    """With what the platform measures up to now. Raises `Refused`."""
    command = ReportMonitoring(**form.model_dump(), measured=await measure(runtime, key))
    return await runtime.execute(performance, key, command, actor, idempotency_key=sent)


async def self_assess(runtime: Runtime, key: str, form: SelfAssessmentForm, actor: Actor, sent: str | None) -> Receipt:
    """Measures, and keeps the attachments that it names, together with the assessment itself. Raises `Refused`."""
    own = performance.id_of(key)
    files, errors = await _attached(runtime, form, actor, own)
    command = SelfAssess(**dict(form), measured=await measure(runtime, key), file_errors=tuple(errors))
    commands: list[Given] = [(performance, key, command), *naming(own, [{"file": each} for each in files])]
    return (await runtime.execute_together(commands, actor, idempotency_key=sent))[0]


async def _attached(
    runtime: Runtime, form: SelfAssessmentForm, actor: Actor, own: str
) -> tuple[list[str], list[FieldError]]:
    files: list[str] = []
    errors: list[FieldError] = []
    for place, result in enumerate(form.results):
        for number, key in enumerate(result.attachments):
            state: AttachmentState | None = await runtime.state(attachment, key)
            if state is None or state.discarded or not (own in state.named or state.is_of(actor)):
                message = f"没有编号为“{key[:40]}”的附件，或已过期，请重新上传。"
                field = f"results.{place}.attachments.{number}"
                errors.append(FieldError(field=field, code="unknown-file", message=message))
            elif own not in state.named:
                files.append(key)
    return files, errors
