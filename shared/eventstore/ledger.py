"""Load, decide, append: the one way in which a service writes."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError, StoredEvent

from shared.calendar import Clock, WorkingCalendar
from shared.eventstore.aggregates import Aggregate, Aggregates
from shared.eventstore.decider import Because, Command, Context, Decider, Refused
from shared.eventstore.events import Recorded
from shared.eventstore.recorder import Also, LogRecorder, violated_constraint
from shared.security.actor import Actor
from shared.telemetry.tracing import current_traceparent

log = structlog.get_logger(__name__)
CONFLICT_ATTEMPTS = 8
BROKEN_CONNECTION_ATTEMPTS = 5
KEY_CONSTRAINT = "idempotency_pkey"


@dataclass(frozen=True)
class Intent:
    """One command for one aggregate.

    `key` is the sender's idempotency key: the same key of the same actor gives the same answer, whatever happened on the
    way. `expected_version` refuses the command when the aggregate has moved on.
    """

    decider: Decider[Any, Any]
    aggregate_id: str
    command: Command
    actor: Actor
    key: str | None = None
    expected_version: int | None = None

    @property
    def scoped_key(self) -> str | None:
        return f"{self.actor.subject}:{self.key}" if self.key else None

    @property
    def fingerprint(self) -> str:
        """What the key stands for: a second use with another content is refused."""
        content = orjson.dumps([self.aggregate_id, type(self.command).__name__, self.command.model_dump(mode="json")])
        return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Receipt:
    """What became of a command: the aggregate's version after it, and the position a reader can wait for.

    `events` is empty when there was nothing to change, and when `repeated` (answered before, under the same key).
    """

    aggregate_id: str
    version: int
    position: int
    events: tuple[Recorded, ...] = ()
    repeated: bool = False


@dataclass
class _Plan:
    """What a round of intents would write."""

    verdicts: list[Receipt | Refused] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)
    also: list[Also] = field(default_factory=list)
    after: dict[str, Aggregate] = field(default_factory=dict)


class Ledger:
    """Executes commands of one service against its log; safe to call from several replicas at once."""

    def __init__(
        self,
        recorder: LogRecorder,
        aggregates: Aggregates,
        clock: Clock,
        calendar: Callable[[], WorkingCalendar],
        *,
        threads: int = 4,
        on_append: Callable[[int], None] = lambda _position: None,
    ) -> None:
        self.recorder = recorder
        self.aggregates = aggregates
        self.clock = clock
        self.calendar = calendar
        self.on_append = on_append
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="ledger")

    async def execute(self, intent: Intent) -> Receipt:
        """Carries out one command. Raises `Refused`, with everything that is wrong."""
        (verdict,) = await self.execute_all([intent])
        if isinstance(verdict, Refused):
            raise verdict
        return verdict

    async def execute_all(self, intents: Sequence[Intent]) -> list[Receipt | Refused]:
        """Carries out several commands in one transaction, each with a verdict of its own.

        A refused command does not hold back the others.
        """
        return await self._in_thread(intents, (), False)

    async def react(self, intents: Sequence[Intent], also: Sequence[Also]) -> None:
        """Carries out all commands and the statements of `also` in one transaction, or none.

        Raises the first `Refused`, and `PositionMovedError` when a condition of `also` fails.
        """
        await self._in_thread(intents, also, True)

    async def _in_thread(self, intents: Sequence[Intent], also: Sequence[Also], whole: bool) -> list[Receipt | Refused]:
        context = copy_context()
        loop = asyncio.get_running_loop()
        verdicts = await loop.run_in_executor(self._threads, lambda: context.run(self._run, intents, also, whole))
        positions = [v.position for v in verdicts if isinstance(v, Receipt) and v.events]
        if positions:
            self.on_append(max(positions))
        return verdicts

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Runs a blocking read of the record in the ledger's threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: function(*args))

    def close(self) -> None:
        """Finishes the commands in hand."""
        self._threads.shutdown(wait=True)

    def _run(self, intents: Sequence[Intent], also: Sequence[Also], whole: bool) -> list[Receipt | Refused]:
        command_ids = [str(uuid.uuid4()) for _ in intents]
        for _ in range(CONFLICT_ATTEMPTS):
            plan = self._plan(intents, command_ids, also)
            refused = next((v for v in plan.verdicts if isinstance(v, Refused)), None)
            if whole and refused:
                raise refused
            if not plan.recorded and not plan.also:
                return plan.verdicts
            stored = [self.aggregates.mapper.to_stored_event(r) for r in plan.recorded]
            try:
                positions = self._save(stored, plan.also)
            except IntegrityError as error:
                log.info("write_conflict", constraint=violated_constraint(error), commands=len(intents))
                continue  # somebody was faster: decide again on what is there now
            self.aggregates.keep_snapshots(plan.after.values())
            return _with_positions(plan, dict(zip((id(r) for r in plan.recorded), positions, strict=True)))
        raise Refused(
            "platform.busy", "同一事项正被多人同时修改，本次操作未保存，请刷新后重试。", because=Because.CONFLICT
        )

    def _save(self, stored: Sequence[StoredEvent], also: Sequence[Also]) -> Sequence[int]:
        """Saves once, also when the connection breaks at the worst moment."""
        for attempt in range(BROKEN_CONNECTION_ATTEMPTS):
            try:
                return self.recorder.insert_events(stored, also=also)
            except (OperationalError, InterfaceError) as error:
                log.warning("commit_unknown", attempt=attempt, error=str(error))
                # An empty save can only be repeated: its conditions tell whether it had been done.
                found = self.recorder.positions_of(stored) if stored else None
                if found is not None:
                    return found
        return self.recorder.insert_events(stored, also=also)

    def _plan(self, intents: Sequence[Intent], command_ids: Sequence[str], also: Sequence[Also]) -> _Plan:
        plan = _Plan(also=list(also))
        answered = self._answered([k for i in intents if (k := i.scoped_key)])
        for intent, command_id in zip(intents, command_ids, strict=True):
            try:
                verdict = self._repeat(intent, answered) or self._decide(intent, command_id, plan)
            except Refused as refused:
                plan.verdicts.append(refused)
            else:
                plan.verdicts.append(verdict)
        return plan

    def _decide(self, intent: Intent, command_id: str, plan: _Plan) -> Receipt:
        aggregate = plan.after.get(intent.aggregate_id) or self.aggregates.get(intent.decider, intent.aggregate_id)
        if intent.expected_version is not None and intent.expected_version != aggregate.version:
            raise Refused(
                "platform.version-moved",
                f"该记录已更新到第{aggregate.version}版，您依据的是第{intent.expected_version}版，请刷新后再操作。",
            )
        now = self.clock.now()
        events = intent.decider.decide(aggregate.state, intent.command, Context(now, self.calendar(), intent.actor))
        recorded = tuple(
            Recorded(
                originator_id=intent.aggregate_id,
                originator_version=aggregate.version + n,
                at=now,
                event=event,
                actor=intent.actor,
                command_id=command_id,
                traceparent=current_traceparent(),
            )
            for n, event in enumerate(events, start=1)
        )
        after = aggregate.followed_by(intent.decider, recorded)
        plan.after[intent.aggregate_id] = after
        plan.recorded.extend(recorded)
        if intent.scoped_key and recorded:
            plan.also.append(_remember_key(intent, after.version))
        return Receipt(intent.aggregate_id, after.version, aggregate.position, recorded)

    def _answered(self, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        if not keys:
            return {}
        rows = self.recorder.query(
            "SELECT i.key, i.fingerprint, i.aggregate_id, i.version, s.notification_id AS position"
            " FROM platform.idempotency i LEFT JOIN public.stored_events s"
            " ON s.originator_id = i.aggregate_id AND s.originator_version = i.version WHERE i.key = ANY(%(keys)s)",
            {"keys": list(keys)},
        )
        return {row["key"]: row for row in rows}

    def _repeat(self, intent: Intent, answered: Mapping[str, Mapping[str, Any]]) -> Receipt | None:
        row = answered.get(intent.scoped_key or "")
        if row is None:
            return None
        if row["fingerprint"] != intent.fingerprint:
            raise Refused(
                "platform.idempotency-key-reused",
                "同一幂等键已用于另一项内容不同的操作，请为新的操作换一个幂等键。",
                because=Because.INVALID,
            )
        return Receipt(row["aggregate_id"], row["version"], row["position"] or 0, repeated=True)


def _remember_key(intent: Intent, version: int) -> Also:
    return Also(
        "INSERT INTO platform.idempotency (key, fingerprint, aggregate_id, version)"
        " VALUES (%(key)s, %(fingerprint)s, %(aggregate_id)s, %(version)s)",
        {
            "key": intent.scoped_key,
            "fingerprint": intent.fingerprint,
            "aggregate_id": intent.aggregate_id,
            "version": version,
        },
    )


def _with_positions(plan: _Plan, position_of: Mapping[int, int]) -> list[Receipt | Refused]:
    verdicts: list[Receipt | Refused] = []
    for verdict in plan.verdicts:
        if isinstance(verdict, Receipt) and verdict.events:
            position = max(position_of[id(event)] for event in verdict.events)
            verdict = Receipt(verdict.aggregate_id, verdict.version, position, verdict.events)
        verdicts.append(verdict)
    return verdicts
