"""SIGKILL of NATS and of PostgreSQL under a stream of commands; somebody starts them again."""

from __future__ import annotations

import shutil

import pytest

from tests.system.faults.conftest import ROUNDS, SECONDS, Sites, UnderLoad

pytestmark = [pytest.mark.system, pytest.mark.timeout(SECONDS)]


async def test_nats_that_is_killed_loses_nothing_and_holds_up_no_command(sites: Sites, under_load: UnderLoad) -> None:
    site = await sites.get(1)
    for _ in range(2 * ROUNDS):
        async with under_load(site) as load:
            site.kill_nats()
            load.seen["acknowledged_without_it_after"] = await load.acknowledges()
            site.nats.start()


async def test_the_record_comes_back_whole_after_postgresql_is_killed(sites: Sites, under_load: UnderLoad) -> None:
    site = await sites.get(1)
    for _ in range(2 * ROUNDS):
        async with under_load(site) as load:
            site.kill_postgres()
            await load.is_put_off()
            site.postgres.start()
            load.seen["acknowledged_after"] = await load.acknowledges(3)


async def test_streams_come_back_from_the_logs_when_the_disk_of_nats_is_lost(
    sites: Sites, under_load: UnderLoad
) -> None:
    site = await sites.get(1)
    for _ in range(ROUNDS):
        async with under_load(site):
            site.kill_nats()
            site.nats.stop()  # collects it
            shutil.rmtree(site.nats.directory / "store")
            site.nats.start()
