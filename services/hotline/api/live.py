"""Doors of live sessions (云直播, articles 6(6) and 9(4)): everybody sees, who is signed in asks, the department answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from sqlalchemy import tuple_
from sqlmodel import col, or_, select

from services.hotline.api.shown import Status, status_of
from services.hotline.api.tickets import newest_after
from services.hotline.commands import asker_of
from services.hotline.decider.live import (
    AnnounceLive,
    BeginLive,
    CancelLive,
    EndLive,
    LiveCommand,
    PublishLiveRecord,
    RescheduleLive,
    hosts,
    live,
)
from services.hotline.decider.remark import (
    AnswerQuestion,
    HandOverQuestion,
    HideRemark,
    RemarkCommand,
    ShowRemark,
    remark,
)
from services.hotline.decider.rights import DEPARTMENT_STAFF
from services.hotline.forms import ReasonForm
from services.hotline.live.commands import AloudForm, RemarkForm, announce, note, say
from services.hotline.readmodels.live import LiveRow, RemarkRow
from shared.contracts.identifiers import DepartmentCode
from shared.http.asking import (
    Anybody,
    Caught,
    Cursor,
    Here,
    IdempotencyKey,
    Limit,
    Page,
    SignInRequired,
    Somebody,
    Written,
    after,
    after_position,
    found,
    one_of,
    page,
    written,
)
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role

router = APIRouter(tags=["云直播"])
Staff = Annotated[Actor, Depends(one_of(*DEPARTMENT_STAFF))]


class LiveShown(BaseModel):
    """A session as everybody sees it; the record is there when it was published."""

    key: str
    title: str
    summary: str
    department: str
    co_departments: list[str]
    speakers: list[str]
    starts_at: datetime
    ends_at: datetime
    address: str | None
    items: list[str]
    status: Literal["announced", "begun", "ended", "cancelled"]
    reason: str | None
    not_held: bool
    record_by: date | None
    record_late: bool
    record: str | None
    recording: str | None


class RemarkShown(BaseModel):
    """A remark as everybody reads it, without who made it."""

    key: str
    kind: Literal["question", "comment"]
    text: str
    made_at: datetime
    answer: str | None
    live: bool | None
    answered_at: datetime | None


class OwnRemark(RemarkShown):
    """A remark as its author and the department see it, with what is owed and what became of it."""

    session: str
    enterprise: str | None
    status: str
    reason: str | None
    open: bool
    answer_by: date | None
    overdue: bool
    ticket: str | None
    ticket_status: Status | None = None


@router.post("/live", status_code=201, summary="预告一场直播")
async def announced(
    form: AnnounceLive, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """主办部门预告主题、时间和主讲单位；预告即向社会公开，此后可以提问。"""
    return written(runtime, await announce(runtime, form, actor, sent), response)


@router.get("/live", dependencies=[Caught], summary="直播列表，最新的在前")
async def sessions(
    runtime: Here,
    status: Annotated[Literal["announced", "begun", "ended", "cancelled"] | None, Query(description="状态")] = None,
    department: Annotated[DepartmentCode | None, Query(description="主办部门")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[LiveShown]:
    newest = (col(LiveRow.starts_at), col(LiveRow.key))
    query = select(LiveRow).order_by(newest[0].desc(), newest[1].desc()).limit(limit + 1)
    for column, wanted in ((LiveRow.status, status), (LiveRow.department, department)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if start := after(cursor):
        query = query.where(tuple_(*newest) < newest_after(start))
    rows = page(await runtime.reads.all(LiveRow, query), limit, lambda row: f"{row.starts_at.isoformat()} {row.key}")
    return Page(items=[LiveShown(**row.model_dump()) for row in rows.items], next=rows.next)


@router.get("/live/{key}", dependencies=[Caught], summary="一场直播及其实录")
async def session(key: str, runtime: Here) -> LiveShown:
    return LiveShown(**found(await runtime.reads.one(LiveRow, key), "直播").model_dump())


@router.post("/live/{key}/reschedule", summary="改期")
async def reschedule(
    key: str, form: RescheduleLive, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """须写明理由；答复提问的期限随之顺延。"""
    return await _done(runtime, key, form, actor, response, sent)


@router.post("/live/{key}/cancel", summary="取消")
async def cancel(
    key: str, form: CancelLive, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """须写明理由；已有的提问仍须答复。"""
    return await _done(runtime, key, form, actor, response, sent)


@router.post("/live/{key}/begin", summary="开始")
async def begin(key: str, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None) -> Written:
    return await _done(runtime, key, BeginLive(), actor, response, sent)


@router.post("/live/{key}/end", summary="结束")
async def end(key: str, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None) -> Written:
    """结束后5个工作日内须发布实录，并答复未答复的提问；逾期未答复的自动转为诉求工单。"""
    return await _done(runtime, key, EndLive(), actor, response, sent)


@router.post("/live/{key}/record", summary="发布实录")
async def record(
    key: str, form: PublishLiveRecord, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    return await _done(runtime, key, form, actor, response, sent)


@router.post("/live/{key}/remarks", status_code=201, summary="提问或评论")
async def remarked(
    key: str, form: RemarkForm, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    """直播前和直播中均可，须登录；公开时不显示提问人。主办部门在直播中或之后5个工作日内答复。"""
    return written(runtime, await say(runtime, key, form, actor, sent), response)


@router.post("/live/{key}/remarks/aloud", status_code=201, summary="记录现场提问")
async def aloud(
    key: str, form: AloudForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """由主办部门记录，直播结束后也可补记，同样须答复。"""
    return written(runtime, await note(runtime, key, form, actor, sent), response)


@router.get("/live/{key}/remarks", dependencies=[Caught], summary="已公开的提问和评论")
async def public_remarks(key: str, runtime: Here, limit: Limit = 50, cursor: Cursor = None) -> Page[RemarkShown]:
    """审核公开的，以及已答复的提问。"""
    shown = or_(col(RemarkRow.status) == "shown", col(RemarkRow.answer).is_not(None))
    rows = await _remarks(runtime, [RemarkRow.session == key, shown, RemarkRow.status != "hidden"], limit, cursor)
    return Page(items=[RemarkShown(**row.model_dump()) for row in rows.items], next=rows.next)


@router.get("/remarks", dependencies=[Caught], summary="本人（本企业）的，或本部门收到的提问和评论")
async def remarks(
    runtime: Here,
    actor: Anybody,
    session: Annotated[str | None, Query(max_length=80, description="直播")] = None,
    open: Annotated[bool | None, Query(description="只看待答复的提问")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[OwnRemark]:
    """转为工单的，同时显示工单的办理状态。"""
    if actor is None:
        raise SignInRequired("请先登录，再查看提问的答复情况。")
    chosen: list[Any] = []
    if actor.department is None or not hosts(actor, actor.department):
        mark = col(RemarkRow.asker) == asker_of(runtime, actor)
        chosen.append(or_(mark, RemarkRow.enterprise == actor.enterprise) if actor.enterprise else mark)
    elif not actor.has(Role.DATA_BUREAU):
        chosen.append(RemarkRow.department == actor.department)
    if session is not None:
        chosen.append(RemarkRow.session == session)
    if open is not None:
        chosen.append(col(RemarkRow.open).is_(open))
    rows = await _remarks(runtime, chosen, limit, cursor)
    return Page(items=await _with_tickets(runtime, rows.items), next=rows.next)


@router.post("/remarks/{key}/show", summary="公开提问或评论")
async def show(key: str, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None) -> Written:
    return await _done(runtime, key, ShowRemark(), actor, response, sent)


@router.post("/remarks/{key}/hide", summary="不公开提问或评论")
async def hide(
    key: str, form: ReasonForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """须写明理由，提问人可以看到。"""
    return await _done(runtime, key, HideRemark(reason=form.reason), actor, response, sent)


@router.post("/remarks/{key}/answer", summary="答复提问")
async def answer(
    key: str, form: AnswerQuestion, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """直播中当场答复的填写 live，并记录答复要点。"""
    return await _done(runtime, key, form, actor, response, sent)


@router.post("/remarks/{key}/hand-over", summary="转为诉求工单")
async def hand_over(
    key: str, form: HandOverQuestion, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """需要继续办理的，转为工单跟踪到办结。"""
    return await _done(runtime, key, form, actor, response, sent)


async def _done(
    runtime: Runtime, key: str, command: LiveCommand | RemarkCommand, actor: Actor, response: Response, sent: str | None
) -> Written:
    of = live if isinstance(command, LiveCommand) else remark
    return written(runtime, await runtime.execute(of, key, command, actor, idempotency_key=sent), response)


async def _remarks(runtime: Runtime, chosen: list[Any], limit: int, cursor: str | None) -> Page[RemarkRow]:
    query = select(RemarkRow).where(*chosen).order_by(col(RemarkRow.position)).limit(limit + 1)
    if (start := after_position(cursor)) is not None:
        query = query.where(col(RemarkRow.position) > start)
    return page(await runtime.reads.all(RemarkRow, query), limit, lambda row: str(row.position))


async def _with_tickets(runtime: Runtime, rows: list[RemarkRow]) -> list[OwnRemark]:
    status = await status_of(runtime, [row.ticket for row in rows if row.ticket])
    return [OwnRemark(**row.model_dump(), ticket_status=status.get(row.ticket or "")) for row in rows]
