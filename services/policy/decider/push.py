"""Who has been told of an item; pure.

One aggregate keeps a share of the enterprises (a bucket), so that an item which tens of thousands meet is many small
decisions: each is carried out whole, and one that is repeated after a crash finds nothing left to tell.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from datetime import date

from pydantic import Field

from services.policy.events.matching import ClosingSoon, Level, MatchesFound
from shared.eventstore.decider import Command, Context, Decider, State
from shared.eventstore.events import Event

BUCKETS = 64
MOST_IN_EVENT = 50  # so that who writes a message for each of them writes a few thousand at a time
_RANKS: dict[str, int] = {"nearly": 1, "met": 2}


def bucket_of(uscc: str) -> int:
    """The bucket that an enterprise is in, for ever."""
    return zlib.crc32(uscc.encode()) % BUCKETS


def push_key(code: str, bucket: int) -> str:
    """The natural key of an item's bucket."""
    return f"{code}--{bucket:02}"


class _OfItem(Command):
    code: str
    title: str
    department: str


class TellMatches(_OfItem):
    """Tell those of these enterprises that were not told so before. `quiet` are those who want a daily digest."""

    revision: int
    level: Level
    enterprises: tuple[str, ...]
    quiet: tuple[str, ...] = ()
    amount_text: str = ""
    closes_on: date | None = None


class RemindOfClosing(_OfItem):
    """Remind those of these enterprises that were not yet reminded of this closing."""

    closes_on: date
    enterprises: tuple[str, ...]


class PushState(State):
    """The highest level each enterprise was told of, and the last closing it was reminded of."""

    told: dict[str, Level] = Field(default_factory=dict)
    reminded: dict[str, date] = Field(default_factory=dict)


def decide(state: PushState | None, command: TellMatches | RemindOfClosing, _context: Context) -> Sequence[Event]:
    """Only what is news is told: a level that is higher than the one told before, a closing not yet reminded of."""
    known = state or PushState()
    match command:
        case TellMatches():
            return list(_matches(known, command))
        case RemindOfClosing():
            news = [uscc for uscc in command.enterprises if known.reminded.get(uscc) != command.closes_on]
            content = command.model_dump(exclude={"enterprises"})
            return [ClosingSoon(**content, enterprises=some) for some in _portions(news)]


def _matches(state: PushState, command: TellMatches) -> Iterator[MatchesFound]:
    rank, quiet = _RANKS[command.level], frozenset(command.quiet)
    news = [uscc for uscc in command.enterprises if _RANKS.get(state.told.get(uscc, ""), 0) < rank]
    content = command.model_dump(exclude={"enterprises", "quiet"})
    for some in _portions(news):
        told = {uscc: uscc in quiet for uscc in some}
        yield MatchesFound(
            **content,
            enterprises=tuple(uscc for uscc, later in told.items() if not later),
            digest=tuple(uscc for uscc, later in told.items() if later),
        )


def _portions(usccs: Sequence[str]) -> Iterator[tuple[str, ...]]:
    distinct = list(dict.fromkeys(usccs))
    return (tuple(distinct[n : n + MOST_IN_EVENT]) for n in range(0, len(distinct), MOST_IN_EVENT))


def evolve(state: PushState | None, event: Event) -> PushState:
    known = state or PushState()
    match event:
        case MatchesFound():
            told = {**known.told, **dict.fromkeys((*event.enterprises, *event.digest), event.level)}
            return known.model_copy(update={"told": told})
        case ClosingSoon():
            return known.model_copy(
                update={"reminded": {**known.reminded, **dict.fromkeys(event.enterprises, event.closes_on)}}
            )
        case _:
            raise AssertionError(f"no event of a push: {event.TOPIC}")


push = Decider("push", PushState, decide, evolve)
