"""Interpretations (政策解读) and special articles (专题文章) of a department (article 9); pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.policy.decider.rights import require_editor
from services.policy.events.catalogue import Lines
from services.policy.events.participation import (
    ArticleAmended,
    ArticleDrafted,
    ArticleKind,
    ArticlePublished,
    ArticleWithdrawn,
    SubjectRef,
)
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

ArticleCode = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,59}$",
        description="文章编码：字母、数字、点、横线和下划线，全平台唯一",
        examples=["gxj-jd-2026-001"],
    ),
]


class ArticleContent(BaseModel):
    """An article as its department writes it; what is missing is named by the decision, all at once."""

    model_config = ConfigDict(str_strip_whitespace=True)

    code: ArticleCode
    kind: ArticleKind
    department: DepartmentCode
    title: str = Field("", max_length=300)
    summary: str = Field("", max_length=2000)
    body: str = Field("", max_length=200_000)
    themes: Lines = Field((), max_length=50)


class DraftArticle(ArticleContent, Command):
    """Write an article down, or anew. `about` is what it is about; an interpretation is about a document or an item."""

    about: SubjectRef | None = None


class PublishArticle(Command):
    """Show what was drafted to everybody. `about` is its subject as it is now, None when it has none (or no more)."""

    about: SubjectRef | None = None


class AmendArticle(ArticleContent, Command):
    """The whole new content of a public article; what it is about stays."""

    about: SubjectRef | None = None
    reason: str = Field("", max_length=1000)
    expected_revision: int


class WithdrawArticle(Command):
    """Take an article back from the public; its text stays with the department."""

    model_config = ConfigDict(
        str_strip_whitespace=True, json_schema_extra={"examples": [{"reason": "内容有误，更正后重新公布。"}]}
    )

    reason: str = Field("", max_length=1000)


ArticleCommand = DraftArticle | PublishArticle | AmendArticle | WithdrawArticle


class ArticleState(State):
    """`draft` is what was written last, published or not; `revision` counts publications and amendments."""

    draft: ArticleDrafted
    public: bool = False
    revision: int = 0


def decide(state: ArticleState | None, command: ArticleCommand, context: Context) -> Sequence[Event]:
    """Drafted as often as one likes, published, amended with a reason, withdrawn, and perhaps published again."""
    if isinstance(command, DraftArticle):
        return _draft(state, command, context)
    if state is None:
        raise Refused("policy.article-unknown", "没有这篇文章，请核对编码。", because=Because.NOT_FOUND)
    require_editor(context.actor, state.draft.department, "办理文章")
    match command:
        case PublishArticle(about=about):
            return _publish(state, about, context)
        case AmendArticle():
            return _amend(state, command, context)
        case WithdrawArticle(reason=reason):
            if not state.public:
                return []
            if not reason.strip():
                raise _invalid(list(_errors_in_reason(reason)))
            known = state.draft
            return [ArticleWithdrawn(code=known.code, kind=known.kind, department=known.department, reason=reason)]


def _draft(state: ArticleState | None, command: DraftArticle, context: Context) -> Sequence[Event]:
    require_editor(context.actor, command.department, "编写文章")
    if state is not None and state.draft.department != command.department:
        raise _taken("department", "该文章编码已由其他部门使用，请换一个编码。")
    if state is not None and state.public:
        raise _taken("code", f"文章 {command.code} 已公布，请改用修订，或先撤回。")
    if errors := list(_errors_in_subject(command.kind, command.department, command.about, context)):
        raise _invalid(errors)
    drafted = ArticleDrafted(**dict(command))
    return [] if state is not None and _said(state.draft) == _said(drafted) else [drafted]


def _publish(state: ArticleState, about: SubjectRef | None, context: Context) -> Sequence[Event]:
    if state.public:
        return []
    now = state.draft.model_copy(update={"about": about if state.draft.about else None})
    _require_publishable(now, bool(state.draft.about), context)
    return [ArticlePublished(**dict(now), revision=state.revision + 1)]


def _amend(state: ArticleState, command: AmendArticle, context: Context) -> Sequence[Event]:
    if not state.public:
        raise Refused("policy.article-not-public", "文章尚未公布或已撤回，请先保存草稿并发布。")
    if command.expected_revision != state.revision:
        title = f"文章现为第{state.revision}次公布的内容，请刷新后在最新内容上修订。"
        raise Refused(
            "policy.revision-moved", title, [FieldError(field="expected_revision", code="moved", message=title)]
        )
    said = ArticleDrafted(**{field: getattr(command, field) for field in ArticleDrafted.model_fields})
    now = said.model_copy(update={"about": command.about if state.draft.about else None})
    fixed = [
        FieldError(
            field=field, code="fixed", message="修订不能更改文章的编码、类别和部门，请核对；如需更换，请另行发布。"
        )
        for field in ("code", "kind", "department")
        if getattr(now, field) != getattr(state.draft, field)
    ]
    _require_publishable(now, bool(state.draft.about), context, [*fixed, *_errors_in_reason(command.reason)])
    if _said(now) == _said(state.draft):
        raise Refused("policy.nothing-changed", "修订内容与现有内容完全相同，请核对后再提交。", because=Because.INVALID)
    return [ArticleAmended(**dict(now), revision=state.revision + 1, reason=command.reason)]


def _said(draft: ArticleDrafted) -> dict[str, object]:
    """What an article says; that its subject was renamed meanwhile is no change of it."""
    return draft.model_dump(exclude={"about"}) | {"about": draft.about and (draft.about.kind, draft.about.key)}


def _require_publishable(
    now: ArticleDrafted, has_subject: bool, context: Context, found: Sequence[FieldError] = ()
) -> None:
    """Raises `Refused` with everything that is missing."""
    errors = list(found)
    for field, name in (("title", "标题"), ("summary", "摘要"), ("body", "正文")):
        if not getattr(now, field).strip():
            errors.append(FieldError(field=field, code="missing", message=f"缺少{name}，请填写。"))
    if has_subject and now.about is None:
        errors.append(
            FieldError(field="about", code="unknown", message="所解读的文件或事项已不存在，请核对后重新编写。")
        )
    elif now.about is not None and not now.about.public:
        message = "所解读的文件或事项尚未公布或不公开，文章不能公布；请待其公开后再发布（第十八条）。"
        errors.append(FieldError(field="about", code="withheld", message=message))
    else:
        errors += _errors_in_subject(now.kind, now.department, now.about, context)
    if errors:
        raise _invalid(errors)


def _errors_in_subject(
    kind: ArticleKind, department: str, about: SubjectRef | None, context: Context
) -> Iterator[FieldError]:
    if about is None:
        if kind == "interpretation":
            message = "政策解读须指明所解读的文件或事项，请填写。"
            yield FieldError(field="about", code="missing", message=message)
        return
    if about.kind == "article":
        yield FieldError(field="about", code="kind", message="文章只能针对文件或事项，请重新选择。")
    elif not about.public and not context.actor.of_department(about.department):
        # Of what another department withholds or drafts, not even that it is there is told.
        yield FieldError(field="about", code="unknown", message="没有找到所解读的文件或事项，请核对。")
    elif kind == "interpretation" and about.department != department and not context.actor.has(Role.DATA_BUREAU):
        message = "政策解读由制定该政策的部门编写，请联系该部门，或改为专题文章。"
        yield FieldError(field="about", code="not-yours", message=message)


def _errors_in_reason(reason: str) -> Iterator[FieldError]:
    if not reason.strip():
        yield FieldError(field="reason", code="missing", message="请写明理由。")


def _invalid(errors: Sequence[FieldError]) -> Refused:
    title = f"文章有{len(errors)}处需要改正，请逐项改正后重新提交。"
    return Refused("policy.article-invalid", title, errors, Because.INVALID)


def _taken(field: str, message: str) -> Refused:
    return Refused("policy.article-exists", message, [FieldError(field=field, code="taken", message=message)])


def evolve(state: ArticleState | None, event: Event) -> ArticleState:
    match event:
        case ArticleDrafted():
            return state.model_copy(update={"draft": event}) if state else ArticleState(draft=event)
        case ArticlePublished(revision=revision) | ArticleAmended(revision=revision):
            said = ArticleDrafted(**{field: getattr(event, field) for field in ArticleDrafted.model_fields})
            return ArticleState(draft=said, public=True, revision=revision)
        case ArticleWithdrawn() if state:
            return state.model_copy(update={"public": False})
        case _:
            raise AssertionError(f"no event of an article: {event.TOPIC}")


article = Decider("article", ArticleState, decide, evolve)
