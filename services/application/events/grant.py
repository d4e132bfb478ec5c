"""What happened to a list of grants without application (免申即享, article 20(1)1), and to each enterprise's grant on it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from shared.calendar import LimitClock
from shared.eventstore.events import Event


class _OfList(Event):
    """Of which item at which department; carried by every event so that it can be told by itself."""

    item_id: str
    item_code: str
    item_title: str
    department: str
    period: str


class GrantListOpened(_OfList):
    """The department begins a list for one period of an item. `term_days` are the working days to confirm in."""

    TOPIC: ClassVar[str] = "application.grant-list-opened"

    term_days: int
    basis: str
    opened_on: date


class GrantListSubmitted(_OfList):
    """The department hands the list in, with what it amounts to."""

    TOPIC: ClassVar[str] = "application.grant-list-submitted"

    rows: int
    total_fen: int
    by: str


class GrantListReturned(_OfList):
    """The data bureau gives it back to be mended."""

    TOPIC: ClassVar[str] = "application.grant-list-returned"

    reason: str


class GrantListAccepted(_OfList):
    """The platform takes the list; offers go out, and the term to confirm in begins."""

    TOPIC: ClassVar[str] = "application.grant-list-accepted"

    rows: int
    total_fen: int
    clock: LimitClock


class GrantOffersMade(_OfList):
    """Every enterprise on the list has its offer."""

    TOPIC: ClassVar[str] = "application.grant-offers-made"

    clock: LimitClock


class GrantTermMoved(_OfList):
    """The calendar knows more than when the term was set."""

    TOPIC: ClassVar[str] = "application.grant-term-moved"

    clock: LimitClock


class GrantTermOver(_OfList):
    """The term is over; what was not confirmed has lapsed."""

    TOPIC: ClassVar[str] = "application.grant-term-over"

    confirmed: int
    declined: int
    lapsed: int


class SupportListConfirmed(_OfList):
    """Somebody else of the department than who handed it in confirms the support list."""

    TOPIC: ClassVar[str] = "application.support-list-confirmed"

    rows: int
    total_fen: int
    by: str


class SupportListConcluded(_OfList):
    """Every confirmed grant stands on the support list."""

    TOPIC: ClassVar[str] = "application.support-list-concluded"


class OfGrant(_OfList):
    """Whose grant, on which list."""

    grant_list: str
    enterprise: str
    name: str
    amount_fen: int


class GrantListed(OfGrant):
    """An enterprise stands on a list that is not accepted yet; again, when its amount or basis was corrected."""

    TOPIC: ClassVar[str] = "application.grant-listed"

    basis: str


class GrantUnlisted(OfGrant):
    """The department takes it off the list before it is accepted."""

    TOPIC: ClassVar[str] = "application.grant-unlisted"

    reason: str


class GrantOffered(OfGrant):
    """The enterprise may have it for a word; it has until the end of `confirm_by`."""

    TOPIC: ClassVar[str] = "application.grant-offered"

    confirm_by: date
    provisional: bool


class GrantConfirmed(OfGrant):
    """The enterprise wants it. The account is sealed; `account_end` are its last four digits."""

    TOPIC: ClassVar[str] = "application.grant-confirmed"

    account: str
    account_end: str


class GrantPayeeChanged(OfGrant):
    """It was confirmed, and its money shall go to another account."""

    TOPIC: ClassVar[str] = "application.grant-payee-changed"

    account: str
    account_end: str


class GrantDeclined(OfGrant):
    """The enterprise does not want it."""

    TOPIC: ClassVar[str] = "application.grant-declined"

    reason: str


class GrantLapsed(OfGrant):
    """The term is over without a word."""

    TOPIC: ClassVar[str] = "application.grant-lapsed"


class GrantSupported(OfGrant):
    """It stands on the support list that the department has confirmed."""

    TOPIC: ClassVar[str] = "application.grant-supported"

    supported_on: date
