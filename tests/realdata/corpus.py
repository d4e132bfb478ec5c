"""The real policies as rows that search indexes, by their ids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from services.policy.cards import Card, content_from
from services.policy.readmodels.search import ITEM, SearchRow, search_row
from tests.realdata.programmes import PROGRAMMES, read

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def real_rows(folder: Path) -> Iterator[SearchRow]:
    """One row for each programme and card."""
    for programme in read(folder, PROGRAMMES):
        conditions = [item["name"] for group in programme["conditions"] for item in group.get("items", [])]
        yield row(programme["id"], programme["name"], "", (programme["summary"], programme["subsidy"], *conditions))
    for programme in read(folder, "policy_programmes_hangzhou_2019.json"):
        yield row(programme["id"], programme["name"], programme["subsidy"], (programme["condition"],))
    for content in read(folder, "policy_cards_beijing.json"):
        card = Card.model_validate(content)
        yield row(card.id, card.title, card.tool_type, (content_from(card), card.conditions, card.process))


def row(key: str, title: str, support_type: str, texts: tuple[str, ...]) -> SearchRow:
    """As the fold makes it of an item."""
    return search_row(
        f"{ITEM}:{key}", key=key, title=title, number="", head=(support_type,), texts=texts, at=AT, department="kjj",
        support_type=support_type, window_kind="year-round",
    )  # fmt: skip
