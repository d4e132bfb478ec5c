"""Long-running tasks under supervision: none ends in silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from nats.errors import Error as NatsError

from shared.messaging.reactions import ConsumerGoneError
from shared.readmodels.positions import GapError
from shared.readmodels.taking import AROUND

log = structlog.get_logger(__name__)
LONGEST_PAUSE_SECONDS = 10.0
CALM_SECONDS = 30.0  # after which a new failure counts as the first


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
