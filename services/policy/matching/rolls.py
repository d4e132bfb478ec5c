"""Rolls (匹配名册): all whom an item fits at one moment, whether or not they want to hear of it; page by page (row A6).

Pushes leave out who has muted a theme or waits for a digest; a roll leaves out nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.policy.conditions.language import Condition, Eligibility
from services.policy.conditions.sql import (
    UNKNOWN_LEAST,
    UNKNOWN_MOST,
    Sql,
    sql_facts_missing,
    sql_verdict,
)
from services.policy.matching.audience import PROFILES_AT
from services.policy.matching.knowledge import Knowledge
from shared.contracts.facts import FactKind
from shared.contracts.rolls import FactOnRoll, MissingFact, OnRoll, Roll, Standing

MOST_ROWS = 1000  # of one page


@dataclass(frozen=True)
class Basis:
    """What a roll rests on: conditions, with the named ones they refer to, and the moment of the profiles."""

    code: str
    title: str
    department: str
    revision: int
    eligibility: Eligibility
    named: Mapping[str, Condition]
    day: date
    at: datetime


async def counted(session: AsyncSession, basis: Basis, knowledge: Knowledge) -> Roll:
    """How many it is, a digest over those who meet it, and what is not known of the others; in one statement."""
    verdict, missing = _verdict(basis, knowledge), _missing(basis, knowledge)
    statement = f"""
    WITH judged AS MATERIALIZED (
        SELECT p.uscc, {verdict.expression} AS met FROM {PROFILES_AT} AS p),
    wanting AS (
        SELECT {missing.expression} AS facts FROM {PROFILES_AT} AS p JOIN judged AS j USING (uscc) WHERE j.met IS NULL),
    facts AS (SELECT fact, count(*) AS enterprises FROM wanting, unnest(facts) AS fact GROUP BY fact)
    SELECT count(*) FILTER (WHERE met) AS met, count(*) FILTER (WHERE met IS NULL) AS undecided,
        count(*) FILTER (WHERE NOT met) AS not_met,
        encode(sha256(convert_to(
            coalesce(string_agg(uscc, ',' ORDER BY uscc COLLATE "C") FILTER (WHERE met), ''), 'UTF8')), 'hex') AS digest,
        (SELECT coalesce(jsonb_agg(to_jsonb(facts) ORDER BY enterprises DESC, fact), '[]') FROM facts) AS missing
    FROM judged"""  # noqa: S608 - ours
    found = (
        (await session.execute(text(statement), verdict.params | missing.params | {"at": basis.at})).mappings().one()
    )
    wanting = [MissingFact(label=knowledge.words.label(each["fact"]), **each) for each in found["missing"]]
    about = {name: getattr(basis, name) for name in ("code", "title", "department", "revision", "day", "at")}
    by_person = tuple(r.title for r in basis.eligibility.requirements if r.rule is None and r.required)
    return Roll(**about, **(dict(found) | {"missing": wanting}), by_person=by_person)


async def standing_on(
    session: AsyncSession,
    basis: Basis,
    knowledge: Knowledge,
    wanted: Standing,
    fact: str | None,
    after: str,
    limit: int,
) -> list[OnRoll]:
    """Those who stand so, beyond a code, in the order of their codes; with the value of one fact."""
    verdict, missing = _verdict(basis, knowledge), _missing(basis, knowledge)
    lacking = wanted == "undecided"
    statement = f"""
    SELECT p.uscc, {missing.expression if lacking else "ARRAY[]::text[]"} AS missing, {_value(fact, knowledge, basis.day)} AS value
    FROM {PROFILES_AT} AS p
    WHERE p.uscc COLLATE "C" > :after AND ({verdict.expression}) IS {"NULL" if lacking else "TRUE"}
    ORDER BY p.uscc COLLATE "C" LIMIT :most"""  # noqa: S608 - ours
    params = verdict.params | (missing.params if lacking else {})
    rows = (await session.execute(text(statement), params | {"at": basis.at, "after": after, "most": limit})).all()
    return [
        OnRoll(
            enterprise=uscc,
            missing=tuple(knowledge.words.label(each) for each in facts),
            value=None if fact is None else _read(value),
        )
        for uscc, facts, value in rows
    ]


def _verdict(basis: Basis, knowledge: Knowledge) -> Sql:
    return sql_verdict(basis.eligibility, basis.named, knowledge.slots, basis.day)


def _missing(basis: Basis, knowledge: Knowledge) -> Sql:
    return sql_facts_missing(basis.eligibility, basis.named, knowledge.slots, basis.day)


def _value(fact: str | None, knowledge: Knowledge, day: date) -> str:
    """The column a fact stands in, as JSON; null where it has expired, or nobody has it yet. Keys of slots are ours."""
    slots = knowledge.slots
    if fact in slots.sets:
        held = f"CASE WHEN p.sets ? '{fact}' THEN jsonb_build_object('members', p.sets->'{fact}') END"
    elif (slot := slots.texts.get(fact or "")) is not None:
        kind = "code" if knowledge.catalogue[fact or ""].kind is FactKind.CODE else "option"
        held = f"jsonb_build_object('{kind}', nullif(p.texts[{slot + 1}], ''))"
    elif (slot := slots.numbers.get(fact or "")) is not None:
        held = f"jsonb_build_object('least', p.numbers[{2 * slot + 1}], 'most', p.numbers[{2 * slot + 2}])"
    else:
        return "NULL::jsonb"
    return f"CASE WHEN coalesce(p.expires->>'{fact}' < '{day.isoformat()}', false) THEN NULL ELSE {held} END"


def _read(value: dict[str, Any] | None) -> FactOnRoll:
    found = FactOnRoll(**(value or {}))
    nothing = (found.least, found.most) == (UNKNOWN_LEAST, UNKNOWN_MOST)
    return FactOnRoll() if nothing else found
