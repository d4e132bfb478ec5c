"""Readiness tells the truth: of the database, of the bus, and that they came back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.embedded import EmbeddedNats, EmbeddedPostgres
from tests.support.running import Running, services_with, settings_for_tests

WITHIN = 120.0


async def becomes(running: Running, status: int) -> None:
    """Asks until /readyz answers so."""
    async with asyncio.timeout(WITHIN):
        while (await running.client.get("/readyz")).status_code != status:  # noqa: ASYNC110 - as a cluster does
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("part", ["database", "bus"])
async def test_readiness_follows_what_the_service_stands_on(part: str, tmp_path: Path) -> None:
    postgres, nats = EmbeddedPostgres(tmp_path / "postgres"), EmbeddedNats(tmp_path / "nats")
    postgres.start()
    nats.start()
    try:
        async with services_with(["registry"], settings_for_tests(postgres.url, nats.url)) as running:
            await becomes(running, 200)
            server = postgres if part == "database" else nats
            await asyncio.to_thread(server.stop)
            await becomes(running, 503)
            assert (await running.client.get("/healthz")).status_code == 200, "alive, though not ready"
            (found,) = (await running.client.get("/readyz")).json()
            assert (found["database"], found["bus"]) == (part != "database", part != "bus")
            await asyncio.to_thread(server.start)
            await becomes(running, 200)
    finally:
        postgres.stop()
        nats.stop()


async def test_metrics_can_be_scraped(database_url: str, tmp_path: Path) -> None:
    nats = EmbeddedNats(tmp_path / "nats")
    nats.start()
    try:
        async with services_with(["registry"], settings_for_tests(database_url, nats.url)) as running:
            await becomes(running, 200)
            page = (await running.client.get("/metrics")).text
            families = {family.name: family for family in text_string_to_metric_families(page)}
            assert families["chengce_ready"].samples[0].value == 1
            assert {"chengce_unpublished_age_seconds", "chengce_consumer_lag", "chengce_dead_letters"} <= set(families)
    finally:
        nats.stop()
