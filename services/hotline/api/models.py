"""Doors for the models that suggest: kept, listed, activated; and the handled tickets that teach the next one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from services.hotline.api.tickets import answered
from services.hotline.classification.model import LARGEST, UnreadableModelError, unpacked
from services.hotline.decider.model import (
    CLASSIFIER,
    ActivateModel,
    ClassifierState,
    KeepModel,
    classifier,
    key_of,
    model,
)
from services.hotline.forms import ReasonForm
from services.hotline.readmodels.models import ModelRow
from services.hotline.readmodels.tickets import TicketRow
from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import Caught, Cursor, Here, IdempotencyKey, Page, Written, after, found, one_of, page
from shared.security.actor import Actor, Role

router = APIRouter(tags=["分类模型"])
Keeper = Annotated[Actor, Depends(one_of(Role.DATA_BUREAU, Role.OPERATOR))]
RULES = "rules"  # in place of a model's key: back to the rules
_ROWS = 500


class ModelForm(BaseModel):
    """What `chengce tickets train` has made."""

    model_config = ConfigDict(extra="forbid")

    artefact: str = Field(min_length=1, max_length=LARGEST)
    card: dict[str, Any]


class ModelShown(BaseModel):
    """A model with its card."""

    key: str
    trained_at: datetime
    trained_by: str
    size: int
    active: bool
    card: dict[str, Any]


class TrainingRow(BaseModel):
    """A handled ticket and what people said it was; numbers of persons were taken out when it came in."""

    title: str
    content: str
    nature: str | None = None
    subject: str | None = None
    department: str | None = None
    enterprise_matter: str | None = None


@router.post("/models", status_code=201, summary="登记训练好的分类模型")
async def keep(
    form: ModelForm, runtime: Here, actor: Keeper, response: Response, sent: IdempotencyKey = None
) -> Written:
    """同一模型只登记一次；登记后仍须启用，才用于新的工单。"""
    key = key_of(form.artefact)
    try:
        await runtime.in_thread(unpacked, form.artefact, key)
    except UnreadableModelError as error:
        wrong = FieldError(field="artefact", code="unreadable", message="不是本版本能识别的模型，请重新训练后登记。")
        raise Refused("hotline.model-unreadable", "模型无法读取，请重新训练。", [wrong], Because.INVALID) from error
    command = KeepModel(artefact=form.artefact, card=form.card)
    return answered(runtime, await runtime.execute(model, key, command, actor, idempotency_key=sent), response)


@router.get("/models", dependencies=[Caught], summary="分类模型（最新的在前）")
async def models(runtime: Here, actor: Keeper) -> list[ModelShown]:
    state: ClassifierState | None = await runtime.state(classifier, CLASSIFIER)
    rows = await runtime.reads.all(ModelRow, select(ModelRow).order_by(col(ModelRow.trained_at).desc(), ModelRow.key))
    active = state.active if state else None
    return [ModelShown(**row.model_dump(), active=row.key == active) for row in rows]


@router.post("/models/{key}/activate", summary="启用分类模型（rules 表示只用规则）")
async def activate(
    key: str, form: ReasonForm, runtime: Here, actor: Keeper, response: Response, sent: IdempotencyKey = None
) -> Written:
    if key != RULES and await runtime.state(model, key) is None:
        found(None, "分类模型")
    command = ActivateModel(model=None if key == RULES else key, reason=form.reason)
    receipt = await runtime.execute(classifier, CLASSIFIER, command, actor, idempotency_key=sent)
    runtime.resources.classifier.look_again()
    return answered(runtime, receipt, response)


@router.get("/training-rows", dependencies=[Caught], summary="已办理的工单，用于训练下一版模型")
async def training_rows(runtime: Here, actor: Keeper, cursor: Cursor = None) -> Page[TrainingRow]:
    """人工确认过分类的、由部门答复的和人工单列的工单。"""
    taught = or_(
        col(TicketRow.classified),
        col(TicketRow.answered_on).is_not(None) & col(TicketRow.department).is_not(None),
        (col(TicketRow.status) == "apart") & col(TicketRow.apart_by_model).is_(False),
    )
    query = select(TicketRow).where(taught).order_by(col(TicketRow.key)).limit(_ROWS + 1)
    if start := after(cursor):
        query = query.where(col(TicketRow.key) > start)
    shown = page(await runtime.reads.all(TicketRow, query), _ROWS, lambda row: row.key)
    return Page(items=[_taught(row) for row in shown.items], next=shown.next)


def _taught(row: TicketRow) -> TrainingRow:
    apart = row.status == "apart"
    matter = "no" if apart else "yes" if row.department else None
    department = row.department if row.answered_on else None
    labels = {"nature": row.nature, "subject": row.subject} if row.classified else {}
    return TrainingRow(title=row.title, content=row.content, enterprise_matter=matter, department=department, **labels)
