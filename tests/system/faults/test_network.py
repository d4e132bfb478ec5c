"""The network between the services and their servers: cut, slow, and silent as a black hole."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.proxy import Proxy
from tests.system.faults.conftest import ROUNDS, SECONDS, Sites, UnderLoad
from tests.system.faults.site import Site

pytestmark = [pytest.mark.system, pytest.mark.timeout(SECONDS)]
SERVERS = pytest.mark.parametrize("server", ["nats", "postgres"])
SILENT_SECONDS = 8.0  # longer than what a service waits for an answer of NATS


def way_to(site: Site, server: str) -> Proxy:
    return {"nats": site.to_nats, "postgres": site.to_postgres}[server]


@SERVERS
async def test_a_cut_network_is_waited_for(server: str, sites: Sites, under_load: UnderLoad) -> None:
    site = await sites.get(1)
    for _ in range(ROUNDS):
        async with under_load(site) as load:
            way_to(site, server).cut()
            await (load.acknowledges() if server == "nats" else load.is_put_off())
            way_to(site, server).mend()
            load.seen["acknowledged_after"] = await load.acknowledges(3)


@SERVERS
async def test_dropped_connections_are_made_anew(server: str, sites: Sites, under_load: UnderLoad) -> None:
    site = await sites.get(1)
    for _ in range(ROUNDS):
        async with under_load(site) as load:
            for _ in range(3):
                way_to(site, server).drop()
                await load.acknowledges(3)


@SERVERS
async def test_a_slow_network_is_slow_and_nothing_else(server: str, sites: Sites, under_load: UnderLoad) -> None:
    site = await sites.get(1)
    for _ in range(ROUNDS):
        async with under_load(site) as load:
            way_to(site, server).delay(0.1)
            load.seen["acknowledged_after"] = await load.acknowledges(3)
            way_to(site, server).mend()


@SERVERS
async def test_nothing_waits_for_ever_on_a_black_hole(server: str, sites: Sites, under_load: UnderLoad) -> None:
    site = await sites.get(1)
    for _ in range(ROUNDS):
        async with under_load(site) as load:
            way_to(site, server).silence()
            if server == "nats":
                await asyncio.sleep(SILENT_SECONDS)  # nothing happens that could be awaited: that is the fault
                await load.acknowledges()
            else:
                await load.is_put_off()
            way_to(site, server).mend()
            load.seen["acknowledged_after"] = await load.acknowledges(3)
