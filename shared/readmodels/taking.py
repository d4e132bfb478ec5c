"""Taking events in order, once in effect, with failing ones set aside: what read models and reactions have in common."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from eventsourcing.persistence import InterfaceError as RecordInterfaceError
from eventsourcing.persistence import OperationalError as RecordOperationalError
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from shared.database.sessions import Database
from shared.eventstore.recorder import PositionMovedError
from shared.objects.store import ObjectStoreAway
from shared.readmodels.deadletters import DeadLetters
from shared.readmodels.happened import Happened, Heard
from shared.readmodels.positions import Positions, unheard
from shared.readmodels.projections import ReadModelBuildingError

log = structlog.get_logger(__name__)
ATTEMPTS = 3
RETRY_SECONDS = 0.2

# The fault is around the event, not in it: never a dead letter, always another try from the stored position.
AROUND = (
    OperationalError,
    InterfaceError,
    InternalError,  # a transaction that was idle for too long, or a server that has become a standby
    NoConnectionError,
    RecordOperationalError,
    RecordInterfaceError,
    PositionMovedError,
    ObjectStoreAway,
    ReadModelBuildingError,  # what a reaction has to read is not there yet
    OSError,
)


@dataclass
class TakingState:
    """For readiness and metrics."""

    position: int = 0
    last_error: str | None = None
    failed_at: datetime | None = None


class Taking(ABC):
    """One consumer of one source, at a position that moves in the transaction of each effect."""

    def __init__(self, name: str, source: str, database: Database, positions: Positions) -> None:
        self.name = name
        self.source = source
        self.database = database
        self.positions = positions
        self.dead_letters = DeadLetters(database, name)
        self.state = TakingState()
        self._held_back: set[str] = set()

    @abstractmethod
    async def write(self, good: Sequence[Happened], waiting: Sequence[Heard], old: int, last: Heard) -> None:
        """Does what the events ask for and moves the position from `old` to that of `last`, all or nothing.

        Raises `PositionMovedError` when it is not at `old`, or one of `waiting` has nothing to wait behind.
        """

    async def begin(self) -> tuple[int, int]:
        """Reads from the record where to go on: position and stream sequence.

        The position first: should another replica still be at work, what it sets aside after that lies beyond the
        position read here, and the next move is refused. The other way round its letter would be overlooked.
        """
        position, stream_sequence = await self.positions.read(self.name, self.source)
        self._held_back = await self.dead_letters.held_back(self.source)
        await self._arrived(position)
        return position, stream_sequence

    async def take(self, heard: Sequence[Heard]) -> None:
        """Takes a batch; repeats are passed over. Raises `GapError` and the errors of `AROUND`."""
        news = unheard(heard, self.state.position)
        if not news:
            return
        try:
            await self._write(news)
        except AROUND:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the event does, the others go on
            self._remember(error)
            log.warning("batch_failed", name=self.name, source=self.source, events=len(news), error=repr(error))
            for each in news:
                await self._take_alone(each)

    async def _take_alone(self, heard: Heard) -> None:
        error: Exception | None = None
        # What cannot be read now cannot be read in a moment either, and others wait meanwhile.
        attempts = ATTEMPTS if isinstance(heard, Happened) else 1
        for attempt in range(attempts):
            await asyncio.sleep(RETRY_SECONDS * attempt)
            try:
                await self._write([heard])
            except AROUND:
                raise
            except Exception as failed:  # noqa: BLE001 - kept with the dead letter
                error = failed
                self._remember(failed)
            else:
                return
        log.error("dead_letter", name=self.name, source=self.source, position=heard.position, error=repr(error))
        async with self.database.transaction() as session:
            await self.positions.move(session, self.name, self.source, self.state.position, heard)
            await self.dead_letters.add(session, heard, repr(error), attempts=attempts)
        self._held_back.add(heard.aggregate_id)
        await self._arrived(heard.position)

    async def _write(self, batch: Sequence[Heard]) -> None:
        """Writes a batch as memory says, and once more when an operator has just freed an aggregate it says is held back.

        Memory never holds too little: only this consumer adds letters, and another replica that does moves the position.
        It may hold too much; then `write` finds nothing to put the event behind, under the lock of the position.
        """
        while True:
            waiting = [each for each in batch if each.aggregate_id in self._held_back]
            try:
                await self._write_but(waiting, batch)
            except PositionMovedError:
                if not await self._some_are_free(waiting):
                    raise
            else:
                break
        await self._arrived(batch[-1].position)

    async def _some_are_free(self, waiting: Sequence[Heard]) -> bool:
        if not waiting:
            return False
        self._held_back = await self.dead_letters.held_back(self.source)
        return any(each.aggregate_id not in self._held_back for each in waiting)

    async def _write_but(self, waiting: Sequence[Heard], batch: Sequence[Heard]) -> None:
        good: list[Happened] = []
        for each in batch:
            if each.aggregate_id in self._held_back:
                continue
            if not isinstance(each, Happened):
                raise ValueError(each.error)
            good.append(each)
        await self.write(good, waiting, self.state.position, batch[-1])

    async def _arrived(self, position: int) -> None:
        self.state.position = position
        await self.positions.moved(self.name, self.source, position)

    def _remember(self, error: Exception) -> None:
        self.state.last_error, self.state.failed_at = repr(error), datetime.now(UTC)
