"""What published events of applications and items carry."""

from __future__ import annotations

from shared.contracts.base import Published


class OfApplication(Published):
    """Which application, for which item, at which department, of which enterprise."""

    application_id: str
    number: str
    item_id: str
    item_title: str
    department: str
    enterprise: str


class OfItem(Published):
    """Which item, in which period."""

    item_id: str
    item_code: str
    item_title: str
    department: str
    period: str
