"""(a) Durable commands through one service's ledger, in process, beside the library's own `save` and the rows alone."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID, uuid4

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import StoredEvent

from bench.plan import Against, Bars, Found, Group, Plan, Scale
from bench.stage import at_rest, servers
from bench.tickets import SOURCE, intent, peer_application, peer_ticket, row
from services.hotline.decider import ticket
from services.hotline.keys import ticket_key
from shared.eventstore.ledger import Ledger
from shared.runtime.collecting import collect_seldom
from shared.runtime.tables import create_tables
from tests.support.servers import new_database

# Ids made ready for one measurement.
MOST_RAW, MOST_RAW_TRANSACTIONS = 120_000, 6_000
TARGETS = {1: 1.0, 64: 8.0}  # times the peer, by clients


async def ledger_rate(ledger: Ledger, clients: int, seconds: float) -> float:
    """Commands a second from concurrent clients, each command for a ticket of its own."""
    prefix, numbers = uuid4().hex[:8], itertools.count()
    began = time.perf_counter()

    async def client() -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            await ledger.execute(intent(f"{prefix}-{next(numbers):08d}"))
            done += 1
        return done

    done = sum(await asyncio.gather(*(client() for _ in range(clients))))
    return done / (time.perf_counter() - began)


async def peer_rate(application: Application[UUID], clients: int, seconds: float) -> float:
    """The library's saves a second from as many threads, each of an aggregate of its own."""
    prefix, numbers = uuid4().hex[:8], itertools.count()

    def client(began: float) -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            application.save(peer_ticket(f"{prefix}-{next(numbers):08d}"))
            done += 1
        return done

    def all_of_them() -> float:
        with ThreadPoolExecutor(clients) as threads:
            began = time.perf_counter()
            done = sum(threads.map(client, [began] * clients))
            return done / (time.perf_counter() - began)

    return await asyncio.to_thread(all_of_them)


async def raw_rate(url: str, clients: int, seconds: float) -> float:
    """Rows a second by one connection that inserts as many as there are clients in each transaction."""
    prefix, most = uuid4().hex[:8], min(MOST_RAW, clients * MOST_RAW_TRANSACTIONS)
    ids = [ticket.id_of(ticket_key(SOURCE, f"{prefix}-{n:08d}")) for n in range(most)]
    return await asyncio.to_thread(_insert, url, row(f"{prefix}-00000000"), ids, clients, seconds)


def _insert(url: str, one: StoredEvent, ids: Sequence[str], at_once: int, seconds: float) -> float:
    statement = (
        "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        " SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[])"
    )
    done = 0
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        while done + at_once <= len(ids) and time.perf_counter() - began < seconds:
            columns = (ids[done : done + at_once], [1] * at_once, [one.topic] * at_once, [one.state] * at_once)
            connection.execute(statement, columns, prepare=True)
            done += at_once
        return done / (time.perf_counter() - began)


@asynccontextmanager
async def stage(scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    """The hotline's parts on one database, the peer and the rows each on another of the same server."""
    collect_seldom()  # as a process that serves does; it holds for the peers as well
    with servers() as settings:
        server = settings.database_url or ""
        with new_database(server, "peer") as peer_url, new_database(server, "raw") as raw_url:
            create_tables(raw_url)
            application = peer_application(peer_url)
            async with at_rest("hotline", settings) as runtime:
                yield _plan(scale, runtime.ledger, application, raw_url)
            application.close()


def _plan(scale: Scale, ledger: Ledger, application: Application[UUID], raw_url: str) -> Plan:
    plan = Plan()
    for clients in scale.clients:
        who = f"{clients} client{'s' if clients > 1 else ''}"
        ours = plan.add(f"{who}: ledger", partial(ledger_rate, ledger, clients, scale.seconds))
        peer = plan.add(f"{who}: eventsourcing save", partial(peer_rate, application, clients, scale.seconds))
        raw = plan.add(
            f"{who}: rows alone, {clients} a transaction", partial(raw_rate, raw_url, clients, scale.seconds)
        )
        plan.against += [Against(ours, peer, at_least=TARGETS.get(clients)), Against(ours, raw)]
        plan.pictures.append(Bars(f"Durable commands per second, {who}", (ours, peer, raw)))
    return plan


commands = Group(
    name="commands",
    title="(a) Durable commands, in process",
    what=(
        "The hotline receives tickets, each a new aggregate with one event: loaded, decided and committed through the "
        "service's ledger, from concurrent clients in one process. Beside it eventsourcing's own Application.save of the "
        "same ticket from as many threads, with the library's default settings, and the same rows inserted by one "
        "connection without any of that, as many in a transaction as there are clients."
    ),
    stage=stage,
)
