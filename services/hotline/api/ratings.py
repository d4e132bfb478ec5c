"""Doors of ratings (好差评): whoever asked rates, departments moderate, reply and put right (article 26)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func
from sqlmodel import col, select

from services.hotline.decider.following import ExtendFollowUp, RecordFollowUp
from services.hotline.decider.rating import (
    COUNTER_STAFF,
    ApproveRating,
    HideRating,
    RatingCommand,
    ReplyToRating,
    rating,
)
from services.hotline.decider.rights import DEPARTMENT_STAFF, DESK
from services.hotline.ratings.commands import RatingForm, VisitForm, give_rating, record_visit, visit_matter
from services.hotline.ratings.hearing import recorded
from services.hotline.readmodels.matters import MatterRow
from services.hotline.readmodels.ratings import RatingRow
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
    after_position,
    one_of,
    page,
    written,
)
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(tags=["好差评"])
Staff = Annotated[Actor, Depends(one_of(*DEPARTMENT_STAFF, *DESK))]
Clerk = Annotated[Actor, Depends(one_of(*COUNTER_STAFF))]


class HideForm(BaseModel):
    """Why a rating is not shown."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "含有他人联系方式。"}]})

    reason: str = Field("", max_length=1000)


class RatingReplyForm(BaseModel):
    """The department's answer to the rater."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "感谢评价，我们已改进。"}]})

    text: str = Field("", max_length=5000)


class FollowUpForm(BaseModel):
    """What was put right, or why nothing could be."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "已补充说明并致歉。", "put_right": True}]}
    )

    text: str = Field("", max_length=5000)
    put_right: bool


class ExtendForm(BaseModel):
    """How many working days in all, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"days": 15, "reason": "需与其他部门会商。"}]}
    )

    days: int
    reason: str = Field("", max_length=1000)


class VisitAnswer(Written):
    """The visit's number, and what its QR code says."""

    number: str
    qr_text: str


class VisitShown(BaseModel):
    """What whoever holds the number sees before rating."""

    department: str
    about: str
    day: date


class VisitNumber(VisitShown):
    """The number by which a visit is rated, and what its QR code says."""

    number: str
    qr_text: str


class PublicRating(BaseModel):
    """A rating as everybody may read it."""

    title: str
    grade: int
    tags: list[str]
    text: str
    given_on: date
    reply: str | None


class RatingDetail(PublicRating):
    """A rating as the rater and the rated department see it."""

    id: str
    kind: str
    department: str | None
    item: str | None
    enterprise: str | None
    channel: str
    anonymous: bool
    open: bool
    status: str
    reason: str | None
    follow_up_due_on: date | None
    provisional: bool
    overdue: bool
    follow_up: str | None
    put_right: bool | None
    followed_up_on: date | None
    in_time: bool | None


class Figures(BaseModel):
    """Counted from given ratings alone; what was not rated stands apart and is nobody's satisfaction."""

    grades: dict[int, int] = Field(description="各等级的评价数，5 非常满意……1 非常不满意")
    given: int
    bad: int
    satisfied_percent: float | None = Field(description="基本满意及以上占已评价的百分比；没有评价时为空")
    not_rated: int = Field(description="已办结而未评价的件数，不计入满意")
    follow_ups_recorded: int
    follow_ups_in_time: int
    follow_ups_overdue: int


@router.post("/ratings", status_code=201, summary="评价已办结的诉求、申报或窗口办事")
async def give(
    form: RatingForm, runtime: Here, actor: Anybody, response: Response, key: IdempotencyKey = None
) -> Written:
    """每件事只评价一次；诉求和申报由提出的企业评价，窗口办事凭评价编号评价、无须登录；未评价的不视为满意。"""
    if actor is None and form.kind != "counter":
        raise SignInRequired("请先以提出诉求或申报的企业账号登录，再进行评价。")
    return written(runtime, await give_rating(runtime, form, actor, key), response)


@router.post("/visits-at-counter", status_code=201, summary="登记窗口办事，取得评价编号")
async def visited(
    form: VisitForm, runtime: Here, actor: Clerk, response: Response, key: IdempotencyKey = None
) -> VisitAnswer:
    """编号或二维码交给办事人，30天内可评价一次。"""
    receipt = await record_visit(runtime, form, actor, key)
    answer = written(runtime, receipt, response)
    return VisitAnswer(**answer.model_dump(), number=answer.id, qr_text=f"/rate?kind=counter&key={answer.id}")


@router.get("/visits-at-counter/of/{visit}", dependencies=[Caught], summary="窗口办理结束后的评价编号")
async def rating_number(
    visit: Annotated[str, Path(max_length=40, description="窗口办理编号")], runtime: Here, actor: Somebody
) -> VisitNumber:
    """窗口人员把编号或二维码交给办理人，办理人凭编号评价；办理人也可以登录后凭窗口办理编号自行查询。"""
    known = await recorded(runtime, visit, actor)
    told = known.model_dump(include={"department", "about", "day", "number"})
    return VisitNumber(**told, qr_text=f"/rate?kind=counter&key={known.number}")


@router.get("/visits-at-counter/{number}", dependencies=[Caught], summary="凭评价编号查看窗口办事")
async def visit_of(number: str, runtime: Here) -> VisitShown:
    matter = await visit_matter(runtime, number)
    return VisitShown(department=matter.department or "", about=matter.title, day=matter.finished_on)


@router.get("/rating-tags", summary="可选的评价标签")
async def tags(runtime: Here) -> list[str]:
    return runtime.settings.rating_tags


