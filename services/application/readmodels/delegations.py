"""Who acts for whom, and what was done so."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel

from services.application.events import delegation as events
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_list


class DelegationRow(SQLModel, table=True):
    """A delegation. `of_person` is its aggregate's key; `used`: application, step and instant of each opinion."""

    __tablename__ = "application_delegations"

    key: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, index=True)
    of_person: str
    department: str = Field(index=True)
    absent: str = Field(index=True)
    delegate: str = Field(index=True)
    from_on: date
    until_on: date
    reason: str
    by: str
    ended_on: date | None = None
    end_reason: str | None = None
    used: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))


class Delegations(RowModel[DelegationRow]):
    """Fed by application's own log."""

    name = "delegations"
    table = DelegationRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (DelegationRow,)

    def key(self, happened: Happened) -> str | None:
        """One for each delegation of a person."""
        event = happened.event
        return f"{_person(happened)}.{event.number}" if isinstance(event, events.OfDelegation) else None

    def evolve(self, row: DelegationRow | None, happened: Happened) -> DelegationRow | None:
        """The row after the event."""
        event = happened.event
        if isinstance(event, events.DelegationSet):
            named = {"key": self.key(happened), "of_person": _person(happened), "position": happened.position}
            return DelegationRow(**event.model_dump(exclude={"number"}) | named)
        assert row is not None  # noqa: S101 - nothing happens to a delegation before it is set
        if isinstance(event, events.DelegationUsed):
            done = {"application": event.application, "step": event.step, "at": happened.at.isoformat()}
            row.used = [*row.used, done]
        elif isinstance(event, events.DelegationEnded):
            row.ended_on, row.end_reason = event.ended_on, event.reason
        return row


def _person(happened: Happened) -> str:
    return happened.aggregate_id.partition("-")[2]
