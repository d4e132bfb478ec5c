"""Two replicas of every service: a leader is killed, stands still, or vanishes behind a black hole; the other leads."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.system.faults.conftest import ROUNDS, SECONDS, Sites, UnderLoad
from tests.system.faults.site import TAKEOVER_SECONDS

pytestmark = [pytest.mark.system, pytest.mark.timeout(SECONDS)]
RELAYS_AND_REACTS = pytest.mark.parametrize("service", ["hotline", "notify"])


@RELAYS_AND_REACTS
async def test_the_second_replica_takes_over_from_a_leader_that_is_killed(
    service: str, sites: Sites, under_load: UnderLoad
) -> None:
    site = await sites.get(2)
    for _ in range(ROUNDS):
        async with under_load(site) as load:
            holder = await site.holder(service)
            began = time.monotonic()
            os.kill(holder, signal.SIGKILL)
            await site.holder(service, besides=holder)
            load.seen["taken_over_after"] = time.monotonic() - began


@RELAYS_AND_REACTS
async def test_a_leader_that_wakes_up_after_its_takeover_does_no_harm(
    service: str, sites: Sites, under_load: UnderLoad
) -> None:
    site = await sites.get(2)
    for _ in range(ROUNDS):
        async with under_load(site) as load:
            holder = await site.holder(service)
            began = time.monotonic()
            os.kill(holder, signal.SIGSTOP)
            try:
                successor = await site.holder(service, besides=holder)
                load.seen["taken_over_after"] = time.monotonic() - began
            finally:
                os.kill(holder, signal.SIGCONT)
            assert load.seen["taken_over_after"] >= TAKEOVER_SECONDS - 1
            await load.acknowledges()
            assert await site.holder(service) == successor, "the one that woke up has let go"


async def test_leaders_behind_a_black_hole_let_go_and_lead_again(sites: Sites, under_load: UnderLoad) -> None:
    site = await sites.get(2)
    for _ in range(ROUNDS):
        async with under_load(site) as load:
            site.to_postgres.silence()
            await load.is_put_off()
            site.to_postgres.mend()
            began = time.monotonic()
            for service in ("hotline", "notify"):
                await site.holder(service)
            load.seen["led_again_after"] = time.monotonic() - began
