"""Sites that tests share, for a platform takes longer to start than most faults to pass; a broken one is replaced."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.system.faults.checking import wrongs
from tests.system.faults.looking import looked, settled
from tests.system.faults.site import Site, site
from tests.system.faults.workload import Load

ROUNDS = int(os.environ.get("CHENGCE_FAULT_ROUNDS", "1"))
SECONDS = 900 * ROUNDS  # of one test, the start of its site included


class Sites:
    """The present site of each number of replicas."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[Site, AsyncExitStack]] = {}

    async def get(self, replicas: int) -> Site:
        """A sound site with so many replicas; no other runs beside it."""
        for number, (present, stack) in list(self._open.items()):
            if number != replicas or not present.sound:
                del self._open[number]
                await stack.aclose()
        if replicas not in self._open:
            stack = AsyncExitStack()
            self._open[replicas] = (await stack.enter_async_context(site(replicas)), stack)
        return self._open[replicas][0]

    async def close(self) -> None:
        for _, stack in self._open.values():
            await stack.aclose()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def sites() -> AsyncIterator[Sites]:
    opened = Sites()
    yield opened
    await opened.close()


UnderLoad = Callable[..., AbstractAsyncContextManager[Load]]


@pytest.fixture
def under_load(request: pytest.FixtureRequest) -> UnderLoad:
    """`async with under_load(site) as load:` - break something in the block; afterwards everything is checked."""

    @asynccontextmanager
    async def at_work(site: Site) -> AsyncIterator[Load]:
        assert site.sound
        site.sound = False
        load = Load(site)
        try:
            async with load.at_work():
                await load.acknowledges()
                yield load
                await load.acknowledges()
            late = await settled(site)
            found = wrongs(site.book, await looked(site))
            assert not found, "\n".join(found)
        except BaseException:
            print("".join(site.platform.output[-80:]))  # noqa: T201 - shown with the failed test
            raise
        site.sound = True
        _note(request.node.name, load, late)

    return at_work


def _note(test: str, load: Load, late: float) -> None:
    """For the table of operations.md: what was seen, a line for each round, where CHENGCE_FAULT_REPORT says."""
    if report := os.environ.get("CHENGCE_FAULT_REPORT"):
        line = {
            "test": test,
            "longest_silence": round(load.longest_silence(), 2),
            "slowest_command": round(max(end - begun for begun, end in load.answered_at), 2),
            "settled_after": round(late, 2),
            "acknowledged": len(load.answered_at),
            "put_off": load.book.put_off,
            **{name: round(seconds, 2) for name, seconds in load.seen.items()},
        }
        with Path(report).open("a") as file:
            file.write(json.dumps(line) + "\n")
