"""SIGKILL of each service, one at a time, under a stream of commands."""

from __future__ import annotations

import os
import signal

import pytest

from shared.contracts.base import SERVICES
from tests.system.faults.conftest import ROUNDS, SECONDS, Sites, UnderLoad

pytestmark = [pytest.mark.system, pytest.mark.timeout(SECONDS)]


async def test_no_service_that_is_killed_loses_or_doubles_anything(sites: Sites, under_load: UnderLoad) -> None:
    site = await sites.get(1)
    for _ in range(ROUNDS):
        for service in SERVICES:
            async with under_load(site) as load:
                os.kill(site.platform.child(service), signal.SIGKILL)
                await load.acknowledges(3)
