"""What a group of requests would write: every command decided, in order, each on what those before it leave behind."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.calendar import Clock, WorkingCalendar
from shared.eventstore.aggregates import Aggregate
from shared.eventstore.connection import Answered, Key
from shared.eventstore.decider import Because, Context, Refused
from shared.eventstore.events import Recorded
from shared.eventstore.intents import Intent, Receipt, Request, Verdict
from shared.eventstore.recorder import Also

BREATH = 64  # commands after which others of the process get their turn


@dataclass
class Plan:
    """Events, keys and statements for one transaction, and what to answer when it is committed."""

    recorded: list[Recorded] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    also: list[Also] = field(default_factory=list)
    after: dict[str, Aggregate] = field(default_factory=dict)
    answers: list[tuple[Request, list[Verdict]]] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.recorded and not self.also

    def join(self, other: Plan) -> None:
        """Takes in what comes after."""
        self.recorded += other.recorded
        self.keys += other.keys
        self.also += other.also
        self.after |= other.after
        self.answers += other.answers

    def settle(self, positions: Sequence[int]) -> None:
        """Gives receipts and aggregates the positions at which their events were stored."""
        place: Iterator[int] = iter(positions)
        for _, verdicts in self.answers:
            for n, verdict in enumerate(verdicts):
                if isinstance(verdict, Receipt) and verdict.events:
                    *_, position = (next(place) for _ in verdict.events)
                    verdicts[n] = replace(verdict, position=position)
                    self.after[verdict.aggregate_id] = replace(self.after[verdict.aggregate_id], position=position)


class Planner:
    """Decides on aggregates as they were just read; `answered` are the idempotency keys that had been used before."""

    def __init__(
        self,
        aggregates: Mapping[str, Aggregate],
        answered: Mapping[str, Answered],
        clock: Clock,
        calendar: Callable[[], WorkingCalendar],
    ) -> None:
        self._aggregates = aggregates
        self._answered = answered
        self._clock = clock
        self._calendar = calendar
        self._decided = 0

    async def plan(self, group: Sequence[Request]) -> Plan:
        """The plan of all requests that can be written. One that must be whole and is not, or whose decision raises,
        is answered at once and leaves nothing in the plan."""
        plan = Plan()
        for request in group:
            try:
                plan.join(await self._request(request, plan.after))
            except Exception as error:  # noqa: BLE001 - it is this caller's, whatever it is; the others go on
                request.fail(error)
        return plan

    async def _request(self, request: Request, before: Mapping[str, Aggregate]) -> Plan:
        own = Plan(also=list(request.also))
        verdicts: list[Verdict] = []
        # What was done together with a repeat is not done again.
        done = request.whole and any(self._repeat(intent) for intent in request.intents)
        for intent in request.intents:
            try:
                already = self._repeat(intent) or (self._unchanged(intent) if done and not intent.key else None)
                verdicts.append(already or self._decide(intent, request, own, before))
            except Refused as refused:
                if request.whole:
                    raise
                verdicts.append(refused)
            self._decided += 1
            if self._decided % BREATH == 0:
                await asyncio.sleep(0)
        own.answers.append((request, verdicts))
        return own

    def _unchanged(self, intent: Intent) -> Receipt:
        aggregate = self._aggregates[intent.aggregate_id]
        return Receipt(intent.aggregate_id, aggregate.version, aggregate.position, repeated=True)

    def _decide(self, intent: Intent, request: Request, own: Plan, before: Mapping[str, Aggregate]) -> Receipt:
        key = intent.aggregate_id
        aggregate = own.after.get(key) or before.get(key) or self._aggregates[key]
        if intent.expected_version is not None and intent.expected_version != aggregate.version:
            raise Refused(
                "platform.version-moved",
                f"该记录已更新到第{aggregate.version}版，您依据的是第{intent.expected_version}版，请刷新后再操作。",
            )
        now = self._clock.now()
        context = Context(now, self._calendar(), intent.actor)
        events = intent.decider.decide(aggregate.state, intent.command, context)
        if not events:
            return Receipt(key, aggregate.version, aggregate.position)
        command_id = str(uuid.uuid4())
        recorded = tuple(
            Recorded(key, aggregate.version + n, now, event, intent.actor, command_id, request.traceparent)
            for n, event in enumerate(events, start=1)
        )
        after = own.after[key] = aggregate.followed_by(events)
        own.recorded.extend(recorded)
        if intent.scoped_key:
            own.keys.append(Key(intent.scoped_key, intent.fingerprint, key, after.version))
        return Receipt(key, after.version, 0, recorded)

    def repeat_of(self, intent: Intent) -> Receipt | None:
        """What its key was answered with before. Raises `Refused` where the key stands for something else."""
        return self._repeat(intent)

    def _repeat(self, intent: Intent) -> Receipt | None:
        answered = self._answered.get(intent.scoped_key or "")
        if answered is None:
            return None
        if answered.fingerprint != intent.fingerprint:
            raise Refused(
                "platform.idempotency-key-reused",
                "同一幂等键已用于另一项内容不同的操作，请为新的操作换一个幂等键。",
                because=Because.INVALID,
            )
        return Receipt(answered.aggregate_id, answered.version, answered.position, repeated=True)
