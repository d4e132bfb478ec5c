"""What is known of every enterprise, in the form that one statement can hold an item against; and how it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

import structlog
from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Index, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.conditions.evaluating import Held
from services.policy.conditions.sql import Slots, pack
from shared.contracts.facts import BASE_CATALOGUE, FactDefinition, FactKind, known
from shared.contracts.registry import FactDefined, FactsChanged, FactStatement
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, Writer, empty_dict, empty_list, table_of

log = structlog.get_logger(__name__)


class _Packed(SQLModel):
    """The columns that conditions are evaluated on (see `conditions.sql`)."""

    numbers: list[int] = Field(default_factory=empty_list, sa_type=ARRAY(BigInteger))
    texts: list[str] = Field(default_factory=empty_list, sa_type=ARRAY(Text))
    sets: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSONB)
    expires: dict[str, Any] = Field(default_factory=empty_dict, sa_type=JSONB)
    next_expiry: date | None = None


class ProfileRow(_Packed, table=True):
    """An enterprise as it is now: nothing but what conditions read, so that two hundred thousand are read in a moment."""

    __tablename__ = "policy_profiles"

    uscc: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    since: datetime = Field(sa_type=DateTime(timezone=True))


class PastProfileRow(_Packed, table=True):
    """An enterprise as it was from `since` until just before `until`."""

    __tablename__ = "policy_past_profiles"
    __table_args__ = (Index("policy_past_profiles_span", "since", "until"),)

    uscc: str = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    since: datetime = Field(sa_type=DateTime(timezone=True))
    until: datetime = Field(sa_type=DateTime(timezone=True))


class HeldFactsRow(SQLModel, table=True):
    """All facts of an enterprise with their sources, as registry told them last, by key."""

    __tablename__ = "policy_held_facts"

    uscc: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    facts: dict[str, Any] = Field(default_factory=empty_dict, sa_column=Column(JSONB, nullable=False))


class FactSlotRow(SQLModel, table=True):
    """A fact that was heard of, and its place in the arrays, given in the order of first use and never changed."""

    __tablename__ = "policy_facts"

    key: str = Field(primary_key=True)
    slot: int | None = None
    definition: dict[str, Any] = Field(default_factory=empty_dict, sa_column=Column(JSONB, nullable=False))


class Profiles(ReadModel):
    """Fed by what registry tells of facts."""

    name = "known_enterprises"
    sources: ClassVar[tuple[str, ...]] = ("registry",)
    tables: ClassVar[tuple[type[SQLModel], ...]] = (ProfileRow, PastProfileRow, HeldFactsRow, FactSlotRow)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        fold = _Fold(await _facts_known(writer), writer)
        usccs = [happened.event.uscc for happened in events if isinstance(happened.event, FactsChanged)]
        if usccs:
            fold.held = await writer.load(HeldFactsRow, usccs)
            fold.profiles = await writer.load(ProfileRow, usccs)
        for happened in events:
            match happened.event:
                case FactDefined(definition=definition):
                    fold.define(definition)
                case FactsChanged() as event:
                    fold.change(event, happened.at)
        await fold.write()


async def _facts_known(writer: Writer) -> dict[str, FactSlotRow]:
    found = await writer.session.execute(select(table_of(FactSlotRow)))
    return {row["key"]: FactSlotRow(**row) for row in found.mappings()}


class _Fold:
    """One batch: slots first, then profiles, each written once."""

    def __init__(self, facts: dict[str, FactSlotRow], writer: Writer) -> None:
        self._facts = facts
        self._writer = writer
        self._slots = slots_of(list(facts.values()))
        self._catalogue = catalogue_of(list(facts.values()))
        self._changed_facts: set[str] = set()
        self._past: list[PastProfileRow] = []
        self.held: dict[str, HeldFactsRow] = {}
        self.profiles: dict[str, ProfileRow] = {}

    def define(self, definition: FactDefinition) -> None:
        row = self._facts.setdefault(definition.key, FactSlotRow(key=definition.key))
        row.definition = definition.model_dump(mode="json")
        self._catalogue[definition.key] = definition
        self._changed_facts.add(definition.key)

    def change(self, event: FactsChanged, at: datetime) -> None:
        held = self.held.setdefault(event.uscc, HeldFactsRow(uscc=event.uscc, version=0, facts={}))
        facts = dict(held.facts)
        for statement in event.facts:
            self._place(statement.key)
            facts.pop(statement.key, None)
            if statement.value is not None:
                facts[statement.key] = statement.model_dump(mode="json", exclude={"key"}, exclude_defaults=True)
        held.facts, held.version = facts, event.version
        before = self.profiles.get(event.uscc)
        if before is not None:
            self._past.append(PastProfileRow(**before.model_dump(), until=at))
        packed = pack(profile_of(facts, self._catalogue), self._slots)
        self.profiles[event.uscc] = ProfileRow(uscc=event.uscc, version=event.version, since=at, **vars(packed))

    def _place(self, key: str) -> None:
        """Gives a fact its slot when it is first used; one that nobody has defined has none."""
        definition = self._catalogue.get(key)
        row = self._facts.get(key)
        if definition is None or (row is not None and row.slot is not None):
            return
        self._slots = self._slots.with_fact(definition)
        slot = self._slots.numbers.get(key, self._slots.texts.get(key, 0))
        self._facts[key] = FactSlotRow(key=key, slot=slot, definition=definition.model_dump(mode="json"))
        self._changed_facts.add(key)

    async def write(self) -> None:
        await self._writer.upsert(FactSlotRow, [self._facts[key] for key in sorted(self._changed_facts)])
        await self._writer.upsert(HeldFactsRow, list(self.held.values()))
        await self._writer.upsert(ProfileRow, list(self.profiles.values()))
        await self._writer.upsert(PastProfileRow, self._past)


def catalogue_of(rows: Sequence[FactSlotRow]) -> dict[str, FactDefinition]:
    """The base catalogue, and what registry has defined or redefined since."""
    return {**BASE_CATALOGUE, **{row.key: FactDefinition.model_validate(row.definition) for row in rows}}


def slots_of(rows: Sequence[FactSlotRow]) -> Slots:
    """Where each fact stands."""
    numbers: dict[str, int] = {}
    texts: dict[str, int] = {}
    sets: set[str] = set()
    for row in rows:
        if row.slot is None:
            continue
        match FactKind(row.definition["kind"]):
            case FactKind.SET:
                sets.add(row.key)
            case FactKind.CHOICE | FactKind.CODE:
                texts[row.key] = row.slot
            case _:
                numbers[row.key] = row.slot
    return Slots(numbers, texts, frozenset(sets))


def profile_of(facts: Mapping[str, Any], catalogue: Mapping[str, FactDefinition]) -> dict[str, Held]:
    """Stored facts as they are evaluated. One whose definition is not known, or has another form, counts as not held."""
    profile: dict[str, Held] = {}
    for key, content in facts.items():
        statement = FactStatement.model_validate({**content, "key": key})
        definition = catalogue.get(key)
        if definition is None or statement.value is None:
            continue
        try:
            value = known(definition, statement.value)
        except ValueError:
            log.warning("fact_of_another_form", key=key, kind=definition.kind)
            continue
        profile[key] = Held(
            value,
            statement.source,
            statement.standing,
            statement.as_of,
            statement.valid_until,
            statement.disputed,
        )
    return profile
