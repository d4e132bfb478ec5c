"""Doors of interpretations (政策解读) and special articles (专题文章), article 9."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, exists, or_, true
from sqlmodel import col, select

from services.policy.api.asking import Editor, OfDepartment, OfTheme
from services.policy.api.viewing import Viewed
from services.policy.decider.article import (
    AmendArticle,
    ArticleContent,
    ArticleState,
    DraftArticle,
    PublishArticle,
    WithdrawArticle,
    article,
)
from services.policy.events.participation import ArticleKind, SubjectRef
from services.policy.keys import SubjectKey
from services.policy.participation.subjects import as_it_is_now, subject_of
from services.policy.readmodels.articles import ArticleRow
from services.policy.readmodels.catalogue import DocumentRow, ItemRow
from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import (
    Anybody,
    Caught,
    Cursor,
    Here,
    IdempotencyKey,
    Limit,
    Page,
    SignInRequired,
    Written,
    after_position,
    found,
    page,
    written,
)
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(prefix="/articles", tags=["政策解读与专题文章"])
AboutKind = Literal["document", "item"]


class AboutForm(BaseModel):
    """The document (by its key) or the item (by its code) that an article is about."""

    model_config = ConfigDict(extra="forbid")

    kind: AboutKind
    key: SubjectKey


_EXAMPLE: dict[str, Any] = {
    "code": "gxj-jd-2026-001",
    "kind": "interpretation",
    "department": "gxj",
    "title": "技术改造设备补助政策解读（样例）",
    "summary": "说明补助对象、比例和申报时间。",
    "body": "一、哪些企业可以申报。二、补助多少。三、怎样申报。",
    "themes": ["技术改造"],
    "about": {"kind": "item", "key": "gxj-2026-001"},
}


class ArticleForm(ArticleContent):
    """An article as it comes in."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    about: AboutForm | None = None


class AmendForm(ArticleContent):
    """The whole new content of a public article."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {k: v for k, v in _EXAMPLE.items() if k != "about"}
                | {"expected_revision": 1, "reason": "补充申报材料的说明。"}
            ]
        },
    )

    expected_revision: int = Field(description="所依据的现行版次，已变动则拒绝")
    reason: str = Field("", max_length=1000)


async def _about(runtime: Runtime, form: AboutForm | None) -> SubjectRef | None:
    if form is None:
        return None
    about = await subject_of(runtime, form.kind, form.key)
    if about is None:
        message = "没有找到所解读的文件或事项，请核对。"
        errors = [FieldError(field="about", code="unknown", message=message)]
        raise Refused("policy.article-invalid", "文章有1处需要改正，请逐项改正后重新提交。", errors, Because.INVALID)
    return about


async def _about_now(runtime: Runtime, code: str) -> SubjectRef | None:
    """What a known article is about, as it is now."""
    state: ArticleState | None = await runtime.state(article, code)
    return await as_it_is_now(runtime, state.draft.about) if state else None


@router.post("/drafts", status_code=201, summary="保存文章草稿")
async def save_draft(
    form: ArticleForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """草稿可以不完整，可以反复修改，只有本部门与市数政局可见；政策解读须指明所解读的文件或事项。"""
    command = DraftArticle(**form.model_dump(exclude={"about"}), about=await _about(runtime, form.about))
    return written(runtime, await runtime.execute(article, form.code, command, actor, idempotency_key=key), response)


@router.post("/{code}/publish", summary="公布文章")
async def publish(code: str, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None) -> Written:
    """针对不公开文件或事项的文章不能公布（第十八条）；缺项一次列明。"""
    command = PublishArticle(about=await _about_now(runtime, code))
    return written(runtime, await runtime.execute(article, code, command, actor, idempotency_key=key), response)


@router.post("/{code}/revisions", status_code=201, summary="修订已公布的文章")
async def amend(
    code: str, form: AmendForm, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """提交修订后的全部内容和理由；所针对的文件或事项不变。"""
    command = AmendArticle(**form.model_dump(), about=await _about_now(runtime, code))
    return written(runtime, await runtime.execute(article, code, command, actor, idempotency_key=key), response)


@router.post("/{code}/withdraw", summary="撤回文章")
async def withdraw(
    code: str, form: WithdrawArticle, runtime: Here, actor: Editor, response: Response, key: IdempotencyKey = None
) -> Written:
    """撤回后不再公开，内容留在本部门，可修改后重新公布。"""
    return written(runtime, await runtime.execute(article, code, form, actor, idempotency_key=key), response)


@router.get(
    "",
    dependencies=[Caught],
    summary="文章目录，最新公布的在前",
    response_model_exclude={"items": {"__all__": {"body"}}},
)
async def articles(
    runtime: Here,
    actor: Anybody,
    kind: ArticleKind | None = None,
    about_kind: AboutKind | None = None,
    about_key: Annotated[str | None, Query(max_length=60, description="文件编号或事项编码")] = None,
    department: OfDepartment = None,
    theme: OfTheme = None,
    drafts: Annotated[bool, Query(description="同时列出本部门未公布的文章，须登录")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ArticleRow]:
    """目录不含正文，正文请查看单篇文章。"""
    if drafts and actor is None:
        raise SignInRequired("草稿只有本部门可见，请先登录。")
    shown = or_(_public(), _own(actor)) if drafts else _public()
    query = select(ArticleRow).where(shown).order_by(col(ArticleRow.position).desc()).limit(limit + 1)
    for column, wanted in (
        (ArticleRow.kind, kind),
        (ArticleRow.about_kind, about_kind),
        (ArticleRow.about_key, about_key),
        (ArticleRow.department, department),
    ):
        if wanted:
            query = query.where(col(column) == wanted)
    if theme:
        query = query.where(col(ArticleRow.themes).contains([theme]))
    if (start := after_position(cursor)) is not None:
        query = query.where(col(ArticleRow.position) < start)
    return page(await runtime.reads.all(ArticleRow, query), limit, lambda row: str(row.position))


@router.get("/{code}", dependencies=[Caught], summary="文章")
async def one_article(code: str, runtime: Here, actor: Anybody, viewed: Viewed) -> ArticleRow:
    query = select(ArticleRow).where(ArticleRow.code == code, or_(_public(), _own(actor)))
    row = found(next(iter(await runtime.reads.all(ArticleRow, query)), None), "文章")
    if row.public:
        viewed.seen("article", row.code, row.department)
    return row


def _public() -> ColumnElement[bool]:
    """Published, and about nothing that is kept from the public by now (article 18)."""
    document = exists().where(
        col(DocumentRow.id) == ArticleRow.about_key, col(DocumentRow.published), col(DocumentRow.disclosure) == "public"
    )
    item = exists().where(
        col(ItemRow.code) == ArticleRow.about_key, col(ItemRow.published), col(ItemRow.disclosure) == "public"
    )
    about = or_(
        col(ArticleRow.about_kind).is_(None),
        (col(ArticleRow.about_kind) == "document") & document,
        (col(ArticleRow.about_kind) == "item") & item,
    )
    return col(ArticleRow.public) & about


def _own(actor: Actor | None) -> ColumnElement[bool]:
    if actor is None:
        return ~true()
    return true() if actor.of_department(None) else col(ArticleRow.department) == actor.department
