"""(d) From an accepted command to its metric being visible, while others keep the service busy."""

from __future__ import annotations

import asyncio
import itertools
import math
import random
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import orjson

from bench.client import connected, get, post
from bench.http import door_rate, figure_of, signed_in, tickets
from bench.load import under
from bench.plan import Bars, Found, Group, Limit, Plan, Scale
from bench.stage import servers, serving
from bench.tickets import body
from shared.http.asking import POSITION_HEADER, WAIT_HEADER
from shared.runtime.host import installed_services, prepare
from shared.runtime.settings import Settings

P50, P99 = "accepted to visible, p50", "accepted to visible, p99"
LOAD = "commands answered meanwhile"
MILLISECONDS = "ms"
BELOW_MS = 150.0
WATCHERS = 2
SHARE = 0.5  # of the throughput
SETTLE_SECONDS = 0.5
LONGEST_PAUSE = 0.02  # so that watchers ask at no rhythm of the batches
FIRST_DAY = date(1991, 1, 1)


@dataclass
class Watch:
    """Doors, headers, and the days that watched tickets get: one each, so that its counter is the ticket."""

    settings: Settings
    hotline: int
    analytics: int
    days: Iterator[date] = field(default_factory=lambda: (FIRST_DAY + timedelta(n) for n in itertools.count()))

    async def sample(self, seconds: float) -> list[float]:
        """Milliseconds from each answer of the hotline to the answer of analytics that shows the ticket."""
        command, read = await connected(self.hotline), await connected(self.analytics)
        headers, prefix, found = signed_in(self.settings), uuid4().hex[:8], list[float]()
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            day = next(self.days)
            noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
            accepted = await command.ask(post("/api/hotline/tickets", body(f"{prefix}-{day}", noon), headers))
            at = time.perf_counter()
            if accepted.status != 201:
                raise RuntimeError(f"not accepted: {accepted.body.decode()}")
            waiting = {WAIT_HEADER: accepted.header(POSITION_HEADER)}
            shown = await read.ask(get(f"/api/analytics/daily?from={day}&to={day}", waiting))
            found.append((time.perf_counter() - at) * 1000)
            if [row["figures"]["tickets_received"] for row in orjson.loads(shown.body)] != [1]:
                raise RuntimeError(f"{day} shows {shown.body.decode()}")
            await asyncio.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311 - no secret
        command.close()
        read.close()
        return found


def quantile(values: Sequence[float], share: float) -> float:
    """The least value that at least this share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@asynccontextmanager
async def stage(scale: Scale, found: Found) -> AsyncIterator[Plan]:
    """The hotline and analytics, a process each, as on the split layout."""
    with servers() as settings:
        for service in installed_services("hotline", "analytics").values():
            await prepare(service, settings)
        async with serving("hotline", settings) as hotline, serving("analytics", settings) as analytics:
            rates = found.get("http", {}).get(figure_of("hotline", scale.load_clients))
            full = (
                statistics.median(rates)
                if rates
                else await door_rate(settings, "hotline", hotline, scale.load_clients, scale.seconds)
            )
            watch = Watch(settings, hotline, analytics)
            await watch.sample(SETTLE_SECONDS)  # until both have taken their first batch
            yield _plan(scale, watch, full)


def _plan(scale: Scale, watch: Watch, full: float) -> Plan:
    rate = full * SHARE

    async def probe() -> Mapping[str, float]:
        seconds = scale.latency_seconds + 2 * SETTLE_SECONDS
        load = tickets(watch.settings, "hotline", watch.hotline, scale.load_clients, seconds, rate)
        loading = asyncio.create_task(under(load))
        await asyncio.sleep(SETTLE_SECONDS)
        samples = await asyncio.gather(*(watch.sample(scale.latency_seconds) for _ in range(WATCHERS)))
        together = list(itertools.chain(*samples))
        return {
            P50: quantile(together, 0.5),
            P99: quantile(together, 0.99),
            "accepted to visible, slowest": max(together),
            LOAD: (await loading).rate,
            "samples": len(together),
        }

    return Plan(
        probes=[probe],
        limits=[Limit(P99, BELOW_MS)],
        pictures=[Bars("Milliseconds from accepted to visible", (P50, P99))],
        units={P50: MILLISECONDS, P99: MILLISECONDS, "accepted to visible, slowest": MILLISECONDS, "samples": "count"},
        notes=[
            f"Load: {rate:,.0f} commands per second, half of the {full:,.0f} that the door takes from "
            f"{scale.load_clients} clients."
        ],
    )


latency = Group(
    name="latency",
    title="(d) From accepted to visible",
    what=(
        "Hotline and analytics run in a process each. While a third sends tickets at half of the throughput of (a), two "
        "watchers send tickets of their own, each on a day of its own, and ask analytics for that day as soon as the "
        "hotline has answered, waiting for the position in that answer. Measured from the hotline's answer to "
        "analytics' answer, in which the day must show exactly one ticket: commit, relay, stream, "
        "projection and both ways of the read."
    ),
    stage=stage,
)
