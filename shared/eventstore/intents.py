"""What is handed to a ledger, and what comes back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shared.eventstore.decider import Command, Decider, Refused
from shared.eventstore.events import Recorded
from shared.eventstore.recorder import Also
from shared.security.actor import Actor


@dataclass(frozen=True, slots=True)
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
        said = self.command.model_dump(mode="json", exclude=set(self.command.ADDED))
        content = orjson.dumps([self.aggregate_id, type(self.command).__name__, said])
        return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a command: the aggregate's version after it, and the position a reader can wait for.

    `events` is empty when there was nothing to change, and when `repeated` (answered before, under the same key).
    """

    aggregate_id: str
    version: int
    position: int
    events: tuple[Recorded, ...] = ()
    repeated: bool = False


Verdict = Receipt | Refused


@dataclass(slots=True, eq=False)
class Request:
    """What one caller handed in, to be answered together. `whole`: all of it or nothing."""

    intents: Sequence[Intent]
    also: Sequence[Also]
    whole: bool
    traceparent: str | None
    answer: asyncio.Future[list[Verdict]]

    @property
    def keys(self) -> list[str]:
        """The idempotency keys it comes with."""
        return [key for intent in self.intents if (key := intent.scoped_key)]

    def succeed(self, verdicts: list[Verdict]) -> None:
        """Answers, unless that was done or the caller has gone."""
        if not self.answer.done():
            self.answer.set_result(verdicts)

    def fail(self, error: Exception) -> None:
        """Answers with an error, unless that was done or the caller has gone."""
        if not self.answer.done():
            self.answer.set_exception(error)
