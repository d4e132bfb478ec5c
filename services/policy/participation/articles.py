"""What is said about a thing goes with it: articles are withdrawn when their subject is no longer public (article 18)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from services.policy.decider.article import WithdrawArticle, article
from services.policy.matching.pushing import stand_at
from services.policy.readmodels.articles import ArticleRow
from shared.contracts.policy import ItemWithdrawn, PolicyWithdrawn
from shared.eventstore.ledger import Intent
from shared.readmodels.happened import Happened

REASON = "所针对的文件或事项已不再公开。"


async def consider_withdrawn(runtime: Any, events: Sequence[Happened]) -> Sequence[Intent]:
    """Withdraws what was published about things that others have just heard to be withdrawn."""
    gone = [subject for happened in events if (subject := _withdrawn(happened.event)) is not None]
    if not gone:
        return []
    await stand_at(runtime, {"policy": max(happened.position for happened in events)})
    keys = [key for _, key in gone]
    rows = await runtime.reads.all(
        ArticleRow, select(ArticleRow).where(ArticleRow.public, col(ArticleRow.about_key).in_(keys))
    )
    return [
        Intent(article, article.id_of(row.code), WithdrawArticle(reason=REASON), runtime.itself)
        for row in rows
        if (row.about_kind, row.about_key) in gone
    ]


def _withdrawn(event: object) -> tuple[str, str] | None:
    match event:
        case PolicyWithdrawn(document_id=key):
            return "document", key
        case ItemWithdrawn(code=code):
            return "item", code
    return None
