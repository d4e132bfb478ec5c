"""What enterprises want to be told, what they were told, and what they have applied for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from sqlalchemy import DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.policy.events.matching import (
    DeliveryChosen,
    DigestDue,
    ItemMuted,
    ItemUnmuted,
    MatchesFound,
    ThemeMuted,
    ThemeUnmuted,
)
from shared.contracts.application import ApplicationSubmitted
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, RowModel, Writer, empty_list

_EVENTS = (ItemMuted, ItemUnmuted, ThemeMuted, ThemeUnmuted, DeliveryChosen, DigestDue)


class InterestRow(SQLModel, table=True):
    """An enterprise that has chosen something; of the others everything is told, at once."""

    __tablename__ = "policy_interests"

    uscc: str = Field(primary_key=True)
    items: list[str] = Field(default_factory=empty_list, sa_type=JSONB)
    themes: list[str] = Field(default_factory=empty_list, sa_type=JSONB)
    delivery: str = "at-once"
    reminders: bool = True
    digest_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Interests(RowModel[InterestRow]):
    """Fed by policy's own log."""

    name = "interests"
    table = InterestRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (InterestRow,)

    def key(self, happened: Happened) -> str | None:
        return happened.event.uscc if isinstance(happened.event, _EVENTS) else None

    def evolve(self, row: InterestRow | None, happened: Happened) -> InterestRow | None:
        event = happened.event
        assert isinstance(event, _EVENTS)  # noqa: S101 - key() has looked
        row = row or InterestRow(uscc=event.uscc)
        match event:
            case ItemMuted(code=code):
                row.items = [*row.items, code]
            case ItemUnmuted(code=code):
                row.items = [each for each in row.items if each != code]
            case ThemeMuted(theme=theme):
                row.themes = [*row.themes, theme]
            case ThemeUnmuted(theme=theme):
                row.themes = [each for each in row.themes if each != theme]
            case DeliveryChosen(delivery=delivery, reminders=reminders):
                row.delivery, row.reminders = delivery, reminders
            case DigestDue():
                row.digest_at = happened.at
        return row


class PushRow(SQLModel, table=True):
    """An enterprise was told that an item fits, or nearly; or is owed it with the next digest."""

    __tablename__ = "policy_pushes"
    __table_args__ = (Index("policy_pushes_of_enterprise", "uscc", "at"),)

    uscc: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    title: str
    level: str
    revision: int
    digest: bool
    at: datetime = Field(sa_type=DateTime(timezone=True))


class Pushes(ReadModel):
    """Fed by policy's own log."""

    name = "pushes"
    tables: ClassVar[tuple[type[SQLModel], ...]] = (PushRow,)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        rows: dict[tuple[str, str], PushRow] = {}
        for happened in events:
            event = happened.event
            if not isinstance(event, MatchesFound):
                continue
            for uscc, digest in [*((u, False) for u in event.enterprises), *((u, True) for u in event.digest)]:
                rows[(uscc, event.code)] = PushRow(
                    uscc=uscc,
                    code=event.code,
                    title=event.title,
                    level=event.level,
                    revision=event.revision,
                    digest=digest,
                    at=happened.at,
                )
        await writer.upsert(PushRow, list(rows.values()))


class AppliedRow(SQLModel, table=True):
    """An enterprise has applied for an item."""

    __tablename__ = "policy_applied"

    uscc: str = Field(primary_key=True)
    code: str = Field(primary_key=True)


class Applied(ReadModel):
    """Fed by application's stream."""

    name = "applied"
    sources: ClassVar[tuple[str, ...]] = ("application",)
    tables: ClassVar[tuple[type[SQLModel], ...]] = (AppliedRow,)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        rows = {
            (event.enterprise, event.item_id): AppliedRow(uscc=event.enterprise, code=event.item_id)
            for happened in events
            if isinstance(event := happened.event, ApplicationSubmitted)
        }
        await writer.upsert(AppliedRow, list(rows.values()))
