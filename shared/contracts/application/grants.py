"""Published by application: grants without application (article 20(1)1)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from shared.contracts.application.base import OfItem


class GrantListSubmitted(OfItem):
    """A department has handed in a list of enterprises that need not apply (article 20(1)1). Amounts in fen."""

    TYPE: ClassVar[str] = "application.grant-list-submitted"
    TITLE: ClassVar[str] = "免申即享名单已提交"

    list_id: str
    rows: int
    total_fen: int


class GrantListReturned(OfItem):
    """The data bureau has given a list back to be mended."""

    TYPE: ClassVar[str] = "application.grant-list-returned"
    TITLE: ClassVar[str] = "免申即享名单已退回"

    list_id: str
    reason: str


class GrantListAccepted(OfItem):
    """The platform has taken a list; every enterprise on it gets an offer."""

    TYPE: ClassVar[str] = "application.grant-list-accepted"
    TITLE: ClassVar[str] = "免申即享名单已受理"

    list_id: str
    rows: int
    total_fen: int
    confirm_by: date
    provisional: bool


class GrantTermOver(OfItem):
    """The term to confirm in is over; the department is to confirm the support list."""

    TYPE: ClassVar[str] = "application.grant-term-over"
    TITLE: ClassVar[str] = "免申即享确认期已满"

    list_id: str
    confirmed: int
    declined: int
    lapsed: int


class SupportListConfirmed(OfItem):
    """The department has confirmed who is to be supported; finance plans the payment."""

    TYPE: ClassVar[str] = "application.support-list-confirmed"
    TITLE: ClassVar[str] = "扶持名单已确认"

    list_id: str
    rows: int
    total_fen: int


class _OfGrant(OfItem):
    grant_id: str
    list_id: str
    enterprise: str
    amount_fen: int


class GrantOffered(_OfGrant):
    """An enterprise may have a grant for a word, until the end of `confirm_by`."""

    TYPE: ClassVar[str] = "application.grant-offered"
    TITLE: ClassVar[str] = "免申即享已推送"

    confirm_by: date
    provisional: bool


class GrantConfirmed(_OfGrant):
    """The enterprise wants it. Its account stays in application."""

    TYPE: ClassVar[str] = "application.grant-confirmed"
    TITLE: ClassVar[str] = "免申即享已确认"


class GrantDeclined(_OfGrant):
    """The enterprise does not want it."""

    TYPE: ClassVar[str] = "application.grant-declined"
    TITLE: ClassVar[str] = "免申即享已放弃"


class GrantLapsed(_OfGrant):
    """The term has passed without a word."""

    TYPE: ClassVar[str] = "application.grant-lapsed"
    TITLE: ClassVar[str] = "免申即享已失效"


class GrantSupported(_OfGrant):
    """It stands on the confirmed support list."""

    TYPE: ClassVar[str] = "application.grant-supported"
    TITLE: ClassVar[str] = "免申即享已列入扶持名单"

    supported_on: date
