"""Pure decisions: `decide(state, command, context) -> events`, `evolve(state, event) -> state`; no I/O, no clock, no random."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.calendar import WorkingCalendar, civil_date
from shared.eventstore.events import Event
from shared.security.actor import Actor


class Command(BaseModel):
    """What somebody wants, in the imperative; refused or turned into events by a decider.

    `ADDED`: fields that the sender has not said: what the service has looked up or sealed. A repeat under the same
    idempotency key is the same command, whatever these have become meanwhile.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ADDED: ClassVar[frozenset[str]] = frozenset()


class State(BaseModel):
    """What an aggregate's events amount to, as far as its decisions need it; kept in snapshots.

    Raise `state_version` when the fields or `evolve` change: older snapshots are then passed over.
    """

    model_config = ConfigDict(frozen=True)

    state_version: int = 1


S = TypeVar("S", bound=State)
C = TypeVar("C", bound=Command)


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision may look at beside the state: the instant, the working calendar, and who asks."""

    now: datetime
    calendar: WorkingCalendar
    actor: Actor

    @property
    def today(self) -> date:
        """The civil date in Asia/Shanghai."""
        return civil_date(self.now)


class Because(StrEnum):
    """The kind of a refusal; the HTTP door turns it into a status."""

    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"


class FieldError(BaseModel):
    """One thing that is wrong: where (a dotted path, or empty for the whole), a stable code, and a Chinese sentence."""

    model_config = ConfigDict(frozen=True)

    field: str
    code: str
    message: str


class Refused(Exception):
    """A command that changes nothing. `code` is stable (`policy.guide-incomplete`), `title` a Chinese sentence that says what
    to do next, `errors` everything that is wrong, at once."""

    def __init__(
        self, code: str, title: str, errors: Sequence[FieldError] = (), because: Because = Because.CONFLICT
    ) -> None:
        super().__init__(code, title)
        self.code = code
        self.title = title
        self.errors = tuple(errors)
        self.because = because

    def __str__(self) -> str:
        return f"{self.code}: {self.title} {[e.message for e in self.errors] or ''}".rstrip()


@dataclass(frozen=True)
class Decider(Generic[S, C]):
    """One kind of aggregate. Ids are `<kind>-<key>`; `snapshot_every` counts events."""

    kind: str
    state: type[S]
    decide: Callable[[S | None, C, Context], Sequence[Event]]
    evolve: Callable[[S | None, Event], S]
    snapshot_every: int = 100

    def id_of(self, key: str) -> str:
        """The aggregate id of a natural key."""
        return f"{self.kind}-{key}"
