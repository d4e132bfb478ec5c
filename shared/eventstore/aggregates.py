"""Aggregates as their events made them, with snapshots."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import structlog
from eventsourcing.persistence import PersistenceError, StoredEvent
from pydantic import ValidationError

from shared.eventstore.connection import Answered, Found, LogConnection
from shared.eventstore.decider import Decider, State
from shared.eventstore.events import Event, Recorded
from shared.eventstore.mapper import EventMapper

log = structlog.get_logger(__name__)
AT_HAND = 10_000


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate: version 0 and state None before its first event.

    `position` is that of its last event, 0 where it is not known; `snapshot` the version of its latest snapshot.
    """

    decider: Decider[Any, Any]
    aggregate_id: str
    version: int = 0
    state: Any = None
    position: int = 0
    snapshot: int = 0

    def followed_by(self, events: Sequence[Event], position: int = 0) -> Aggregate:
        """The aggregate after further events, the last of them at `position`."""
        state = self.state
        for event in events:
            state = self.decider.evolve(state, event)
        return replace(self, state=state, version=self.version + len(events), position=position or self.position)


class Aggregates:
    """Reads aggregates from the record: the latest fitting snapshot, then the events after it.

    The last `at_hand` of them are kept, so that only what has happened since is read. The record is asked every time,
    for other replicas write too.
    """

    def __init__(self, connection: LogConnection, *, at_hand: int = AT_HAND) -> None:
        self.connection = connection
        self.mapper = EventMapper()
        self._most = at_hand
        self._at_hand: OrderedDict[str, Aggregate] = OrderedDict()

    async def get(self, decider: Decider[Any, Any], aggregate_id: str) -> Aggregate:
        """The aggregate as it is now."""
        aggregates, _ = await self.load({aggregate_id: decider})
        return aggregates[aggregate_id]

    async def load(
        self, wanted: Mapping[str, Decider[Any, Any]], keys: Sequence[str] = ()
    ) -> tuple[dict[str, Aggregate], dict[str, Answered]]:
        """Several aggregates as they are now, and what became of idempotency keys, in one round trip."""
        starts = {i: self._at_hand.get(i) or Aggregate(decider, i) for i, decider in wanted.items()}
        found = await self.connection.look({i: start.version for i, start in starts.items()}, keys)
        answered = found.answered
        restored = {i: _restored(starts[i], row) for i, row in found.snapshots.items()}
        unfit = [i for i, start in restored.items() if start is None]
        starts |= {i: start for i, start in restored.items() if start}
        aggregates = {i: self._brought_up(start, found) for i, start in starts.items() if i not in unfit}
        if unfit:  # all their events instead
            found = await self.connection.look(dict.fromkeys(unfit, 0), (), whole=True)
            aggregates |= {i: self._brought_up(Aggregate(wanted[i], i), found) for i in unfit}
        self.keep(a for a in aggregates.values() if a.version)
        return aggregates, answered

    async def history(self, aggregate_id: str) -> list[Recorded]:
        """Every event of the aggregate, in order."""
        found = await self.connection.look({aggregate_id: 0}, (), whole=True)
        return [
            replace(self.mapper.to_domain_event(stored), position=position)
            for stored, position in found.events.get(aggregate_id, [])
        ]

    def keep(self, aggregates: Iterable[Aggregate]) -> None:
        """Keeps these at hand; they must be as they stand in the record."""
        for aggregate in aggregates:
            self._at_hand[aggregate.aggregate_id] = aggregate
            self._at_hand.move_to_end(aggregate.aggregate_id)
        while len(self._at_hand) > self._most:
            self._at_hand.popitem(last=False)

    async def keep_snapshots(self, aggregates: Iterable[Aggregate]) -> None:
        """Stores a snapshot of each aggregate that has moved far enough. Snapshots are disposable: a failure is logged only."""
        due = [a for a in aggregates if a.version - a.snapshot >= a.decider.snapshot_every]
        if not due:
            return
        try:
            await self.connection.keep_snapshots([_snapshot(aggregate) for aggregate in due])
        except PersistenceError as error:
            log.warning("snapshots_not_kept", aggregates=len(due), error=str(error))
            return
        self.keep(replace(aggregate, snapshot=aggregate.version) for aggregate in due)

    def _brought_up(self, start: Aggregate, found: Found) -> Aggregate:
        rows = found.events.get(start.aggregate_id)
        if not rows:
            return start
        return start.followed_by([self.mapper.event_of(stored) for stored, _ in rows], rows[-1][1])


def _snapshot(aggregate: Aggregate) -> StoredEvent:
    state: State = aggregate.state
    return StoredEvent(
        originator_id=aggregate.aggregate_id,
        originator_version=aggregate.version,
        topic=f"snapshot.{aggregate.decider.kind}",
        state=orjson.dumps(state.model_dump(mode="json")),
    )


def _restored(fresh: Aggregate, row: StoredEvent) -> Aggregate | None:
    """The aggregate of a snapshot; None when this release cannot use it."""
    state = fresh.decider.state
    content = orjson.loads(row.state)
    if content.get("state_version") != state.model_fields["state_version"].default:
        return None
    try:
        restored = state.model_validate(content)
    except ValidationError as error:
        log.warning("snapshot_passed_over", aggregate=fresh.aggregate_id, error=str(error))
        return None
    version = row.originator_version
    return replace(fresh, version=version, state=restored, snapshot=version)
