"""Interpretations and special articles, with drafts and what was withdrawn marked as such."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.events.participation import (
    ArticleAmended,
    ArticleDrafted,
    ArticlePublished,
    ArticleWithdrawn,
)
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list

_EVENTS = (ArticleDrafted, ArticlePublished, ArticleAmended, ArticleWithdrawn)


class ArticleRow(SQLModel, table=True):
    """An article; `position` is its last place in the log and orders the list."""

    __tablename__ = "policy_articles"
    __table_args__ = (Index("policy_articles_about", "about_kind", "about_key"),)

    code: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, index=True)
    kind: str = Field(index=True)
    department: str = Field(index=True)
    title: str
    summary: str
    body: str
    themes: list[str] = Field(default_factory=empty_list, sa_type=JSONB)
    about_kind: str | None = None
    about_key: str | None = None
    about_title: str | None = None
    public: bool = False
    revision: int = 0
    reason: str | None = Field(default=None, description="最近一次修订或撤回的理由")
    published_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Articles(RowModel[ArticleRow]):
    """Fed by policy's own log."""

    name = "articles"
    table = ArticleRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (ArticleRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.code if isinstance(happened.event, _EVENTS) else None

    def evolve(self, row: ArticleRow | None, happened: Happened) -> ArticleRow | None:
        match happened.event:
            case ArticleDrafted() as event:
                kept = row.model_dump(include={"revision", "reason", "published_at"}) if row else {}
                return ArticleRow(**_content(event, happened), **kept)
            case ArticlePublished(revision=revision) as event:
                return ArticleRow(**_content(event, happened), public=True, revision=revision, published_at=happened.at)
            case ArticleAmended(revision=revision, reason=reason) as event if row:
                kept = {"public": True, "revision": revision, "reason": reason, "published_at": row.published_at}
                return ArticleRow(**_content(event, happened), **kept)
            case ArticleWithdrawn(reason=reason) if row:
                changed = {"public": False, "reason": reason, "position": happened.position}
                return ArticleRow(**(row.model_dump() | changed))
        return row


def _content(event: ArticleDrafted | ArticlePublished | ArticleAmended, happened: Happened) -> dict[str, Any]:
    about = event.about
    written = event.model_dump(mode="json", include=set(ArticleDrafted.model_fields) - {"about"})
    return written | {
        "position": happened.position,
        "about_kind": about.kind if about else None,
        "about_key": about.key if about else None,
        "about_title": about.title if about else None,
    }
