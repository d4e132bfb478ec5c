"""PostgreSQL and NATS of the embedded platform are killed while commands keep coming, in both layouts."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from shared.embedded.process import wait_until
from tests.support.processes import children_of
from tests.system.platform import Platform, platform
from tests.system.writing import Writing, counted_elsewhere, in_log, in_read_model, in_stream

pytestmark = pytest.mark.system

LAYOUTS = pytest.mark.parametrize("layout", [(), ("--split",)], ids=["one", "split"])


def server(running: Platform, program: str) -> int:
    """The process of an embedded server."""
    found = [pid for pid in children_of(running.pid) if Path(f"/proc/{pid}/comm").read_text().strip() == program]
    assert found, f"no process of {program}"
    return found[0]


async def kill(running: Platform, program: str, name: str) -> None:
    """Returns when the platform says that it has started the server again."""
    before = restarts(running, name)
    os.kill(server(running, program), signal.SIGKILL)
    assert await asyncio.to_thread(wait_until, lambda: restarts(running, name) > before, 30), running.output[-20:]


def restarts(running: Platform, name: str) -> int:
    return sum("server_restarted" in line and name in line for line in running.output)


@LAYOUTS
async def test_nothing_acknowledged_is_lost_or_doubled_when_the_servers_are_killed(
    layout: tuple[str, ...], tmp_path: Path
) -> None:
    async with platform(tmp_path / "data", *layout) as running:
        writing = Writing(running)
        async with writing.going_on():
            await writing.more(20)
            await kill(running, "postgres", "PostgreSQL")
            await writing.more(20)
            await kill(running, "nats-server", "NATS")
            await writing.more(20)
            # Lost in one step: the server still writes into what is being deleted.
            (tmp_path / "data" / "nats" / "store").rename(tmp_path / "lost")
            await kill(running, "nats-server", "NATS")
            await writing.more(20)
        logged = await in_log(running)
        assert len(logged) == len(set(logged))
        assert set(writing.acknowledged) <= set(logged)
        assert await in_stream(running, logged[-1]) == logged
        assert sorted(await in_read_model(running, len(logged))) == sorted(logged)
        assert await counted_elsewhere(running, len(logged)) == len(logged)
        assert await running.stop() == 0


@LAYOUTS
async def test_ctrl_c_while_a_server_is_being_started_again_stops_at_once(
    layout: tuple[str, ...], tmp_path: Path
) -> None:
    async with platform(tmp_path / "data", *layout) as running:
        postgres = server(running, "postgres")
        slow = children_of(postgres)[0]  # keeps the memory that the next server waits for
        os.kill(slow, signal.SIGSTOP)
        os.kill(postgres, signal.SIGKILL)
        began = time.monotonic()
        stopping = asyncio.create_task(running.stop())
        await asyncio.sleep(2.0)  # a second for the start to begin; there is nothing to see of it
        os.kill(slow, signal.SIGKILL)
        assert await stopping == 0, "".join(running.output[-20:])
        assert time.monotonic() - began < 30
        if not layout:  # services in processes of their own may still finish on it what they have in hand
            assert restarts(running, "PostgreSQL") == 0
