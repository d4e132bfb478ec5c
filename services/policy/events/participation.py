"""What happened around documents and items: articles, comments, visits, assessment (articles 9, 22, 24)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.eventstore.events import Event

SubjectKind = Literal["document", "item", "article"]
ArticleKind = Literal["interpretation", "special"]
Author = Literal["enterprise", "individual"]
Outcome = Literal["submitted", "approved", "rejected", "not-accepted", "rated-well", "rated-bad"]


class SubjectRef(BaseModel):
    """What an article or a comment is about. `public`: published, and kept from nobody (article 18), at that moment."""

    model_config = ConfigDict(frozen=True)

    kind: SubjectKind
    key: str
    title: str
    department: str
    public: bool


class _OfArticle(Event):
    code: str
    kind: ArticleKind
    department: str
    title: str
    summary: str
    body: str
    themes: tuple[str, ...]
    about: SubjectRef | None


class ArticleDrafted(_OfArticle):
    """A department has written an article down, or anew; only it and the data bureau see it yet."""

    TOPIC: ClassVar[str] = "policy.article-drafted"


class ArticlePublished(_OfArticle):
    """An interpretation (政策解读) or a special article (专题文章) is public, as its `revision`; the first was 1."""

    TOPIC: ClassVar[str] = "policy.article-published"

    revision: int


class ArticleAmended(_OfArticle):
    """A public article now says something else, as its `revision`."""

    TOPIC: ClassVar[str] = "policy.article-amended"

    revision: int
    reason: str


class ArticleWithdrawn(Event):
    """An article is no longer public; its department may publish it again."""

    TOPIC: ClassVar[str] = "policy.article-withdrawn"

    code: str
    kind: ArticleKind
    department: str
    reason: str


class CommentSubmitted(Event):
    """Somebody has commented; nobody but the department sees it yet. Who it was stands in the record's actor alone."""

    TOPIC: ClassVar[str] = "policy.comment-submitted"

    comment: str
    about: SubjectRef
    author: Author
    text: str
    day: date


class CommentApproved(Event):
    """The department has let a comment through: everybody may read it, without its author's name."""

    TOPIC: ClassVar[str] = "policy.comment-approved"

    comment: str
    about: SubjectRef
    author: Author
    text: str
    day: date


class CommentRejected(Event):
    """The department keeps a comment from the public, or takes it back (`was_public`), for a reason its author is told."""

    TOPIC: ClassVar[str] = "policy.comment-rejected"

    comment: str
    about: SubjectRef
    reason: str
    was_public: bool


class CommentReplied(Event):
    """The department has answered a public comment; another answer replaces it."""

    TOPIC: ClassVar[str] = "policy.comment-replied"

    comment: str
    about: SubjectRef
    reply: str


class ViewCount(BaseModel):
    """How often one thing was looked at."""

    model_config = ConfigDict(frozen=True)

    kind: SubjectKind
    key: str
    department: str
    views: int


class ViewsCounted(Event):
    """How often things were looked at since the last such event of the same day; nothing of who looked is known."""

    TOPIC: ClassVar[str] = "policy.views-counted"

    day: date
    counts: tuple[ViewCount, ...]


class AssessmentBegun(Event):
    """An item is watched; by the end of `uptake_due_on`, reckoned from `watched_from`, somebody should have applied.

    None: nobody needs to apply (免申即享), or the window is not decided yet. `provisional` as in every limit.
    """

    TOPIC: ClassVar[str] = "policy.assessment-begun"

    code: str
    title: str
    department: str
    watched_from: date | None
    uptake_due_on: date | None
    provisional: bool


class OutcomeCounted(Event):
    """An application for the item has come to this."""

    TOPIC: ClassVar[str] = "policy.outcome-counted"

    code: str
    title: str
    department: str
    number: str
    outcome: Outcome


class Finding(BaseModel):
    """A rule that holds, with the figures it rests on; `sentence` says it in Chinese."""

    model_config = ConfigDict(frozen=True)

    rule: str
    figures: dict[str, int]
    sentence: str


class ItemFlagged(Event):
    """An item has concentrated problems: its department is to look at it and say what it does (article 22(4))."""

    TOPIC: ClassVar[str] = "policy.item-flagged"

    code: str
    title: str
    department: str
    findings: tuple[Finding, ...]


class AssessmentAnswered(Event):
    """The department has said what it does about what was found; figures are counted anew from here."""

    TOPIC: ClassVar[str] = "policy.assessment-answered"

    code: str
    department: str
    rules: tuple[str, ...]
    done: str


class AssessmentEnded(Event):
    """The item is no longer offered, or no longer public: nothing more is found about it."""

    TOPIC: ClassVar[str] = "policy.assessment-ended"

    code: str
    department: str
