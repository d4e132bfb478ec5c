"""What is known of each enterprise (企业画像): every source's statement, the one that holds, and the disputes."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.registry.events import (
    COMPUTED,
    ComputedFact,
    DisputeDeadlineRecomputed,
    DisputeOverdue,
    DisputeSettled,
    FactDisputed,
    FactsStated,
    FactWithdrawn,
    ProfileChanged,
    StatedFact,
)
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_dict

Json = dict[str, Any]
_EVENTS = (
    FactsStated, FactWithdrawn, ProfileChanged, FactDisputed, DisputeSettled, DisputeOverdue, DisputeDeadlineRecomputed
)  # fmt: skip


class ProfileRow(SQLModel, table=True):
    """One enterprise. `statements`: by fact, then by source. `effective`: by fact. `disputes`: by number, settled ones too."""

    __tablename__ = "registry_profiles"

    uscc: str = Field(primary_key=True)
    version: int = 0
    statements: Json = Field(default_factory=empty_dict, sa_column=Column(JSONB, nullable=False))
    effective: Json = Field(default_factory=empty_dict, sa_column=Column(JSONB, nullable=False))
    disputes: Json = Field(default_factory=empty_dict, sa_column=Column(JSONB, nullable=False))


class Profiles(RowModel[ProfileRow]):
    """Fed by registry's own log; each enterprise is one row."""

    name = "profiles"
    table = ProfileRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (ProfileRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.uscc if isinstance(happened.event, _EVENTS) else None

    def evolve(self, row: ProfileRow | None, happened: Happened) -> ProfileRow | None:
        if not isinstance(happened.event, _EVENTS):
            return row
        row = row or ProfileRow(uscc=happened.event.uscc, statements={}, effective={}, disputes={})
        match happened.event:
            case FactsStated() as event:
                for fact in event.facts:
                    _state(row, fact, event.source, event.standing, event)
            case FactWithdrawn(key=key, source=source):
                _forget(row, key, source)
            case ProfileChanged() as event:
                _change(row, event)
            case FactDisputed(number=number) as event:
                shown = event.model_dump(mode="json", exclude={"uscc", "clock"})
                due = {"due_on": str(event.clock.due.day), "provisional": event.clock.due.provisional}
                row.disputes[str(number)] = shown | due | {"disputed_on": str(happened.day), "status": "open"}
            case DisputeSettled(number=number) as event:
                row.disputes[str(number)] |= {
                    "status": event.outcome,
                    "answer": event.reason,
                    "settled_on": str(event.settled_on),
                    "in_time": event.in_time,
                }
            case DisputeOverdue(number=number):
                row.disputes[str(number)]["status"] = "overdue"
            case DisputeDeadlineRecomputed(number=number, clock=clock):
                row.disputes[str(number)] |= {"due_on": str(clock.due.day), "provisional": clock.due.provisional}
        return row


def _change(row: ProfileRow, event: ProfileChanged) -> None:
    row.version = event.version
    for computed in event.computed:
        _state(row, computed, COMPUTED, "computed", event)
    for key in event.no_longer_computed:
        _forget(row, key, COMPUTED)
    for fact in event.facts:
        if fact.value is None:
            row.effective.pop(fact.key, None)
        else:
            row.effective[fact.key] = fact.model_dump(mode="json", exclude={"key"})


def _state(row: ProfileRow, fact: StatedFact, source: str, standing: str, event: FactsStated | ProfileChanged) -> None:
    said = fact.model_dump(mode="json", exclude={"key"})
    said |= {"source": source, "standing": standing, "recorded_at": event.recorded_at.isoformat()}
    said["inputs"] = list(fact.inputs) if isinstance(fact, ComputedFact) else []
    row.statements.setdefault(fact.key, {})[source] = said


def _forget(row: ProfileRow, key: str, source: str) -> None:
    sources = row.statements.get(key, {})
    sources.pop(source, None)
    if not sources:
        row.statements.pop(key, None)
