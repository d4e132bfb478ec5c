"""Rolls (匹配名册): whom an item's conditions fit at one moment, as policy answers other services over its doors.

A roll that is kept can be read page by page, and computed again, whatever has changed since: conditions are kept with it,
and profiles are read as they were known at its moment.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.identifiers import Uscc

Standing = Literal["met", "undecided"]


class MissingFact(BaseModel):
    """A fact that is not known of so many enterprises, and would decide the item for them, alone or with others."""

    model_config = ConfigDict(frozen=True)

    fact: str
    label: str
    enterprises: int


class Roll(BaseModel):
    """An item held against all enterprises. `id`: what it is kept under, None where it was only looked at.

    `digest` is the SHA-256 of the codes of those who meet it, sorted and joined by commas. `by_person`: requirements that no
    fact decides, so that somebody has to look at them for each enterprise that meets the others.
    """

    id: str | None = None
    code: str
    title: str
    department: str
    revision: int
    day: date
    at: datetime
    met: int
    undecided: int
    not_met: int
    digest: str
    missing: tuple[MissingFact, ...] = ()
    by_person: tuple[str, ...] = ()


class FactOnRoll(BaseModel):
    """The value of one fact at the moment of the roll. Numbers, days and flags lie between `least` and `most`, both included.

    `code` is of a hierarchical list, where a prefix is the wider class; `option` one of a choice's.
    """

    least: int | None = None
    most: int | None = None
    option: str | None = None
    code: str | None = None
    members: tuple[str, ...] | None = None

    @property
    def known(self) -> bool:
        """Whether anything is known of it."""
        return any(each is not None for each in (self.least, self.option, self.code, self.members))


class OnRoll(BaseModel):
    """An enterprise on a roll. `missing`: labels of the facts that would decide it; `value`: the fact that was asked for."""

    enterprise: Uscc
    missing: tuple[str, ...] = ()
    value: FactOnRoll | None = None


class RollPage(BaseModel):
    """Some of a roll, in the order of their codes; `next` is the code after which the following page begins."""

    roll: Roll
    enterprises: list[OnRoll] = Field(default_factory=list)
    next: str | None = None
