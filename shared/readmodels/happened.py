"""One form for what a read model or a reaction hears, from the own log or from another service's stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from shared.calendar import civil_date
from shared.contracts.base import Published
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor

OWN_LOG = "log"


class Happened(NamedTuple):
    """An event in its place: `source` is the service it happened in, or `log` for the own one; `position` its place there.

    `previous` is the position heard before it on a stream, None for the own log, which has holes. A tuple, because a
    replay makes a million of them: a frozen dataclass takes four times as long to make.
    """

    source: str
    position: int
    previous: int | None
    aggregate_id: str
    at: datetime
    event: Event | Published
    actor: Actor | None = None
    traceparent: str | None = None
    stream_sequence: int = 0

    @property
    def day(self) -> date:
        """The civil date in Asia/Shanghai on which it happened."""
        return civil_date(self.at)

    @property
    def type(self) -> str:
        """Topic of a stored event, type of a published one."""
        return self.event.TOPIC if isinstance(self.event, Event) else self.event.TYPE


def from_log(recorded: Recorded) -> Happened:
    """What the own log tells."""
    return Happened(
        OWN_LOG,
        recorded.position,
        None,
        recorded.originator_id,
        recorded.at,
        recorded.event,
        recorded.actor,
        recorded.traceparent,
    )


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event that could not be decoded, with its place, so that it can be set aside and nothing else waits for it."""

    source: str
    position: int
    previous: int | None
    aggregate_id: str
    type: str
    error: str
    stream_sequence: int = 0
    traceparent: str | None = None


Heard = Happened | Unreadable
