"""Doors of comments (政策评论): users comment, departments moderate and answer (article 22(3))."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlmodel import col, select

from services.policy.api.asking import Editor
from services.policy.decider.comment import (
    MOST_CHARACTERS,
    ApproveComment,
    CommentsState,
    ModerationCommand,
    RejectComment,
    ReplyToComment,
    Status,
    SubmitComment,
    comment,
    comments,
)
from services.policy.events.participation import CommentSubmitted, SubjectKind, SubjectRef
from services.policy.keys import SubjectKey
from services.policy.participation.people import place_of
from services.policy.participation.subjects import subject_of
from services.policy.readmodels.comments import CommentRow
from shared.calendar import civil_date
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
    page,
    written,
)
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(prefix="/comments", tags=["政策评论"])
MINE_DAYS = 90  # for which somebody's own comments are looked up
GONE = "（内容已不再公开）"
_KIND: TypeAdapter[SubjectKind] = TypeAdapter(SubjectKind)
AUTHORS = {"enterprise": "企业用户", "individual": "个人用户"}


class SubjectForm(BaseModel):
    """A document (by its key), an item or an article (by its code)."""

    model_config = ConfigDict(extra="forbid")

    kind: SubjectKind
    key: SubjectKey


class CommentForm(BaseModel):
    """A comment as it comes in."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={
            "examples": [{"about": {"kind": "item", "key": "gxj-2026-001"}, "text": "希望说明旧设备能否申报。"}]
        },
    )

    about: SubjectForm
    text: str = Field("", max_length=MOST_CHARACTERS)


class RejectForm(BaseModel):
    """Why a comment is kept from the public; its author can read it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "含有联系方式，请删去后重新发表。"}]}
    )

    reason: str = Field("", max_length=1000)


class ReplyForm(BaseModel):
    """The department's answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reply": "购置满一年的设备可以申报。"}]})

    reply: str = Field("", max_length=5000)


class PublicComment(BaseModel):
    """A comment as everybody may read it."""

    id: str
    author: str = Field(description="企业用户或个人用户")
    text: str
    day: date
    reply: str | None
    replied_at: datetime | None


class OwnComment(PublicComment):
    """A comment as its author and the department see it."""

    about_kind: SubjectKind
    about_key: str
    about_title: str
    department: str
    status: Status
    reason: str | None


def _public(row: CommentRow) -> PublicComment:
    return PublicComment(**row.model_dump(include=set(PublicComment.model_fields)) | {"author": AUTHORS[row.author]})


def _own(row: CommentRow) -> OwnComment:
    return OwnComment(**row.model_dump(include=set(OwnComment.model_fields)) | {"author": AUTHORS[row.author]})


@router.post("", status_code=201, summary="发表评论")
async def submit(
    form: CommentForm, runtime: Here, actor: Somebody, response: Response, key: IdempotencyKey = None
) -> Written:
    """对已公开的文件、事项或文章发表评论，经主管部门审核后公开；公开时只标明企业用户或个人用户，每人每天最多10条。"""
    about = await _public_subject(runtime, form.about.kind, form.about.key)
    place = place_of(runtime.settings.require_secret(), actor.subject, civil_date(runtime.clock.now()))
    command = SubmitComment(place=place, about=about, text=form.text)
    receipt = await runtime.execute(comments, place, command, actor, idempotency_key=key)
    state: CommentsState = await runtime.state(comments, place)
    return written(runtime, receipt, response, state.same(about, form.text))


