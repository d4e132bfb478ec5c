"""Long-running tasks under supervision: none ends in silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import structlog
from nats.errors import Error as NatsError

from shared.messaging.reactions import ConsumerGoneError
from shared.readmodels.positions import GapError
from shared.readmodels.taking import AROUND

log = structlog.get_logger(__name__)
LONGEST_PAUSE_SECONDS = 10.0
CANCEL_AGAIN_SECONDS = 3.0  # a reaction has its last words said long before, unless nobody takes them
CALM_SECONDS = 30.0  # after which a new failure counts as the first


async def ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels tasks until all have ended.

    Once is not always enough: nats-py drops a cancellation that comes while it flushes, and `asyncio.wait_for` (Python 3.11)
    one that comes just when what it waits for is done. A service that stops would then wait for ever. Cancelled itself
    meanwhile, it ends them first.
    """
    pending = {task for task in tasks if not task.done()}
    asked: asyncio.CancelledError | None = None
    while pending:
        for task in pending:
            task.cancel()
        try:
            _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
        except asyncio.CancelledError as error:
            asked, pending = error, {task for task in pending if not task.done()}
    if asked is not None:
        raise asked


@dataclass
class Duty:
    """A task that is started again, with growing pauses, whenever it fails."""

    name: str
    work: Callable[[], Awaitable[None]]
    failures: int = 0
    last_error: str | None = None
    running: bool = field(default=False)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            started = time.monotonic()
            self.running = True
            try:
                await self.work()
                self.last_error = "ended"
            except (GapError, ConsumerGoneError, NatsError, *AROUND) as error:
                self.last_error = repr(error)
                log.warning("duty_interrupted", duty=self.name, error=self.last_error)
            except Exception as error:
                self.last_error = repr(error)
                log.exception("duty_failed", duty=self.name)
            finally:
                self.running = False
            self.failures = 1 if time.monotonic() - started > CALM_SECONDS else self.failures + 1
            await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, 0.1 * 2 ** min(self.failures, 10)))
