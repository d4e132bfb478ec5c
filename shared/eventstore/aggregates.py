"""Aggregates as their events made them, with snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import structlog
from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent
from eventsourcing.postgres import PostgresAggregateRecorder
from pydantic import ValidationError

from shared.eventstore.decider import Decider, State
from shared.eventstore.events import Recorded
from shared.eventstore.mapper import EventMapper
from shared.eventstore.recorder import LogRecorder

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Aggregate:
    """One aggregate: version 0 and state None before its first event. `snapshot` is the version of its latest snapshot."""

    decider: Decider[Any, Any]
    aggregate_id: str
    version: int = 0
    state: Any = None
    position: int = 0
    snapshot: int = 0

    def followed_by(self, decider: Decider[Any, Any], recorded: Sequence[Recorded]) -> Aggregate:
        """The aggregate after further events."""
        state = self.state
        for each in recorded:
            state = decider.evolve(state, each.event)
        version = recorded[-1].originator_version if recorded else self.version
        return replace(self, state=state, version=version)


class Aggregates:
    """Reads aggregates from the record: the latest fitting snapshot, then the events after it."""

    def __init__(self, recorder: LogRecorder, snapshots: PostgresAggregateRecorder) -> None:
        self.recorder = recorder
        self.snapshots = snapshots
        self.mapper = EventMapper()

    def get(self, decider: Decider[Any, Any], aggregate_id: str) -> Aggregate:
        """The aggregate as it is now."""
        start = self._from_snapshot(decider, aggregate_id)
        stored = self.recorder.select_events(aggregate_id, gt=start.version)
        return start.followed_by(decider, [self.mapper.to_domain_event(event) for event in stored])

    def history(self, aggregate_id: str) -> list[Recorded]:
        """Every event of the aggregate, in order."""
        return [self.mapper.to_domain_event(event) for event in self.recorder.select_events(aggregate_id)]

    def keep_snapshots(self, aggregates: Iterable[Aggregate]) -> None:
        """Stores a snapshot of each aggregate that has moved far enough. Snapshots are disposable: a failure is logged only."""
        due = [a for a in aggregates if a.version - a.snapshot >= a.decider.snapshot_every]
        for aggregate in due:
            state: State = aggregate.state
            row = StoredEvent(
                originator_id=aggregate.aggregate_id,
                originator_version=aggregate.version,
                topic=f"snapshot.{aggregate.decider.kind}",
                state=orjson.dumps(state.model_dump(mode="json")),
            )
            try:
                self.snapshots.insert_events([row])
            except IntegrityError:
                log.debug("snapshot_exists", aggregate=aggregate.aggregate_id)
            except PersistenceError as error:
                log.warning("snapshot_not_kept", aggregate=aggregate.aggregate_id, error=str(error))

    def _from_snapshot(self, decider: Decider[Any, Any], aggregate_id: str) -> Aggregate:
        fresh = Aggregate(decider, aggregate_id)
        rows = self.snapshots.select_events(aggregate_id, desc=True, limit=1)
        if not rows:
            return fresh
        content = orjson.loads(rows[0].state)
        if content.get("state_version") != decider.state.model_fields["state_version"].default:
            return fresh
        try:
            state = decider.state.model_validate(content)
        except ValidationError as error:
            log.warning("snapshot_passed_over", aggregate=aggregate_id, error=str(error))
            return fresh
        version = rows[0].originator_version
        return replace(fresh, version=version, state=state, snapshot=version)