@router.get("/ratings", dependencies=[Caught], summary="本部门收到的评价，最新的在前")
async def ratings(
    runtime: Here,
    actor: Staff,
    department: Annotated[DepartmentCode | None, Query(description="被评价部门")] = None,
    status: Annotated[str | None, Query(pattern="^(given|approved|hidden)$", description="审核状态")] = None,
    bad: Annotated[bool | None, Query(description="只看差评")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RatingDetail]:
    """部门工作人员只看到本部门的评价；热线、城运中心和市数政局看到全部。匿名评价不显示企业。"""
    chosen: list[Any] = []
    wanted = department if actor.has(*DESK) else (actor.department or "")
    if wanted is not None:
        chosen.append(RatingRow.department == wanted)
    if status:
        chosen.append(RatingRow.status == status)
    if bad is not None:
        chosen.append(col(RatingRow.grade) <= 2 if bad else col(RatingRow.grade) > 2)
    rows = await _page(runtime, chosen, limit, cursor)
    return Page(items=[_detail(row, hide=row.anonymous) for row in rows.items], next=rows.next)


@router.get("/ratings/mine", dependencies=[Caught], summary="本企业作出的评价及回复")
async def mine(runtime: Here, actor: Somebody, limit: Limit = 50, cursor: Cursor = None) -> Page[RatingDetail]:
    rows = await _page(runtime, [RatingRow.enterprise == (actor.enterprise or "")], limit, cursor)
    return Page(items=[_detail(row, hide=False) for row in rows.items], next=rows.next)


@router.get("/ratings/public", dependencies=[Caught], summary="已公开的评价，最新的在前")
async def public(
    runtime: Here,
    department: DepartmentCode | None = None,
    item: Annotated[str | None, Query(max_length=60, description="事项编码")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[PublicRating]:
    """只列出评价人同意公开且审核通过的评价。"""
    chosen = [RatingRow.status == "approved", col(RatingRow.open).is_(True), *_about(RatingRow, department, item)]
    rows = await _page(runtime, chosen, limit, cursor)
    shown = [PublicRating(**row.model_dump(include=set(PublicRating.model_fields))) for row in rows.items]
    return Page(items=shown, next=rows.next)


@router.get("/ratings/figures", dependencies=[Caught], summary="评价统计")
async def figures(
    runtime: Here,
    department: DepartmentCode | None = None,
    item: Annotated[str | None, Query(max_length=60, description="事项编码")] = None,
) -> Figures:
    """满意率只按已作出的评价计算；未评价的单列，不视为满意。"""
    chosen = _about(RatingRow, department, item)
    by = (col(RatingRow.grade), col(RatingRow.in_time), col(RatingRow.overdue))
    unrated = select(func.count()).where(col(MatterRow.rated).is_(False), *_about(MatterRow, department, item))
    async with runtime.reads.session() as session:
        counted = (await session.execute(select(*by, func.count()).where(*chosen).group_by(*by))).all()
        not_rated = int((await session.execute(unrated)).scalar_one())
    grades = {grade: sum(n for each, _, _, n in counted if each == grade) for grade in (5, 4, 3, 2, 1)}
    given = sum(grades.values())
    bad = grades[1] + grades[2]
    return Figures(
        grades=grades,
        given=given,
        bad=bad,
        satisfied_percent=round(100 * (given - bad) / given, 1) if given else None,
        not_rated=not_rated,
        follow_ups_recorded=sum(n for _, in_time, _, n in counted if in_time is not None),
        follow_ups_in_time=sum(n for _, in_time, _, n in counted if in_time),
        follow_ups_overdue=sum(n for _, _, overdue, n in counted if overdue),
    )


@router.post("/ratings/{key}/approve", summary="公开评价")
async def approve(key: str, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None) -> Written:
    return await _done(runtime, key, ApproveRating(), actor, response, sent)


@router.post("/ratings/{key}/hide", summary="不公开评价")
async def hide(
    key: str, form: HideForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """须写明理由；差评只能由市数政局隐藏，隐藏后仍计入统计。"""
    return await _done(runtime, key, HideRating(reason=form.reason), actor, response, sent)


@router.post("/ratings/{key}/reply", summary="回复评价")
async def reply(
    key: str, form: RatingReplyForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    return await _done(runtime, key, ReplyToRating(text=form.text), actor, response, sent)


@router.post("/ratings/{key}/follow-up", summary="登记差评整改结果")
async def follow_up(
    key: str, form: FollowUpForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    return await _done(runtime, key, RecordFollowUp(**form.model_dump()), actor, response, sent)


@router.post("/ratings/{key}/extend", summary="延长差评整改期限")
async def extend(
    key: str, form: ExtendForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """到期前可延长一次，最长15个工作日，须写明理由。"""
    return await _done(runtime, key, ExtendFollowUp(**form.model_dump()), actor, response, sent)


async def _done(
    runtime: Runtime, key: str, command: RatingCommand, actor: Actor, response: Response, sent: str | None
) -> Written:
    return written(runtime, await runtime.execute(rating, key, command, actor, idempotency_key=sent), response)


def _detail(row: RatingRow, *, hide: bool) -> RatingDetail:
    shown = RatingDetail(**row.model_dump(include=set(RatingDetail.model_fields)))
    return shown.model_copy(update={"enterprise": None}) if hide else shown


def _about(model: type[RatingRow] | type[MatterRow], department: str | None, item: str | None) -> list[Any]:
    wanted = {"department": department, "item": item}
    return [getattr(model, name) == value for name, value in wanted.items() if value is not None]


async def _page(runtime: Runtime, chosen: Sequence[Any], limit: int, cursor: str | None) -> Page[RatingRow]:
    query = select(RatingRow).where(*chosen).order_by(col(RatingRow.position).desc()).limit(limit + 1)
    if (start := after_position(cursor)) is not None:
        query = query.where(col(RatingRow.position) < start)
    return page(await runtime.reads.all(RatingRow, query), limit, lambda row: str(row.position))
