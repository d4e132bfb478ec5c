"""What others hear of articles, comments, visits and assessment. Drafts, and who wrote a comment, are nobody's business."""

from __future__ import annotations

from services.policy.events import participation as events
from shared.contracts.base import Outgoing, Published
from shared.contracts.policy import participation as published
from shared.eventstore.events import Recorded


def publish(recorded: Recorded) -> Outgoing | None:
    """What became public or stopped being so; visits belong to no department alone."""
    match recorded.event:
        case events.ArticlePublished() | events.ArticleAmended() as event:
            return Outgoing(_article(event), event.department)
        case events.ArticleWithdrawn() as event:
            told: Published = published.ArticleWithdrawn(article_id=event.code, department=event.department)
            return Outgoing(told, event.department)
        case events.CommentApproved() as event:
            return Outgoing(_comment(event), event.about.department)
        case events.CommentRejected(was_public=True) as event:
            told = published.CommentWithdrawn(comment_id=event.comment, department=event.about.department)
            return Outgoing(told, event.about.department)
        case events.ViewsCounted() as event:
            return Outgoing(published.ViewsCounted(**event.model_dump()))
        case events.ItemFlagged() as event:
            content = event.model_dump(exclude={"code"})
            return Outgoing(published.ItemFlagged(item_id=event.code, **content), event.department)
    return None


def _article(event: events.ArticlePublished | events.ArticleAmended) -> published.ArticlePublished:
    about = event.about
    content = event.model_dump(include={"kind", "title", "summary", "department", "themes", "revision"})
    return published.ArticlePublished(
        article_id=event.code,
        document_id=about.key if about and about.kind == "document" else None,
        item_id=about.key if about and about.kind == "item" else None,
        **content,
    )


def _comment(event: events.CommentApproved) -> published.CommentPublished:
    about = event.about
    return published.CommentPublished(
        comment_id=event.comment,
        about_kind=about.kind,
        about_id=about.key,
        about_title=about.title,
        department=about.department,
        author=event.author,
        text=event.text,
        submitted_on=event.day,
    )
