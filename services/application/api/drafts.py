"""Doors of drafts (草稿): begun before an account is verified, filled in by several, handed in once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import and_, col, or_, select

from services.application.answering import form_of, opened
from services.application.api.acting import Preparing, VisitKey
from services.application.decider.draft import DraftState, Kept, draft
from services.application.definition.answers import judge
from services.application.definition.changes import changes
from services.application.drafting.commands import (
    SaveForm,
    begin_draft,
    drop_draft,
    renew_draft,
    save_draft,
    submit_draft,
)
from services.application.readmodels.drafts import DraftRow
from services.application.receipts import SubmissionReceipt, receipt_of
from shared.eventstore.decider import Because, FieldError, Refused
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
    page,
    written,
)

router = APIRouter(tags=["草稿"])
Key = Annotated[str, Path(max_length=40, description="草稿编号")]


class BeginForm(BaseModel):
    """For which item; a clerk at the counter begins one for the enterprise of a visit."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"item_code": "gxj-2026-001"}]})

    item_code: str = Field(min_length=1, max_length=80)
    visit: str | None = Field(None, max_length=40, description="窗口人员代办时填写窗口办理编号")


class Answer(BaseModel):
    """An answer, and who gave it in which revision."""

    value: Any
    revision: int
    by: str


class Newer(BaseModel):
    """The form has a newer version, which asks this otherwise."""

    version: int
    changes: list[str]


class DraftShown(BaseModel):
    """A draft as it stands. `aside`: what others wrote at the same time, to choose from; `left`: answers that a newer form
    does not ask for; `missing`: what would be said if it were submitted now."""

    key: str
    item_code: str
    item_title: str
    enterprise: str | None
    status: str
    number: str | None
    form: int
    newer: Newer | None
    revision: int
    answers: dict[str, Answer]
    aside: dict[str, list[Answer]]
    left: dict[str, Answer]
    missing: list[FieldError]
    changes: list[dict[str, Any]]


class DraftListed(BaseModel):
    """A draft in a list."""

    key: str
    item_code: str
    item_title: str
    enterprise: str | None
    status: str
    number: str | None
    changed_at: datetime


@router.post("/drafts", status_code=201, summary="开始一份草稿", dependencies=[Caught])
async def begun(
    form: BeginForm, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
) -> Written:
    """企业认证前即可填写，认证后提交；已知的企业画像自动填入并注明来源。"""
    return written(runtime, await begin_draft(runtime, actor, form.item_code, sent, form.visit), response)


@router.get("/drafts", dependencies=[Caught], summary="本人与本企业的草稿")
async def drafts(runtime: Here, actor: Preparing, limit: Limit = 50, cursor: Cursor = None) -> Page[DraftListed]:
    query = select(DraftRow).where(DraftRow.status == "open").order_by(col(DraftRow.key)).limit(limit + 1)
    own = [and_(DraftRow.owner == actor.subject, col(DraftRow.enterprise).is_(None))]
    if actor.enterprise:
        own.append(col(DraftRow.enterprise) == actor.enterprise)
    query = query.where(or_(*own))
    if start := after(cursor):
        query = query.where(col(DraftRow.key) > start)
    rows = page(await runtime.reads.all(DraftRow, query), limit, lambda row: row.key)
    return Page(items=[DraftListed(**row.model_dump()) for row in rows.items], next=rows.next)


@router.get("/drafts/{key}", dependencies=[Caught], summary="一份草稿")
async def one_draft(key: Key, runtime: Here, actor: Preparing) -> DraftShown:
    """内容、填写人、不同的填写、表单的新版本，以及现在提交还差什么。"""
    state: DraftState = found(await runtime.state(draft, key), "草稿")
    if not state.is_of(actor):
        title = "只有草稿所属企业的人员可以查看，企业认证前只有填写人可以查看。"
        raise Refused("application.draft-not-yours", title, because=Because.FORBIDDEN)
    forms = found(await form_of(runtime, state.item_code), "表单")
    form, current = forms.of(state.form), forms.of(None)
    row = await runtime.reads.one(DraftRow, key)

    async def shown(name: str, kept: Kept) -> Answer:
        value = (await opened(runtime, {name: kept.value}))[name]
        return Answer(value=value, revision=kept.revision, by=kept.by)

    answers = {name: await shown(name, kept) for name, kept in state.fields.items() if kept.value is not None}
    return DraftShown(
        **state.model_dump(include={"item_code", "item_title", "enterprise", "status", "number", "form", "revision"}),
        key=key,
        newer=Newer(version=forms.version, changes=changes(form, current)) if state.form < forms.version else None,
        answers=answers,
        aside={name: [await shown(name, kept) for kept in others] for name, others in state.aside.items()},
        left={name: await shown(name, kept) for name, kept in state.left.items()},
        missing=judge(form, {name: each.value for name, each in answers.items()}).errors,
        changes=row.changes if row else [],
    )


@router.post("/drafts/{key}/save", summary="保存草稿")
async def saved(
    key: Key, form: SaveForm, runtime: Here, actor: Preparing, response: Response, sent: IdempotencyKey = None
) -> Written:
    """只需写改动的项。别人在 base 之后改过的项不被覆盖：两种填写都保留，由填写人选定。"""
    return written(runtime, await save_draft(runtime, actor, key, form, sent), response)


@router.post("/drafts/{key}/renew", summary="改用表单的新版本")
async def renewed(key: Key, runtime: Here, actor: Preparing, response: Response) -> Written:
    """已填的内容保留；新版本不再需要的项移到一旁。"""
    return written(runtime, await renew_draft(runtime, actor, key), response)


@router.post("/drafts/{key}/submit", status_code=201, summary="提交草稿")
async def submitted(
    key: Key,
    runtime: Here,
    actor: Somebody,
    response: Response,
    sent: IdempotencyKey = None,
    visit: VisitKey = None,
) -> SubmissionReceipt:
    """成为一件申报，并给出回执；有错时一次列出，草稿不变。"""
    receipt = await submit_draft(runtime, actor, key, sent, visit)
    return await receipt_of(runtime, written(runtime, receipt, response))


@router.post("/drafts/{key}/drop", summary="删除草稿")
async def dropped(key: Key, runtime: Here, actor: Preparing, response: Response) -> Written:
    return written(runtime, await drop_draft(runtime, actor, key), response)
