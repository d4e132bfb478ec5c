"""Load, decide, append: the one way in which a service writes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context as Variables
from typing import TypeVar

import structlog
from eventsourcing.persistence import InterfaceError, OperationalError, StoredEvent
from psycopg.errors import UniqueViolation

from shared.calendar import Clock, WorkingCalendar
from shared.eventstore.aggregates import Aggregates
from shared.eventstore.connection import Key, LogConnection
from shared.eventstore.decider import Refused
from shared.eventstore.intents import Intent, Receipt, Request, Verdict
from shared.eventstore.planning import Plan, Planner
from shared.eventstore.recorder import Also
from shared.telemetry.tracing import current_traceparent

__all__ = ["Intent", "Ledger", "Receipt"]
log = structlog.get_logger(__name__)
T = TypeVar("T")
MOST_IN_GROUP = 256  # commands that share a transaction; a batch that is handed in whole may be larger
CONFLICT_ATTEMPTS = 8
GROUP_ATTEMPTS = 2  # of a group that met a conflict; then each of its requests goes alone
BROKEN = (OperationalError, InterfaceError)
BROKEN_SECONDS = 6.0  # a server that starts again is waited for; one that is gone is not
BROKEN_PAUSE_SECONDS = 0.05  # doubled with each attempt


class Ledger:
    """Executes commands of one service against its log; other replicas may do so at the same time.

    Group commit without a timer: one transaction is in flight, and the commands that arrive meanwhile share the next,
    each with a verdict of its own. A command that comes alone waits for nobody (docs/decisions/0010).
    """

    def __init__(
        self,
        connection: LogConnection,
        clock: Clock,
        calendar: Callable[[], WorkingCalendar],
        *,
        on_append: Callable[[int], None] = lambda _position: None,
    ) -> None:
        self.aggregates = Aggregates(connection)
        self.clock = clock
        self.calendar = calendar
        self.on_append = on_append
        self._connection = connection
        self._waiting: list[Request] = []
        self._worker: asyncio.Task[None] | None = None

    async def execute(self, intent: Intent) -> Receipt:
        """Carries out one command. Raises `Refused`, with everything that is wrong."""
        (verdict,) = await self.execute_all([intent])
        if isinstance(verdict, Refused):
            raise verdict
        return verdict

    async def execute_all(self, intents: Sequence[Intent]) -> list[Verdict]:
        """Carries out several commands in one transaction, each with a verdict of its own.

        A refused command does not hold back the others. Raises the library's `OperationalError` when the record cannot
        be reached; it is then unknown whether they were carried out, and a repeat with the same keys tells.
        """
        return await self._hand_in(intents, (), False)

    async def execute_together(self, intents: Sequence[Intent]) -> list[Receipt]:
        """Carries out all commands in one transaction, or none. Raises the first `Refused`."""
        verdicts = await self._hand_in(intents, (), True)
        return [verdict for verdict in verdicts if isinstance(verdict, Receipt)]

    async def react(self, intents: Sequence[Intent], also: Sequence[Also]) -> None:
        """Carries out all commands and the statements of `also` in one transaction, or none.

        Raises the first `Refused`, and `PositionMovedError` when a condition of `also` fails.
        """
        await self._hand_in(intents, also, True)

    async def repeat_of(self, intent: Intent) -> Receipt | None:
        """What the intent's key was answered with before; None without a key, or for a new one.

        For work that has to be done before the command, and not twice. Raises `Refused` where the key stands for something
        else. Another request with the key may be under way: the command itself is still the one that decides.
        """
        key = intent.scoped_key
        if key is None:
            return None
        _, answered = await _unbroken(lambda: self.aggregates.load({}, [key]))
        return Planner({}, answered, self.clock, self.calendar).repeat_of(intent)

    async def close(self) -> None:
        """Finishes the commands in hand."""
        if self._worker:
            await self._worker
        await self._connection.close()

    async def _hand_in(self, intents: Sequence[Intent], also: Sequence[Also], whole: bool) -> list[Verdict]:
        loop = asyncio.get_running_loop()
        request = Request(intents, also, whole, current_traceparent(), loop.create_future())
        self._waiting.append(request)
        if self._worker is None:
            # With variables of its own: what it does is not part of the first caller's trace.
            self._worker = loop.create_task(self._work(), context=Variables())
        return await request.answer

    async def _work(self) -> None:
        """Until nobody waits."""
        group: list[Request] = []
        try:
            while self._waiting:
                group = self._next_group()
                await self._settle(group)
        finally:
            self._worker = None
            for request in (*group, *self._waiting):  # some are left only when this was cancelled
                request.fail(OperationalError("the ledger was stopped"))

    def _next_group(self) -> list[Request]:
        """What comes next and may share a transaction, in the order of arrival.

        What must be written whole goes alone. A key that is in the group already waits for the answer the first gets.
        """
        size, keys, end = 0, set[str](), 0
        for request in self._waiting:
            size += len(request.intents)
            if end and (request.whole or size > MOST_IN_GROUP or not keys.isdisjoint(request.keys)):
                break
            end += 1
            keys.update(request.keys)
            if request.whole:
                break
        group, self._waiting = self._waiting[:end], self._waiting[end:]
        return group

    async def _settle(self, group: Sequence[Request]) -> None:
        """Answers every request of the group; what one of them meets does not touch the others."""
        alone = len(group) == 1
        for _ in range(CONFLICT_ATTEMPTS if alone else GROUP_ATTEMPTS):
            try:
                await self._attempt(group)
                return
            except UniqueViolation as error:  # somebody was faster: decide again on what is there now
                log.info("write_conflict", constraint=error.diag.constraint_name, requests=len(group))
            except Exception as error:  # noqa: BLE001 - every error has its caller
                if alone or isinstance(error, BROKEN):
                    for request in group:
                        request.fail(error)
                    return
                break  # one of them cannot be written: it will be found alone
        if alone:
            group[0].fail(Refused("platform.busy", "同一事项正被多人同时修改，本次操作未保存，请刷新后重试。"))
        else:
            for request in group:
                await self._settle([request])

    async def _attempt(self, group: Sequence[Request]) -> None:
        wanted = {intent.aggregate_id: intent.decider for request in group for intent in request.intents}
        keys = [key for request in group for key in request.keys]
        aggregates, answered = await _unbroken(lambda: self.aggregates.load(wanted, keys)) if wanted else ({}, {})
        plan = await Planner(aggregates, answered, self.clock, self.calendar).plan(group)
        if not plan.empty:
            plan.settle(await self._save(plan))
            self.aggregates.keep(plan.after.values())
        for request, verdicts in plan.answers:
            request.succeed(verdicts)
        if plan.recorded:
            self.on_append(max(aggregate.position for aggregate in plan.after.values()))
            await self.aggregates.keep_snapshots(plan.after.values())

    async def _save(self, plan: Plan) -> Sequence[int]:
        """Saves once, also when the connection breaks at the worst moment."""
        stored: list[StoredEvent] = [self.aggregates.mapper.to_stored_event(each) for each in plan.recorded]
        keys: list[Key] = plan.keys
        unknown = False

        async def save() -> Sequence[int]:
            nonlocal unknown
            # An empty save can only be repeated: its conditions tell whether it had been done.
            if unknown and stored and (found := await self._connection.positions_of(stored)):
                return found
            unknown = True
            return await self._connection.append(stored, keys, plan.also)

        return await _unbroken(save)


async def _unbroken(work: Callable[[], Awaitable[T]]) -> T:
    """Tries again while the connection breaks, for a while."""
    began, pause = time.monotonic(), BROKEN_PAUSE_SECONDS
    while True:
        try:
            return await work()
        except BROKEN as error:
            log.warning("record_interrupted", error=str(error))
            if time.monotonic() - began > BROKEN_SECONDS:
                raise
        await asyncio.sleep(pause)
        pause *= 2
