"""Durable commands a second through the ledger, beside eventsourcing's own `save` with its default settings."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

from shared.calendar import SystemClock, WorkingCalendar
from shared.eventstore.aggregates import Aggregates
from shared.eventstore.ledger import Ledger
from shared.eventstore.recorder import LogRecorder, datastore, snapshots
from shared.runtime.tables import create_tables
from tests.support.counting import count


class Tally(Aggregate):
    """The peer's aggregate."""

    @event("Counted")
    def count(self, by: int) -> None:
        """One event."""
        self.n = by


def peer(url: str) -> Application:
    """eventsourcing as its documentation shows it."""
    parts = conninfo_to_dict(url)
    names = ("dbname", "host", "port", "user", "password")
    env = {f"POSTGRES_{name.upper()}": str(parts[name]) for name in names}
    return Application(env={"PERSISTENCE_MODULE": "eventsourcing.postgres", **env})


def peer_saves(app: Application, clients: int, commands: int) -> float:
    """Saves a second from as many threads."""

    def work(share: int) -> None:
        for _ in range(share):
            app.save(Tally())

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        list(threads.map(work, [commands // clients] * clients))
    return commands / (time.perf_counter() - began)


def ledger_on(url: str) -> Ledger:
    """A ledger as a service has it."""
    create_tables(url)
    store = datastore(url)
    recorder = LogRecorder(store)
    calendar = WorkingCalendar.announced()
    return Ledger(recorder, Aggregates(recorder, snapshots(store)), SystemClock(), lambda: calendar)


async def ledger_commands(ledger: Ledger, clients: int, commands: int) -> float:
    """Commands a second from as many concurrent clients, each for an aggregate of its own."""

    async def work(share: int) -> None:
        for _ in range(share):
            await ledger.execute(count(uuid4().hex))

    began = time.perf_counter()
    await asyncio.gather(*(work(commands // clients) for _ in range(clients)))
    return commands / (time.perf_counter() - began)
