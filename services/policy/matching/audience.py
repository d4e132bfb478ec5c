"""One item against all enterprises at once: how many it reaches, and whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.policy.conditions.language import Eligibility
from services.policy.conditions.sql import NULL, sql_missing, sql_verdict
from services.policy.matching.knowledge import Knowledge, OpenItem

NEARLY = 2  # facts missing, at most
_COLUMNS = "uscc, numbers, texts, sets, expires, next_expiry"
_NOW = f"(SELECT {_COLUMNS} FROM policy_profiles)"  # noqa: S608 - constants
PROFILES_AT = (
    f"(SELECT {_COLUMNS} FROM policy_profiles WHERE since <= :at UNION ALL "  # noqa: S608 - constants
    f"SELECT {_COLUMNS} FROM policy_past_profiles WHERE since <= :at AND until > :at)"
)


class Counts(BaseModel):
    """How enterprises stand to an item; `nearly`: undecided for want of at most two facts."""

    met: int = 0
    nearly: int = 0
    undecided: int = 0
    not_met: int = 0


class Group(Counts):
    """The same for a town, a scale or a section of industry; key empty: not known."""

    key: str


class Audience(BaseModel):
    """Whom an item would reach. `exposed_fen`: what all who meet it could ask for together; none without an amount."""

    day: date
    at: datetime | None = Field(None, description="以哪一时刻的企业画像计算，空为现在")
    total: Counts
    exposed_fen: int | None = None
    by_town: list[Group] = []
    by_scale: list[Group] = []
    by_section: list[Group] = []


async def audience(
    session: AsyncSession,
    eligibility: Eligibility,
    knowledge: Knowledge,
    day: date,
    *,
    amount_fen: int | None = None,
    at: datetime | None = None,
) -> Audience:
    """Counts, in one statement; on this day, with profiles as they were known at an instant."""
    verdict = sql_verdict(eligibility, knowledge.named, knowledge.slots, day)
    missing = sql_missing(eligibility, knowledge.named, knowledge.slots, day)
    texts = knowledge.slots.texts
    town, scale, industry = (_text(texts.get(key)) for key in ("division", "scale", "industry"))
    statement = f"""
    WITH judged AS MATERIALIZED (
        SELECT {town} AS town, {scale} AS scale, left({industry}, 1) AS section, {verdict.expression} AS met,
            {missing.expression} AS missing FROM {PROFILES_AT if at else _NOW} AS p)
    SELECT CASE WHEN GROUPING(town) = 0 THEN 'town' WHEN GROUPING(scale) = 0 THEN 'scale'
            WHEN GROUPING(section) = 0 THEN 'section' ELSE '' END AS part,
        coalesce(town, scale, section, '') AS key, count(*) FILTER (WHERE met) AS met,
        count(*) FILTER (WHERE met IS NULL AND missing BETWEEN 1 AND {NEARLY}) AS nearly,
        count(*) FILTER (WHERE met IS NULL AND missing NOT BETWEEN 1 AND {NEARLY}) AS undecided,
        count(*) FILTER (WHERE NOT met) AS not_met
    FROM judged GROUP BY GROUPING SETS ((), (town), (scale), (section)) ORDER BY part, key"""  # noqa: S608 - ours
    params = verdict.params | missing.params | ({"at": at} if at else {})
    rows = (await session.execute(text(statement), params)).mappings().all()
    groups: dict[str, list[Group]] = {"": [], "town": [], "scale": [], "section": []}
    for row in rows:
        groups[row["part"]].append(Group(**{k: v for k, v in row.items() if k != "part"}))
    (total,) = groups[""]
    return Audience(
        day=day,
        at=at,
        total=Counts(**total.model_dump(exclude={"key"})),
        exposed_fen=None if amount_fen is None else amount_fen * total.met,
        by_town=groups["town"],
        by_scale=groups["scale"],
        by_section=groups["section"],
    )


def _text(slot: int | None) -> str:
    return "''" if slot is None else f"coalesce(p.texts[{slot + 1}], '')"


@dataclass(frozen=True)
class Candidate:
    """An enterprise to be told of an item; `quiet`: with its next digest."""

    uscc: str
    met: bool
    quiet: bool


_CANDIDATES = """
WITH judged AS MATERIALIZED (SELECT p.uscc, {verdict} AS met, {missing} AS missing FROM policy_profiles AS p)
SELECT p.uscc, p.met IS TRUE, coalesce(i.delivery = 'digest', false)
FROM judged AS p LEFT JOIN policy_interests AS i ON i.uscc = p.uscc
WHERE (p.met OR (p.met IS NULL AND p.missing BETWEEN 1 AND {nearly}))
    AND NOT coalesce(i.items ? :code OR i.themes ?| CAST(:themes AS text[]), false)
    AND NOT EXISTS (SELECT FROM policy_pushes AS t
        WHERE t.uscc = p.uscc AND t.code = :code AND (t.level = 'met' OR p.met IS NULL))
"""


async def candidates(session: AsyncSession, item: OpenItem, knowledge: Knowledge, day: date) -> list[Candidate]:
    """Who meets the item, or nearly, wants to hear of it, and was not told so as far as the read model shows."""
    verdict = sql_verdict(item.eligibility, knowledge.named, knowledge.slots, day)
    if verdict.expression == NULL:
        return []
    missing = sql_missing(item.eligibility, knowledge.named, knowledge.slots, day)
    statement = _CANDIDATES.format(verdict=verdict.expression, missing=missing.expression, nearly=NEARLY)
    params = verdict.params | missing.params | {"code": item.code, "themes": list(item.themes)}
    found = await session.execute(text(statement), params)
    return [Candidate(*row) for row in found.all()]


_TO_REMIND = """
SELECT p.uscc FROM policy_profiles AS p LEFT JOIN policy_interests AS i ON i.uscc = p.uscc
WHERE {verdict} AND coalesce(i.reminders, true)
    AND NOT coalesce(i.items ? :code OR i.themes ?| CAST(:themes AS text[]), false)
    AND NOT EXISTS (SELECT FROM policy_applied AS a WHERE a.uscc = p.uscc AND a.code = :code)
"""


async def to_remind(session: AsyncSession, item: OpenItem, knowledge: Knowledge, day: date) -> Sequence[str]:
    """Who meets the item, has not applied for it, and wants to be reminded."""
    verdict = sql_verdict(item.eligibility, knowledge.named, knowledge.slots, day)
    params = verdict.params | {"code": item.code, "themes": list(item.themes)}
    found = await session.execute(text(_TO_REMIND.format(verdict=verdict.expression)), params)
    return list(found.scalars())
