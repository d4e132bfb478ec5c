"""What matching works with: items with eligibility, named conditions, the catalogue of facts; compiled once and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from services.policy.conditions.evaluating import Held, Matcher, facts_needed
from services.policy.conditions.language import Condition, Eligibility
from services.policy.conditions.sentences import Words
from services.policy.conditions.sql import Slots
from services.policy.readmodels.catalogue import ItemRow
from services.policy.readmodels.conditions import NamedConditionRow
from services.policy.readmodels.profiles import FactSlotRow, HeldFactsRow, catalogue_of, profile_of, slots_of
from shared.contracts.facts import FactDefinition
from shared.runtime.service import Runtime

_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
# What tells that something has moved, in one round trip; the tables are small but for the items, whose count has an index.
_STAMP = """
SELECT (SELECT max(position) FROM policy_items), (SELECT sum(version) FROM policy_named_conditions),
    (SELECT md5(string_agg(key || slot || definition::text, ',' ORDER BY key)) FROM policy_facts)
"""


@dataclass(frozen=True)
class OpenItem:
    """A published, public item, as far as matching shows it. Amounts are fen."""

    code: str
    title: str
    department: str
    support_type: str
    revision: int
    amount_fen: int | None
    amount_text: str
    window_kind: str | None
    opens_on: date | None
    closes_on: date | None
    themes: tuple[str, ...]
    repealed: bool
    transition_until: date | None
    eligibility: Eligibility

    def open_on(self, today: date) -> bool:
        """Whether it can be applied for on this day, or later; an undecided window may open at any time."""
        if self.repealed and (self.transition_until is None or self.transition_until < today):
            return False
        return self.closes_on is None or self.closes_on >= today


@dataclass(frozen=True)
class Knowledge:
    """All of it, at one moment."""

    items: Mapping[str, OpenItem]
    named: Mapping[str, Condition]
    versions: Mapping[str, int]
    catalogue: Mapping[str, FactDefinition]
    slots: Slots
    words: Words
    matcher: Matcher
    needed: Mapping[str, frozenset[str]]

    def open_items(self, today: date) -> dict[str, OpenItem]:
        """The items that can still be applied for."""
        return {code: item for code, item in self.items.items() if item.open_on(today)}


class KnowledgeCache:
    """Looks each time whether something has moved, and reads anew only then."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stamp: tuple[Any, ...] = ()
        self._known: Knowledge | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> Knowledge:
        """What is known now. Raises `ReadModelBuildingError`."""
        async with self._lock, self._runtime.reads.session() as session:
            stamp = tuple((await session.execute(text(_STAMP))).one())
            if self._known is None or stamp != self._stamp:
                self._known, self._stamp = await _read(session), stamp
            return self._known


async def _read(session: AsyncSession) -> Knowledge:
    facts = await _rows(session, FactSlotRow, select(FactSlotRow))
    conditions = await _rows(session, NamedConditionRow, select(NamedConditionRow))
    shown = select(ItemRow).where(
        ItemRow.published, ItemRow.disclosure == "public", col(ItemRow.eligibility).is_not(None)
    )
    items = {row.code: _open_item(row) for row in await _rows(session, ItemRow, shown)}
    named = {row.name: _CONDITION.validate_python(row.rule) for row in conditions}
    catalogue = catalogue_of(facts)
    eligibilities = {code: item.eligibility for code, item in items.items()}
    return Knowledge(
        items=items,
        named=named,
        versions={row.name: row.version for row in conditions},
        catalogue=catalogue,
        slots=slots_of(facts),
        words=Words(catalogue, {row.name: row.title for row in conditions}),
        matcher=Matcher(eligibilities, named),
        needed={code: facts_needed(each, named) for code, each in eligibilities.items()},
    )


async def _rows(session: AsyncSession, _model: type[Any], statement: Any) -> Sequence[Any]:
    return list((await session.execute(statement)).scalars())


def _open_item(row: ItemRow) -> OpenItem:
    fields = {
        name: getattr(row, name) for name in OpenItem.__dataclass_fields__ if name not in ("eligibility", "themes")
    }
    return OpenItem(**fields, themes=tuple(row.themes), eligibility=Eligibility.model_validate(row.eligibility))


@dataclass(frozen=True)
class KnownEnterprise:
    """An enterprise as matching sees it; version 0 and no facts where registry has told nothing of it."""

    uscc: str
    version: int
    facts: Mapping[str, Any]
    profile: Mapping[str, Held]


async def enterprises(
    session: AsyncSession, usccs: Sequence[str], catalogue: Mapping[str, FactDefinition]
) -> dict[str, KnownEnterprise]:
    """What is held of these enterprises."""
    found = await session.execute(select(HeldFactsRow).where(col(HeldFactsRow.uscc).in_(usccs)))
    rows = {row.uscc: row for row in found.scalars()}
    return {
        uscc: KnownEnterprise(uscc, row.version, row.facts, profile_of(row.facts, catalogue))
        if (row := rows.get(uscc))
        else KnownEnterprise(uscc, 0, {}, {})
        for uscc in usccs
    }
