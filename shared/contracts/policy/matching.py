"""Published by policy: whom an item fits. Internal, for it tells what an enterprise is."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Published

Level = Literal["nearly", "met"]


class MatchesFound(Published):
    """These enterprises meet the item (`met`), or would with a fact or two that are missing (`nearly`), and are to be told.

    An enterprise stands in one such event for each item and level, ever. Those who want a daily digest are not in it.
    """

    TYPE: ClassVar[str] = "policy.matches-found"
    TITLE: ClassVar[str] = "企业与事项已匹配"
    INTERNAL: ClassVar[bool] = True

    item_id: str
    title: str
    department: str
    revision: int
    level: Level
    enterprises: tuple[str, ...]
    amount_text: str = ""
    closes_on: date | None = None


class ClosingSoon(Published):
    """The window closes on `closes_on`, and these enterprises meet the item and have not applied."""

    TYPE: ClassVar[str] = "policy.closing-soon"
    TITLE: ClassVar[str] = "事项即将截止"
    INTERNAL: ClassVar[bool] = True

    item_id: str
    title: str
    department: str
    closes_on: date
    enterprises: tuple[str, ...]


class DigestEntry(BaseModel):
    """One item of a digest."""

    model_config = ConfigDict(frozen=True)

    item_id: str
    title: str
    level: Level


class DigestDue(Published):
    """An enterprise that wants to hear once a day is to be told of these items together."""

    TYPE: ClassVar[str] = "policy.digest-due"
    TITLE: ClassVar[str] = "每日匹配汇总"
    INTERNAL: ClassVar[bool] = True

    uscc: str
    entries: tuple[DigestEntry, ...]
