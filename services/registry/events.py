"""What happened in registry."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.eventstore.events import Event

DepartmentRole = Literal["department", "data-bureau", "operation-centre", "finance"]


class DepartmentRegistered(Event):
    """A department has its place on the platform (articles 4, 6, 8)."""

    TOPIC: ClassVar[str] = "registry.department-registered"

    code: str
    name: str
    short_name: str
    role: DepartmentRole


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


class Code(BaseModel):
    """An entry of a code list."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(min_length=1, max_length=20)
    name: str = Field(min_length=1, max_length=120)
    parent_code: str | None = None


class CodesImported(Event):
    """Entries of a code list (divisions, industries) were added or renamed."""

    TOPIC: ClassVar[str] = "registry.codes-imported"

    list_name: str
    edition: str
    codes: tuple[Code, ...]
