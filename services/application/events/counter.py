"""What happened at the counter (惠企服务专窗, article 21): halls, numbers, and who was served for whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Literal

from services.application.events.application import OfApplication
from shared.eventstore.events import Event

Capacity = Literal["legal-representative", "employee", "agent"]  # 法定代表人、经办人员、受托代理人
Scope = Literal["apply", "prefill", "grant"]
Act = Literal["submit", "supplement", "withdraw"]


class HallSet(Event):
    """A hall as it is from now on: its counters, and its services, each with the letter of its numbers.

    `department` runs it: its clerks serve there, and it is whom visitors rate.
    """

    TOPIC: ClassVar[str] = "application.hall-set"

    hall: str
    name: str
    department: str
    counters: tuple[str, ...]
    services: tuple[dict[str, Any], ...]
    by: str


class QueueOpened(Event):
    """The first number of a hall's day was taken."""

    TOPIC: ClassVar[str] = "application.queue-opened"

    hall: str
    hall_name: str
    department: str
    day: date


class NumberTaken(Event):
    """Somebody waits. `holder`: the account that took it, where it was not taken at the hall's own machine or by a clerk."""

    TOPIC: ClassVar[str] = "application.number-taken"

    number: str
    service: str
    service_title: str
    taken_at: datetime
    holder: str | None


class NumberCalled(Event):
    """A clerk has called it to a counter; `again`: it was called before."""

    TOPIC: ClassVar[str] = "application.number-called"

    number: str
    counter: str
    clerk: str
    called_at: datetime
    again: bool


class NumberMissed(Event):
    """Nobody came (过号); it can be recalled until the day is over."""

    TOPIC: ClassVar[str] = "application.number-missed"

    number: str
    clerk: str


class ServingBegun(Event):
    """Its holder stands at the counter: `visit` begins with it."""

    TOPIC: ClassVar[str] = "application.serving-begun"

    number: str
    clerk: str
    visit: str


class ServingEnded(Event):
    """Its holder was served."""

    TOPIC: ClassVar[str] = "application.serving-ended"

    number: str
    clerk: str


class QueueClosed(Event):
    """The day is over: `lapsed` were never served, `unfinished` were being served."""

    TOPIC: ClassVar[str] = "application.queue-closed"

    lapsed: tuple[str, ...]
    unfinished: tuple[str, ...]


class OfVisit(Event):
    """A visit at the counter: at which hall, under which number, for which service, on which day."""

    visit: str
    hall: str
    hall_name: str
    department: str
    number: str
    service_title: str
    day: date


class VisitBegun(OfVisit):
    """A clerk serves somebody."""

    TOPIC: ClassVar[str] = "application.visit-begun"

    clerk: str


class VisitorRecorded(OfVisit):
    """Who is there, and for which enterprise. Name, identity number and phone are sealed; `*_end`: their last four
    characters; `mark`: a keyed hash of all that was said, by which a repeat is known."""

    TOPIC: ClassVar[str] = "application.visitor-recorded"

    enterprise: str | None
    capacity: Capacity | None
    name: str
    identity: str | None
    identity_end: str | None
    phone: str | None
    phone_end: str | None
    mark: str
    by: str


class VisitorSeen(OfVisit):
    """Somebody has looked at the visitor in the clear."""

    TOPIC: ClassVar[str] = "application.visitor-seen"

    by: str


class ConsentGiven(OfVisit):
    """The enterprise agrees to what `scope` says, by the text of that version.

    On `paper`, which the clerk has scanned (`attachment`), or `electronic`, by an account of the enterprise itself.
    """

    TOPIC: ClassVar[str] = "application.consent-given"

    enterprise: str
    scope: tuple[Scope, ...]
    how: Literal["paper", "electronic"]
    text_version: int
    attachment: str | None
    clerk: str
    by: str


class ConsentWithdrawn(OfVisit):
    """It agrees no longer; `drafts` of the visit that were not handed in end with it."""

    TOPIC: ClassVar[str] = "application.consent-withdrawn"

    enterprise: str
    reason: str
    drafts: tuple[str, ...]
    by: str


class VisitUsed(OfVisit):
    """Something was done for the enterprise, written together with what was done to: the number of an application, or the
    key of a draft or grant."""

    TOPIC: ClassVar[str] = "application.visit-used"

    act: Literal["submit", "supplement", "withdraw", "draft", "confirm", "decline"]
    of: str
    enterprise: str


class VisitEnded(OfVisit):
    """The clerk has `ended` it, or the day was `over`."""

    TOPIC: ClassVar[str] = "application.visit-ended"

    enterprise: str | None
    why: Literal["ended", "over"]


class ActedAtCounter(OfApplication):
    """The applicant's step before it was taken by a clerk, in a visit; `clerk` is the account's subject."""

    TOPIC: ClassVar[str] = "application.acted-at-counter"

    act: Act
    visit: str
    clerk: str
