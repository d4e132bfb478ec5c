"""Lists of grants without application, and each enterprise's grant on them."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from services.application.events import grant as events
from shared.contracts.registry import EnterpriseRegistered
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class GrantListRow(SQLModel, table=True):
    """A list. `status` as in the decider; figures of its grants are counted from their rows."""

    __tablename__ = "application_grant_lists"

    key: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger, index=True)
    item_id: str
    item_code: str = Field(index=True)
    item_title: str
    department: str = Field(index=True)
    period: str
    term_days: int
    basis: str
    status: str = Field(index=True)
    opened_on: date
    reason: str | None = None
    confirm_by: date | None = None
    provisional: bool = False


class GrantLists(RowModel[GrantListRow]):
    """Fed by application's own log."""

    name = "grant-lists"
    table = GrantListRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (GrantListRow,)

    def key(self, happened: Happened) -> str | None:
        """The list's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "grantlist" else None

    def evolve(self, row: GrantListRow | None, happened: Happened) -> GrantListRow | None:
        """The list after the event."""
        event = happened.event
        if isinstance(event, events.GrantListOpened):
            first = {"key": self.key(happened), "position": happened.position, "status": "draft"}
            return GrantListRow(**event.model_dump() | first)
        assert row is not None  # noqa: S101 - nothing happens to a list before it is opened
        for name, value in _of_list(event).items():
            setattr(row, name, value)
        return row


def _of_list(event: Any) -> dict[str, Any]:
    match event:
        case events.GrantListSubmitted():
            return {"status": "submitted", "reason": None}
        case events.GrantListReturned(reason=reason):
            return {"status": "draft", "reason": reason}
        case events.GrantListAccepted(clock=clock):
            return {"status": "accepted", "confirm_by": clock.due.day, "provisional": clock.due.provisional}
        case events.GrantOffersMade():
            return {"status": "offered"}
        case events.GrantTermMoved(clock=clock):
            return {"confirm_by": clock.due.day, "provisional": clock.due.provisional}
        case events.GrantTermOver():
            return {"status": "answered"}
        case events.SupportListConfirmed():
            return {"status": "confirmed"}
        case events.SupportListConcluded():
            return {"status": "concluded"}
    return {}


class GrantRow(SQLModel, table=True):
    """A grant. `position` is that of its first listing, by which lists are read in the order of their files."""

    __tablename__ = "application_grants"
    __table_args__ = (
        Index("application_grants_of_list", "grant_list", "status", "key"),
        Index("application_grants_of_enterprise", "enterprise", "key"),
        Index("application_grants_of_department", "department", "key"),
    )

    key: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
    grant_list: str
    item_id: str
    item_code: str = Field(index=True)
    item_title: str
    department: str
    period: str
    enterprise: str
    name: str
    amount_fen: int = Field(sa_type=BigInteger)
    basis: str
    status: str
    confirm_by: date | None = None
    reason: str | None = None
    account: str | None = None  # sealed
    account_end: str | None = None
    supported_on: date | None = None


class Grants(RowModel[GrantRow]):
    """Fed by application's own log."""

    name = "grants"
    version = 3
    table = GrantRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (GrantRow,)

    def key(self, happened: Happened) -> str | None:
        """The grant's."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind == "grant" else None

    def evolve(self, row: GrantRow | None, happened: Happened) -> GrantRow | None:
        """The grant after the event."""
        event = happened.event
        if isinstance(event, events.GrantListed):
            first = {"key": self.key(happened), "position": happened.position, "status": "listed"}
            return GrantRow(**event.model_dump() | first)
        assert row is not None  # noqa: S101 - nothing happens to a grant before it is listed
        for name, value in _of_grant(event).items():
            setattr(row, name, value)
        return row


def _of_grant(event: Any) -> dict[str, Any]:
    match event:
        case events.GrantUnlisted(reason=reason):
            return {"status": "unlisted", "reason": reason}
        case events.GrantOffered(confirm_by=day):
            return {"status": "offered", "confirm_by": day}
        case events.GrantConfirmed(account=account, account_end=end):
            return {"status": "confirmed", "account": account, "account_end": end}
        case events.GrantPayeeChanged(account=account, account_end=end):
            return {"account": account, "account_end": end}
        case events.GrantDeclined(reason=reason):
            return {"status": "declined", "reason": reason}
        case events.GrantLapsed():
            return {"status": "lapsed"}
        case events.GrantSupported(supported_on=day):
            return {"status": "supported", "supported_on": day}
    return {}


class KnownEnterpriseRow(SQLModel, table=True):
    """An enterprise that the platform can reach."""

    __tablename__ = "application_enterprises"

    uscc: str = Field(primary_key=True)
    name: str


class KnownEnterprises(RowModel[KnownEnterpriseRow]):
    """Fed by registry's stream."""

    name = "known-enterprises"
    sources: ClassVar[tuple[str, ...]] = ("registry",)
    table = KnownEnterpriseRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (KnownEnterpriseRow,)

    def key(self, happened: Happened) -> str | None:
        """The enterprise's."""
        return happened.event.uscc if isinstance(happened.event, EnterpriseRegistered) else None

    def evolve(self, _row: KnownEnterpriseRow | None, happened: Happened) -> KnownEnterpriseRow | None:
        """The name as registered last."""
        event = happened.event
        assert isinstance(event, EnterpriseRegistered)  # noqa: S101 - `key` has asked
        return KnownEnterpriseRow(uscc=event.uscc, name=event.name)
