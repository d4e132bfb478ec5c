"""Published by policy: articles, comments, visits, and items with problems. No person stands in any of them."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Published

SubjectKind = Literal["document", "item", "article"]


class ArticlePublished(Published):
    """An interpretation or a special article is public, as its `revision` (article 9); from the second on it says
    something else than before, or is public again. What it is about is `document_id` or `item_id`, or nothing.
    """

    TYPE: ClassVar[str] = "policy.article-published"
    TITLE: ClassVar[str] = "政策解读或专题文章已公布"

    article_id: str
    kind: Literal["interpretation", "special"]
    title: str
    summary: str
    department: str
    document_id: str | None = None
    item_id: str | None = None
    themes: tuple[str, ...] = ()
    revision: int = 1


class ArticleWithdrawn(Published):
    """An article is no longer public: what was heard of it is to be taken down."""

    TYPE: ClassVar[str] = "policy.article-withdrawn"
    TITLE: ClassVar[str] = "政策解读或专题文章已撤回"

    article_id: str
    department: str


class CommentPublished(Published):
    """A comment was let through by the department it concerns (article 22(3)); of its author only the kind is told."""

    TYPE: ClassVar[str] = "policy.comment-published"
    TITLE: ClassVar[str] = "政策评论已公开"

    comment_id: str
    about_kind: SubjectKind
    about_id: str
    about_title: str
    department: str
    author: Literal["enterprise", "individual"]
    text: str
    submitted_on: date


class CommentWithdrawn(Published):
    """A comment is no longer public: what was heard of it is to be taken down."""

    TYPE: ClassVar[str] = "policy.comment-withdrawn"
    TITLE: ClassVar[str] = "政策评论已撤下"

    comment_id: str
    department: str


class ViewCount(BaseModel):
    """How often one thing was looked at."""

    model_config = ConfigDict(frozen=True)

    kind: SubjectKind
    key: str
    department: str
    views: int


class ViewsCounted(Published):
    """How often things were looked at by the public on `day`, since the last such event: to be added up (article 24)."""

    TYPE: ClassVar[str] = "policy.views-counted"
    TITLE: ClassVar[str] = "访问次数"

    day: date
    counts: tuple[ViewCount, ...]


class Finding(BaseModel):
    """A rule that holds for an item, with the figures it rests on."""

    model_config = ConfigDict(frozen=True)

    rule: str
    figures: dict[str, int]
    sentence: str


class ItemFlagged(Published):
    """An item has concentrated problems, and its department is to say what it does about them (article 22(4))."""

    TYPE: ClassVar[str] = "policy.item-flagged"
    TITLE: ClassVar[str] = "事项实施评估发现问题"

    item_id: str
    title: str
    department: str
    findings: tuple[Finding, ...]
