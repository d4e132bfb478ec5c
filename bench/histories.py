"""Aggregates with long histories: a code list in which one entry was renamed again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

import orjson
import psycopg
from eventsourcing.persistence import StoredEvent

from bench.filling import fill_log, fill_snapshots
from bench.plan import Probe, Scale
from bench.stage import at_rest
from bench.tickets import RECEIVED_AT
from services.registry.decider import CodeListState, ImportCodes, code_list
from services.registry.events import Code, CodesImported
from shared.eventstore.events import Recorded
from shared.eventstore.ledger import Intent, Ledger
from shared.eventstore.mapper import EventMapper
from shared.runtime.settings import Settings
from shared.security.actor import Actor, Role

CODE, EDITION = "320281", "2026"
BUREAU = Actor(subject="bureau-1", roles=(Role.DATA_BUREAU,))
AT_HAND_TURNS = 5


@dataclass
class Histories:
    """For each length as many aggregates as the scale says, in one log."""

    settings: Settings
    scale: Scale

    @property
    def read_anew(self) -> dict[float, str]:
        """Figures by length."""
        return {n: f"commands on an aggregate read anew, {n:,} events" for n in self.scale.history}

    @property
    def at_hand(self) -> dict[float, str]:
        """Figures by length."""
        return {n: f"commands on an aggregate at hand, {n:,} events" for n in self.scale.history}

    def probes(self) -> Iterator[Probe]:
        """One for each length; it gives both figures."""
        return (self._probe(length) for length in self.scale.history)

    def _probe(self, length: int) -> Probe:
        async def probe() -> Mapping[str, float]:
            keys = list(_keys(length, self.scale.aggregates))
            async with at_rest("registry", self.settings) as runtime:  # a ledger that has nothing at hand
                await _rename(runtime.ledger, [uuid4().hex[:20] for _ in keys])  # connected and prepared
                anew = await _rename(runtime.ledger, keys)
                at_hand = await _rename(runtime.ledger, keys * AT_HAND_TURNS)
            await asyncio.to_thread(_shorten, self.settings.database_of("registry"), length)
            return {self.read_anew[length]: anew, self.at_hand[length]: at_hand}

        return probe


async def _rename(ledger: Ledger, keys: list[str]) -> float:
    """Commands a second, one after another."""
    began = time.perf_counter()
    for key in keys:
        command = ImportCodes(list_name=key, edition=EDITION, codes=(Code(code=CODE, name=uuid4().hex),))
        await ledger.execute(Intent(code_list, code_list.id_of(key), command, BUREAU))
    return len(keys) / (time.perf_counter() - began)


def _keys(length: int, count: int) -> Iterator[str]:
    return (f"past-{length}-{n}" for n in range(count))


def _stored(key: str, length: int) -> Iterator[StoredEvent]:
    event = CodesImported(list_name=key, edition=EDITION, codes=(Code(code=CODE, name="江阴市"),))
    recorded = Recorded(code_list.id_of(key), 1, RECEIVED_AT, event, BUREAU, "0d7a5d0e-4bf9-4f3c-8e70-000000000000")
    one = EventMapper().to_stored_event(recorded)
    return (replace(one, originator_version=version) for version in range(1, length + 1))


def _snapshot(key: str, length: int) -> list[StoredEvent]:
    """The latest that the ledger would have kept by then."""
    version = length - length % code_list.snapshot_every
    state = CodeListState(names={CODE: ("江阴市", None)})
    content = orjson.dumps(state.model_dump(mode="json"))
    row = StoredEvent(code_list.id_of(key), version, f"snapshot.{code_list.kind}", content)
    return [row] if version else []


def _fill(url: str, scale: Scale) -> None:
    keys = [(length, key) for length in scale.history for key in _keys(length, scale.aggregates)]
    fill_log(url, (event for length, key in keys for event in _stored(key, length)))
    fill_snapshots(url, (row for length, key in keys for row in _snapshot(key, length)))
    analysed(url)


def analysed(url: str) -> None:
    """What autovacuum does in its own time on a log that has grown in its own time."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE stored_events, snapshots")


def _shorten(url: str, length: int) -> None:
    """As long as before the commands."""
    ours = f"{code_list.id_of(f'past-{length}-')}%"
    with psycopg.connect(url) as connection:
        for table in ("stored_events", "snapshots"):
            connection.execute(
                f"DELETE FROM {table} WHERE originator_id LIKE %s AND originator_version > %s",  # noqa: S608
                (ours, length),
            )


@asynccontextmanager
async def histories(settings: Settings, scale: Scale) -> AsyncIterator[Histories]:
    """Fills registry's log once."""
    async with at_rest("registry", settings):
        await asyncio.to_thread(_fill, settings.database_of("registry"), scale)
    yield Histories(settings, scale)
