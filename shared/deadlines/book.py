"""Deadlines as rows, folded from the own log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Integer, Text
from sqlmodel import Field, SQLModel

from shared.readmodels.happened import Happened
from shared.readmodels.model import OPERATIONAL, ReadModel, Writer


@dataclass(frozen=True)
class Owed:
    """At `at`, something is to be done for the aggregate. `provisional`: reckoned with a year not yet announced.

    `of` is the aggregate, where it is another than the event's own.
    """

    kind: str
    at: datetime
    provisional: bool = False
    of: str | None = None


@dataclass(frozen=True)
class Settled:
    """Nothing of this kind is owed for the aggregate any more (or its clock has stopped). `of`: as in `Owed`."""

    kind: str
    of: str | None = None


class DeadlineRow(SQLModel, table=True):
    """One open deadline of one aggregate."""

    __tablename__ = "deadlines"

    id: str = Field(primary_key=True)  # <aggregate id>/<kind>
    aggregate_id: str
    kind: str
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    provisional: bool
    # The scheduler's own: real time until which one replica has this in hand, and how often it failed.
    claimed_until: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), info=OPERATIONAL))
    failures: int = Field(default=0, sa_column=Column(Integer, nullable=False, info=OPERATIONAL))
    last_error: str | None = Field(default=None, sa_column=Column(Text, info=OPERATIONAL))


class DeadlineBook(ReadModel):
    """Open deadlines: a pure function of the log, so that a rebuild brings back exactly what is owed."""

    name = "deadlines"
    tables = (DeadlineRow,)

    def __init__(self, of: Callable[[Happened], Sequence[Owed | Settled]]) -> None:
        self._of = of

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        """The last word of each aggregate and kind counts."""
        rows: dict[str, DeadlineRow | None] = {}
        for happened in events:
            for change in self._of(happened):
                aggregate_id = change.of or happened.aggregate_id
                key = f"{aggregate_id}/{change.kind}"
                rows[key] = (
                    DeadlineRow(
                        id=key,
                        aggregate_id=aggregate_id,
                        kind=change.kind,
                        due_at=change.at,
                        provisional=change.provisional,
                    )
                    if isinstance(change, Owed)
                    else None
                )
        await writer.upsert(DeadlineRow, [row for row in rows.values() if row is not None])
        settled = [key for key, row in rows.items() if row is None]
        if settled:
            await writer.delete(DeadlineRow, settled)


@dataclass(frozen=True)
class Deadlines:
    """What a service owes when: the rows' derivation, and what to do at the due moment.

    `on_due` and `on_calendar` get the service's runtime and the row; they execute commands, and the decision is the
    aggregate's: a row that is out of date changes nothing.
    """

    of: Callable[[Happened], Sequence[Owed | Settled]]
    on_due: Callable[[Any, DeadlineRow], Awaitable[None]]
    on_calendar: Callable[[Any, DeadlineRow], Awaitable[None]] | None = None
