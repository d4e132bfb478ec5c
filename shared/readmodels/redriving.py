"""Putting dead letters through again: aggregate by aggregate, in order, each together with the deletion of its letter."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from shared.database.sessions import Database
from shared.eventstore.recorder import Also, PositionMovedError
from shared.readmodels.deadletters import Letter, Letters, carry_out, keeping_discarded, taking_out
from shared.readmodels.happened import Happened, Heard
from shared.readmodels.model import ReadModel, Writer
from shared.readmodels.taking import AROUND, ATTEMPTS, RETRY_SECONDS

log = structlog.get_logger(__name__)
TOGETHER = 100  # letters that share a transaction; the consumer waits for its end
Effect = Callable[[Sequence[Happened], Sequence[Also]], Awaitable[None]]


class EventMissingError(LookupError):
    """The event of a letter is not where it was heard: no fault of the event, so the letter stays as it is."""


class NotTheFirstError(ValueError):
    """A letter that waits behind another cannot be discarded alone: the failing one in front decides."""


@dataclass(frozen=True)
class Consumer:
    """A read model or reaction whose letters can be put through in this release.

    `fetch` reads a letter's event again at its place and raises `EventMissingError`; `effect` does what the consumer does
    with events, in one transaction with the statements given, or nothing.
    """

    name: str
    source: str
    fetch: Callable[[Letter], Awaitable[Heard]]
    effect: Effect


@dataclass(frozen=True)
class Outcome:
    """What became of one aggregate: letters put through, and the one that stopped the rest, if any, with the reason.

    `tried` tells whether that one was tried and failed again, or could not be tried at all.
    """

    name: str
    source: str
    aggregate_id: str
    through: int
    stopped_by: Letter | None = None
    error: str | None = None
    tried: bool = False


def effect_of_model(model: ReadModel, schema: str, database: Database) -> Effect:
    """What a build of a read model does with events, outside their turn: its fold, without moving its position."""

    async def effect(happened: Sequence[Happened], also: Sequence[Also]) -> None:
        async with database.transaction([schema, "platform", "public"]) as session:
            await carry_out(session, also)
            await model.apply(happened, Writer(session))

    return effect


async def redrive(consumer: Consumer, letters: Letters, aggregate_id: str) -> Outcome:
    """Puts an aggregate's letters through in their order until none is left or one fails again.

    Many share a transaction as long as none fails. Works beside the running consumer: what that one sets aside behind
    meanwhile is put through as well. Raises the errors of `AROUND` when the fault is around the events and stays.
    """
    through = 0
    while found := await letters.of_aggregate(consumer.name, consumer.source, aggregate_id, TOGETHER):
        done, error = await _attempt(consumer, letters, found)
        through += done
        for letter in found if error else ():
            if len(found) > 1:  # it is one of them: those before it go through
                done, error = await _attempt(consumer, letters, [letter])
                through += done
            if error:
                tried = not isinstance(error, EventMissingError)
                reason = repr(error) if tried else str(error)
                if tried:
                    log.warning("failed_again", name=letter.name, source=letter.source, position=letter.position)
                    await letters.failed_again(letter, reason)
                return Outcome(consumer.name, consumer.source, aggregate_id, through, letter, reason, tried)
    return Outcome(consumer.name, consumer.source, aggregate_id, through)


async def _attempt(consumer: Consumer, letters: Letters, found: Sequence[Letter]) -> tuple[int, Exception | None]:
    """How many letters went through, all or none of them, and what kept them from it."""
    try:
        return await _with_patience(partial(_put_through, consumer, letters, found)), None
    except AROUND:
        raise
    except Exception as error:  # noqa: BLE001 - kept with the letter
        return 0, error


async def _put_through(consumer: Consumer, letters: Letters, found: Sequence[Letter]) -> int:
    happened: list[Happened] = []
    for letter in found:
        heard = await consumer.fetch(letter)
        if not isinstance(heard, Happened):
            raise ValueError(heard.error)
        happened.append(heard)
    try:
        await consumer.effect(happened, taking_out(found))
    except PositionMovedError:
        first = found[0]
        now = await letters.of_aggregate(first.name, first.source, first.aggregate_id)
        if now and now[0].id == first.id:  # its consumer has no position
            raise
        return 0  # another operator was faster, or the answer to our own commit was lost: look again
    return len(found)


async def _with_patience(work: Callable[[], Awaitable[int]]) -> int:
    """Deadlocks and lost connections pass."""
    for attempt in range(1, ATTEMPTS):
        try:
            return await work()
        except AROUND as error:
            log.info("tried_again", attempt=attempt, error=repr(error))
            await asyncio.sleep(RETRY_SECONDS * attempt)
    return await work()


async def discard(letters: Letters, letter: Letter, operation: int, event: str | None) -> None:
    """Removes a failing letter for good and keeps it, with its whole event as JSON, under the operator's operation.

    What waited behind it has its turn. Raises `NotTheFirstError`, also when the letter has gone meanwhile.
    """
    try:
        async with letters.database.transaction() as session:
            # The lock first, so that nobody can put the letter through between its being kept and taken out.
            lock, *rest = taking_out([letter])
            await carry_out(session, [lock, keeping_discarded(letter, operation, event), *rest])
    except PositionMovedError as error:
        raise NotTheFirstError(
            f"letter {letter.id} is not the first of {letter.aggregate_id} at {letter.name}, or has gone"
        ) from error
