"""(a) The same commands over HTTP, beside a door that only validates and one that calls the library's `save`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from bench.load import PLACE, Load, under
from bench.plan import Against, Bars, Found, Group, Plan, Scale
from bench.serving import service_of
from bench.stage import servers, serving
from bench.tickets import AGENT, body
from shared.runtime.host import prepare
from shared.runtime.settings import Settings
from shared.security.tokens import issue

DOORS = {"hotline": "the service", "saving": "eventsourcing save", "validating": "validation alone"}
TARGETS = {"saving": 5.0, "validating": 0.45}
WARM_UP_SECONDS = 0.3


def signed_in(settings: Settings) -> dict[str, str]:
    """Headers of a hotline agent."""
    token = issue(AGENT, settings.require_secret(), datetime(2020, 1, 1, tzinfo=UTC), timedelta(days=36_500))
    return {"Authorization": f"Bearer {token}"}


def tickets(settings: Settings, kind: str, port: int, clients: int, seconds: float, rate: float | None = None) -> Load:
    """Tickets with numbers of their own, to one door."""
    return Load(
        port, f"/api/{kind}/tickets", body(PLACE).decode(), signed_in(settings), uuid4().hex[:8], clients, seconds, rate
    )


async def door_rate(settings: Settings, kind: str, port: int, clients: int, seconds: float) -> float:
    """Answers a second to clients in another process."""
    return (await under(tickets(settings, kind, port, clients, seconds))).rate


@asynccontextmanager
async def stage(scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    """A process for each door, all of them up; one at a time is asked."""
    with servers() as settings:
        async with AsyncExitStack() as stack:
            ports = {}
            for kind in DOORS:
                for service in service_of(kind).values():
                    await prepare(service, settings)
                ports[kind] = await stack.enter_async_context(serving(kind, settings))
                await door_rate(settings, kind, ports[kind], scale.load_clients, min(WARM_UP_SECONDS, scale.seconds))
            yield _plan(scale, settings, ports)


def figure_of(kind: str, clients: int) -> str:
    """The name of a door's figure."""
    return f"{clients} client{'s' if clients > 1 else ''}: {DOORS[kind]}"


def _plan(scale: Scale, settings: Settings, ports: dict[str, int]) -> Plan:
    plan = Plan()
    for clients in scale.clients:
        names = {}
        for kind, port in ports.items():
            names[kind] = plan.add(
                figure_of(kind, clients), partial(door_rate, settings, kind, port, clients, scale.seconds)
            )
        targets = TARGETS if clients == scale.load_clients else {}
        plan.against += [Against(names["hotline"], names[kind], at_least=targets.get(kind)) for kind in TARGETS]
        plan.pictures.append(
            Bars(f"Commands answered per second, {figure_of('hotline', clients)}", tuple(names.values()))
        )
    return plan


http = Group(
    name="http",
    title="(a) Durable commands, over HTTP",
    what=(
        "POST /api/hotline/tickets on the service's own process, which relays and projects what it takes at the same "
        "time, from clients in another process on kept connections. Beside it two doors made by the same application "
        "factory, with the same middlewares, sign-in, form and answer: one calls eventsourcing's save for the ticket, "
        "the other does nothing with it."
    ),
    stage=stage,
)
