"""What happened to departments."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.eventstore.events import Event

DepartmentRole = Literal["department", "data-bureau", "operation-centre", "finance"]


class DepartmentRegistered(Event):
    """A department has its place on the platform (articles 4, 6, 8)."""

    TOPIC: ClassVar[str] = "registry.department-registered"

    code: str
    name: str
    short_name: str
    role: DepartmentRole
