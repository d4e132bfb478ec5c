"""How an enterprise becomes known."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from shared.eventstore.events import Event


class EnterpriseRegistered(Event):
    """An enterprise is known by its unified social credit code; its contact is sealed."""

    TOPIC: ClassVar[str] = "registry.enterprise-registered"

    uscc: str
    name: str
    industry: str | None
    division: str | None
    established_on: date | None
    employees: int | None
    revenue_fen: int | None
    assets_fen: int | None
    tags: tuple[str, ...]
    contact_name: str | None
    contact_phone: str | None