@router.get("", dependencies=[Caught], summary="已公开的评论，最新的在前")
async def public_comments(
    runtime: Here,
    kind: SubjectKind,
    key: Annotated[str, Query(max_length=60, description="文件编号、事项编码或文章编码")],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[PublicComment]:
    await _public_subject(runtime, kind, key)
    chosen = (CommentRow.about_kind == kind, CommentRow.about_key == key, CommentRow.status == "approved")
    rows = await _page(runtime, chosen, limit, cursor)
    return Page(items=[_public(row) for row in rows.items], next=rows.next)


@router.get("/mine", dependencies=[Caught], summary="我的评论及审核结果")
async def my_comments(runtime: Here, actor: Somebody) -> list[OwnComment]:
    """近90天内发表的评论；未公开的写明理由。"""
    today, secret = civil_date(runtime.clock.now()), runtime.settings.require_secret()
    places = [place_of(secret, actor.subject, today - timedelta(days=n)) for n in range(MINE_DAYS)]
    query = select(CommentRow).where(col(CommentRow.place).in_(places)).order_by(col(CommentRow.position).desc())
    rows = await runtime.reads.all(CommentRow, query)
    shown = {about: await _is_public(runtime, *about) for about in {(row.about_kind, row.about_key) for row in rows}}
    return [
        _own(row) if shown[(row.about_kind, row.about_key)] else _own(row).model_copy(update={"about_title": GONE})
        for row in rows
    ]


@router.get("/moderation", dependencies=[Caught], summary="本部门待审核和已审核的评论")
async def to_moderate(
    runtime: Here, actor: Editor, status: Status = "submitted", limit: Limit = 50, cursor: Cursor = None
) -> Page[OwnComment]:
    chosen = [CommentRow.status == status]
    if not actor.of_department(None):
        chosen.append(CommentRow.department == actor.department)
    rows = await _page(runtime, chosen, limit, cursor)
    return Page(items=[_own(row) for row in rows.items], next=rows.next)


@router.post("/{name}/approve", dependencies=[Caught], summary="公开评论")
async def approve(name: str, runtime: Here, actor: Editor, response: Response) -> Written:
    submitted = await _submitted(runtime, name, actor)
    public = await _is_public(runtime, submitted.about.kind, submitted.about.key)
    return await _done(runtime, ApproveComment(submitted=submitted, public=public), actor, response)


@router.post("/{name}/reject", dependencies=[Caught], summary="不予公开或撤下评论")
async def reject(name: str, form: RejectForm, runtime: Here, actor: Editor, response: Response) -> Written:
    """须写明理由，提交人可以看到。"""
    submitted = await _submitted(runtime, name, actor)
    return await _done(runtime, RejectComment(submitted=submitted, reason=form.reason), actor, response)


@router.post("/{name}/reply", dependencies=[Caught], summary="回复评论")
async def reply(name: str, form: ReplyForm, runtime: Here, actor: Editor, response: Response) -> Written:
    """回复随评论公开；再次回复的，以新的为准。"""
    submitted = await _submitted(runtime, name, actor)
    return await _done(runtime, ReplyToComment(submitted=submitted, reply=form.reply), actor, response)


async def _public_subject(runtime: Runtime, kind: SubjectKind, key: str) -> SubjectRef:
    """What may be commented; of what is withheld, not even that it is there is told (article 18)."""
    about = await subject_of(runtime, kind, key)
    return found(about if about and about.public else None, "文件、事项或文章")


async def _is_public(runtime: Runtime, kind: str, key: str) -> bool:
    about = await subject_of(runtime, _KIND.validate_python(kind), key)
    return about is not None and about.public


async def _submitted(runtime: Runtime, name: str, actor: Actor) -> CommentSubmitted:
    """A comment of the actor's department, from the record."""
    row = found(await runtime.reads.one(CommentRow, name), "评论")
    if not actor.of_department(row.department):
        title = f"该评论由部门 {row.department} 审核和回复，请联系该部门。"
        raise Refused("policy.not-your-department", title, because=Because.FORBIDDEN)
    state: CommentsState = await runtime.state(comments, row.place)
    return state.comments[name]


async def _done(runtime: Runtime, command: ModerationCommand, actor: Actor, response: Response) -> Written:
    return written(runtime, await runtime.execute(comment, command.submitted.comment, command, actor), response)


async def _page(runtime: Runtime, chosen: Sequence[Any], limit: int, cursor: str | None) -> Page[CommentRow]:
    query = select(CommentRow).where(*chosen).order_by(col(CommentRow.position).desc()).limit(limit + 1)
    if (start := after_position(cursor)) is not None:
        query = query.where(col(CommentRow.position) < start)
    return page(await runtime.reads.all(CommentRow, query), limit, lambda row: str(row.position))
