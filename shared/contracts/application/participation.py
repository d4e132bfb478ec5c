"""Published by application: who takes part in reviews beside the people of a department."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.base import Published


class _OfDelegation(Published):
    """`absent` and `delegate` are the subjects of two accounts of the department."""

    delegation_id: str
    department: str
    absent: str
    delegate: str


class DelegationSet(_OfDelegation):
    """A colleague acts for somebody who is away, from one day until another, both included."""

    TYPE: ClassVar[str] = "application.delegation-set"
    TITLE: ClassVar[str] = "委托代办已设定"
    INTERNAL: ClassVar[bool] = True

    from_on: date
    until_on: date


class DelegationEnded(_OfDelegation):
    """Its time is over, or somebody has ended it before."""

    TYPE: ClassVar[str] = "application.delegation-ended"
    TITLE: ClassVar[str] = "委托代办已结束"
    INTERNAL: ClassVar[bool] = True

    why: Literal["over", "ended"]
    ended_on: date
