"""(i) Tickets taken in, classification included: over HTTP and NATS, one by one and in batches, beside rows and messages alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import uuid4

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from bench.commands import raw_rate
from bench.http import WARM_UP_SECONDS, signed_in, tickets
from bench.load import PLACE, Load, under
from bench.plan import Against, Bars, Found, Group, Plan, Scale
from bench.stage import servers, serving
from bench.tickets import CONTENT, body
from services.hotline.classification.rules import RulesClassifier
from services.hotline.classification.taxonomy import shipped
from shared.messaging.inbox import inbox_subject
from shared.runtime.host import installed_services, prepare
from shared.runtime.settings import Settings
from shared.runtime.tables import create_tables
from tests.support.servers import new_database

SERVICE, KIND = "hotline", "tickets"
ROWS = 200  # a batch, as `chengce load` sends them
BATCH_CLIENTS = 4
IN_FLIGHT = 256  # publishes that wait for the server's word at once
WITHIN_SECONDS = 600.0


async def single_rate(settings: Settings, port: int, scale: Scale) -> float:
    """Tickets a second, one a request."""
    return (await under(tickets(settings, SERVICE, port, scale.load_clients, scale.seconds))).rate


async def batch_rate(settings: Settings, port: int, rows: int, seconds: float) -> float:
    """Tickets a second, many a request."""
    content = b'{"rows":' + _rows(PLACE, rows) + b"}"
    load = Load(
        port, f"/api/{SERVICE}/tickets/batch", content.decode(), signed_in(settings), uuid4().hex[:8],
        BATCH_CLIENTS, seconds,
    )  # fmt: skip
    return (await under(load)).rate * rows


async def sent_rate(nc: Client, count: int, rows: int) -> float:
    """Tickets a second over NATS, from the first publish until the last is told on the hotline's own stream."""
    told, last = 0, asyncio.Event()

    async def heard(_message: Msg) -> None:
        nonlocal told
        told += 1
        if told >= count:
            last.set()

    subscription = await nc.subscribe("chengce.hotline.ticket-received.*", cb=heard)
    await nc.flush()
    began = time.perf_counter()
    await _publish(nc, inbox_subject(SERVICE, KIND), count, rows)
    async with asyncio.timeout(WITHIN_SECONDS):
        await last.wait()
    took = time.perf_counter() - began
    await subscription.unsubscribe()
    return count / took


async def message_rate(nc: Client, count: int, rows: int) -> float:
    """The same bytes to a stream that nobody reads: tickets a second until the server has acknowledged all."""
    began = time.perf_counter()
    await _publish(nc, "bench.intake", count, rows)
    return count / (time.perf_counter() - began)


async def suggested_rate(count: int) -> float:
    """Texts a second that the rules alone look at, in one thread."""
    rules = RulesClassifier(shipped())
    began = time.perf_counter()
    for n in range(count):
        rules.suggest(CONTENT["title"], f"{CONTENT['content']}{n}")
    return count / (time.perf_counter() - began)


def _rows(prefix: str, rows: int) -> bytes:
    return b"[" + b",".join(body(f"{prefix}-{n:05d}") for n in range(rows)) + b"]"


async def _publish(nc: Client, subject: str, count: int, rows: int) -> None:
    run, js, room = uuid4().hex[:8], nc.jetstream(), asyncio.Semaphore(IN_FLIGHT)

    async def one(message: bytes) -> None:
        async with room:
            await js.publish(subject, message, timeout=WITHIN_SECONDS)

    await asyncio.gather(*(one(_rows(f"{run}-{n}", rows)) for n in range(count // rows)))


@asynccontextmanager
async def stage(scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    """The hotline in a process of its own; rows and messages go to places of their own on the same servers."""
    with servers() as settings, new_database(settings.database_url or "", "raw") as raw_url:
        create_tables(raw_url)
        await prepare(installed_services(SERVICE)[SERVICE], settings)
        async with serving(SERVICE, settings) as port:
            nc = await nats.connect(settings.require_nats())
            await nc.jetstream().add_stream(name="BENCH_INTAKE", subjects=["bench.intake"])
            await batch_rate(settings, port, ROWS, min(WARM_UP_SECONDS, scale.seconds))
            yield _plan(scale, settings, port, nc, raw_url)
            await nc.close()


def _plan(scale: Scale, settings: Settings, port: int, nc: Client, raw_url: str) -> Plan:
    plan = Plan(notes=["A model that was trained on site is asked beside the rules; here are the rules alone."])
    one, many = f"HTTP, {scale.load_clients} clients, one a request", f"HTTP, {BATCH_CLIENTS} clients, {ROWS} a request"
    plan.add(one, partial(single_rate, settings, port, scale))
    plan.add(many, partial(batch_rate, settings, port, ROWS, scale.seconds))
    for rows in (1, ROWS):
        count = max(scale.taken_in // ROWS, 1) * ROWS
        sent = plan.add(f"NATS, {rows} a message, until told", partial(sent_rate, nc, count, rows))
        alone = plan.add(f"messages alone, {rows} tickets each", partial(message_rate, nc, count, rows))
        plan.against.append(Against(sent, alone))
    for door, rows in ((one, scale.load_clients), (many, ROWS)):
        raw = plan.add(f"rows alone, {rows} a transaction", partial(raw_rate, raw_url, rows, scale.seconds))
        plan.against.append(Against(door, raw))
    plan.add("the rules alone, one thread", partial(suggested_rate, scale.taken_in))
    plan.pictures.append(Bars("Tickets taken in per second", tuple(_figures(plan))))
    return plan


def _figures(plan: Plan) -> list[str]:
    """What is compared: the doors, and each one's peer beside it."""
    return [figure for against in plan.against for figure in (against.figure, against.peer)]


intake = Group(
    name="intake",
    title="(i) Tickets taken in",
    what=(
        "Tickets to the hotline's own process, which classifies each by the rules, decides, commits, relays and projects "
        "it at the same time: over HTTP until answered, over NATS from the first publish until the last is told on the "
        "hotline's stream. Beside them the same rows inserted by one connection, as many in a transaction, and the same "
        "bytes published to a stream that nobody reads."
    ),
    stage=stage,
)
