"""What happened to a delegation (委托代办): somebody is away, and a colleague acts for them for a time."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.eventstore.events import Event


class OfDelegation(Event):
    """Who is away, and who acts; both by the subject of their account. `number` counts the delegations of one person."""

    department: str
    absent: str
    delegate: str
    number: int


class DelegationSet(OfDelegation):
    """From one day until another, both included. `by` is the absent person, or the head of the department."""

    TOPIC: ClassVar[str] = "application.delegation-set"

    from_on: date
    until_on: date
    reason: str
    by: str


class DelegationUsed(OfDelegation):
    """The delegate has given an opinion for the absent person, written together with it."""

    TOPIC: ClassVar[str] = "application.delegation-used"

    application: str
    step: str


class DelegationEnded(OfDelegation):
    """Its time is `over`, or somebody has `ended` it before."""

    TOPIC: ClassVar[str] = "application.delegation-ended"

    why: Literal["over", "ended"]
    reason: str
    ended_on: date
    by: str
