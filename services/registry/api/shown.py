"""A profile as it is shown: every fact with what each source says of it, and which of them holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.registry.readmodels.profiles import ProfileRow
from shared.contracts.facts import FactDefinition, FactKind, FactValue, Standing, Unit


class StatementShown(BaseModel):
    """What one source says. `effective`: this is what holds; `expired`: it says nothing any more."""

    source: str
    standing: Standing
    value: FactValue
    as_of: date
    valid_until: date | None = None
    recorded_at: datetime
    inputs: tuple[str, ...] = ()
    effective: bool
    expired: bool
    disputed: bool


class FactShown(BaseModel):
    """A fact with all that its sources say; `value` None: no source says anything that is still valid."""

    key: str
    label: str
    kind: FactKind
    unit: Unit | None = None
    value: FactValue | None = None
    labels: tuple[str, ...] = Field((), description="选项的中文名称")
    source: str | None = None
    standing: Standing | None = None
    as_of: date | None = None
    valid_until: date | None = None
    disputed: bool = False
    statements: list[StatementShown] = []


class DisputeShown(BaseModel):
    """A dispute and how it ended."""

    number: int
    key: str
    label: str
    source: str
    department: str | None
    reason: str
    disputed_on: date
    due_on: date
    provisional: bool
    status: Literal["open", "overdue", "confirmed", "corrected", "withdrawn"]
    answer: str | None = None
    settled_on: date | None = None
    in_time: bool | None = None


class ProfileShown(BaseModel):
    """All that the platform knows of an enterprise; `version` grows with every change of what holds."""

    uscc: str
    version: int
    facts: list[FactShown]
    disputes: list[DisputeShown]


def shown(row: ProfileRow, definitions: Mapping[str, FactDefinition], today: date) -> ProfileShown:
    """The profile in the catalogue's order. What ran out yesterday is shown as such even before it is published."""
    facts = [_fact(row, definition, today) for key, definition in definitions.items() if key in row.statements]
    disputes = [DisputeShown.model_validate(row.disputes[n]) for n in sorted(row.disputes, key=int)]
    return ProfileShown(uscc=row.uscc, version=row.version, facts=facts, disputes=disputes)


def _fact(row: ProfileRow, definition: FactDefinition, today: date) -> FactShown:
    key = definition.key
    holds = row.effective.get(key)
    if holds and _expired(holds, today):
        holds = None
    disputed = {each["source"] for each in row.disputes.values() if each["key"] == key and _open(each)}
    statements = [
        StatementShown(
            **said,
            effective=holds is not None and holds["source"] == source,
            expired=_expired(said, today),
            disputed=source in disputed,
        )
        for source, said in row.statements[key].items()
    ]
    statements.sort(key=lambda each: (each.effective, each.recorded_at), reverse=True)
    return FactShown(
        key=key,
        label=definition.label,
        kind=definition.kind,
        unit=definition.unit,
        statements=statements,
        **(holds or {}),
        labels=_labels(definition, holds["value"] if holds else None),
    )


def _labels(definition: FactDefinition, value: Any) -> tuple[str, ...]:
    if definition.kind not in (FactKind.CHOICE, FactKind.SET) or value is None:
        return ()
    return tuple(definition.label_of(each) for each in ([value] if isinstance(value, str) else value))


def _expired(said: Mapping[str, Any], today: date) -> bool:
    return said["valid_until"] is not None and today > date.fromisoformat(said["valid_until"])


def _open(dispute: Mapping[str, Any]) -> bool:
    return dispute["status"] in ("open", "overdue")
