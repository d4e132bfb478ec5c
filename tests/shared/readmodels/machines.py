"""What the state machines of this room share: steps that await real servers, in a loop of their own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from shared.runtime.tables import create_tables
from tests.shared.readmodels.journal import Platform

T = TypeVar("T")
AGGREGATES = ("a", "b", "c")
_runs = itertools.count(1)


class Machine(RuleBasedStateMachine):
    """One run on a platform that all runs of a test share; each has aggregates of its own."""

    def __init__(self, platform: Platform, runner: asyncio.Runner) -> None:
        super().__init__()
        self.platform = platform
        self.runner = runner
        run = next(_runs)
        self.names = {short: f"run{run}-{short}" for short in AGGREGATES}
        self.begin = max(platform.happened, default=0)
        self.wait(platform.start_afresh())

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Carries out a step."""
        return self.runner.run(work)

    def wait_all(self, *work: Coroutine[Any, Any, Any]) -> list[Any]:
        """Carries out steps at the same time; errors are among the results."""

        async def together() -> list[Any]:
            return list(await asyncio.gather(*work, return_exceptions=True))

        return self.runner.run(together())


def run(
    machine: Callable[[Platform, asyncio.Runner], Machine],
    url: str,
    made: Callable[[str], AbstractAsyncContextManager[Platform]],
    *,
    examples: int,
    steps: int,
) -> None:
    """Runs a machine on a new platform."""
    with _platform_on(url, made) as (platform, runner):
        run_state_machine_as_test(
            lambda: machine(platform, runner),
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                phases=[Phase.generate],  # shrinking on real servers takes minutes; the steps are printed as they were
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


@contextmanager
def _platform_on(
    url: str, made: Callable[[str], AbstractAsyncContextManager[Platform]]
) -> Iterator[tuple[Platform, asyncio.Runner]]:
    """The platform, opened and closed in the loop in which the machine works."""
    create_tables(url)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            yield runner.run(stack.enter_async_context(made(url))), runner
        finally:
            runner.run(stack.aclose())
