"""The interaction zone (政企互动区): asking, following what one has asked, and what others have been answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from sqlalchemy import tuple_
from sqlmodel import col, or_, select

from services.hotline.answering import find_answers
from services.hotline.api.concerned import ConcernedShown, concerned_shown
from services.hotline.api.shown import Promise, Status, Step, promise
from services.hotline.api.tickets import answered, newest_after, steps_of
from services.hotline.commands import ask_question, asker_of
from services.hotline.forms import QuestionForm
from services.hotline.readmodels.answers import AnswerRow
from services.hotline.readmodels.tickets import TicketRow
from shared.contracts.hotline import Nature
from shared.contracts.identifiers import DepartmentCode
from shared.http.asking import Caught, Cursor, Here, IdempotencyKey, Limit, Page, Somebody, Written, after, found, page
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(tags=["政企互动区"])
SUGGESTED = 5


class OwnTicket(Promise):
    """One's own ticket in a list."""

    key: str
    number: str
    nature: Nature
    title: str
    received_at: datetime
    status: Status
    department: str | None
    overdue: bool
    reopened: int


class OwnTicketDetail(OwnTicket):
    """One's own ticket with every step."""

    content: str
    answer: str | None
    put_right: str | None
    merged_into: str | None
    steps: list[Step]
    application: ConcernedShown | None


class PublicAnswer(BaseModel):
    """A question and its answer, as the department made them public."""

    key: str
    question: str
    answer: str
    department: str
    item: str | None
    subject: str | None
    nature: Nature
    published_at: datetime


@router.post("/questions", status_code=201, dependencies=[Caught], summary="提出咨询、建议、投诉或诉求")
async def ask(
    form: QuestionForm, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    """提交后即生成工单；姓名和电话加密保存，只向热线话务员和承办部门开放。

    填写本企业的申报编号（application）的，随即派发给办理该申报的部门；投诉由热线和市数政局派发，不由被投诉的部门自行受理。
    """
    return answered(runtime, await ask_question(runtime, form, actor, sent), response)


@router.get("/questions/mine", dependencies=[Caught], summary="我的诉求（最新的在前）")
async def mine(runtime: Here, actor: Somebody, limit: Limit = 50, cursor: Cursor = None) -> Page[OwnTicket]:
    """企业用户看到本企业的全部诉求，个人用户看到本人的。"""
    whose = [TicketRow.asker == asker_of(runtime, actor)]
    if actor.enterprise:
        whose.append(TicketRow.enterprise == actor.enterprise)
    newest = (col(TicketRow.received_at), col(TicketRow.key))
    query = select(TicketRow).where(or_(*whose)).order_by(newest[0].desc(), newest[1].desc()).limit(limit + 1)
    if start := after(cursor):
        query = query.where(tuple_(*newest) < newest_after(start))
    rows = await runtime.reads.all(TicketRow, query)
    shown = page(rows, limit, lambda row: f"{row.received_at.isoformat()} {row.key}")
    return Page(items=[OwnTicket(**_own(runtime, row)) for row in shown.items], next=shown.next)


@router.get("/questions/mine/{key}", dependencies=[Caught], summary="我的诉求及办理过程")
async def one_of_mine(key: str, runtime: Here, actor: Somebody) -> OwnTicketDetail:
    row = await runtime.reads.one(TicketRow, key)
    row = found(row if row and _asked(runtime, actor, row) else None, "诉求")
    about = await concerned_shown(runtime, row.application)
    own = _own(runtime, row) | {"application": about}
    return OwnTicketDetail(**own, steps=await steps_of(runtime, key, to_asker=True))


@router.get("/answers", dependencies=[Caught], summary="公开的问答")
async def answers(
    runtime: Here,
    q: Annotated[str | None, Query(max_length=200, description="要查的问题")] = None,
    item: Annotated[str | None, Query(max_length=80, description="政策事项编码")] = None,
    department: Annotated[DepartmentCode | None, Query(description="答复部门")] = None,
    limit: Limit = 50,
) -> list[PublicAnswer]:
    """有问题的按相关程度排列，没有的按公开时间排列（最新的在前）。"""
    if q:
        return _public(await find_answers(runtime, q, limit, item, department))
    query = select(AnswerRow).order_by(col(AnswerRow.published_at).desc(), col(AnswerRow.key)).limit(limit)
    for column, value in ((AnswerRow.item, item), (AnswerRow.department, department)):
        if value is not None:
            query = query.where(column == value)
    return _public(await runtime.reads.all(AnswerRow, query))


@router.get("/answers/suggested", dependencies=[Caught], summary="边输入边提示的相似问答")
async def suggested(
    runtime: Here, text: Annotated[str, Query(min_length=2, max_length=200, description="正在输入的问题")]
) -> list[PublicAnswer]:
    return _public(await find_answers(runtime, text, SUGGESTED))


@router.get("/answers/{key}", dependencies=[Caught], summary="公开的问答（单条）")
async def one_answer(key: str, runtime: Here) -> PublicAnswer:
    return _public([found(await runtime.reads.one(AnswerRow, key), "问答")])[0]


def _public(rows: list[AnswerRow]) -> list[PublicAnswer]:
    return [PublicAnswer(**row.model_dump(include=set(PublicAnswer.model_fields))) for row in rows]


def _own(runtime: Runtime, row: TicketRow) -> dict[str, object]:
    return row.model_dump() | promise(runtime, row).model_dump()


def _asked(runtime: Runtime, actor: Actor, row: TicketRow) -> bool:
    own_enterprise = actor.enterprise is not None and row.enterprise == actor.enterprise
    return own_enterprise or row.asker == asker_of(runtime, actor)
