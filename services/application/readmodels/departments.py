"""Departments by name, as application knows them."""

from __future__ import annotations

from typing import ClassVar

from sqlmodel import Field, SQLModel

from shared.contracts.registry import DepartmentRegistered
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class KnownDepartmentRow(SQLModel, table=True):
    """A department's name, as registered."""

    __tablename__ = "application_known_departments"

    code: str = Field(primary_key=True)
    name: str


class KnownDepartments(RowModel[KnownDepartmentRow]):
    """Fed by registry's stream."""

    name = "known-departments"
    sources: ClassVar[tuple[str, ...]] = ("registry",)
    table = KnownDepartmentRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (KnownDepartmentRow,)

    def key(self, happened: Happened) -> str | None:
        """The department's."""
        return happened.event.code if isinstance(happened.event, DepartmentRegistered) else None

    def evolve(self, _row: KnownDepartmentRow | None, happened: Happened) -> KnownDepartmentRow | None:
        """The name as registered last."""
        event = happened.event
        assert isinstance(event, DepartmentRegistered)  # noqa: S101 - `key` has asked
        return KnownDepartmentRow(code=event.code, name=event.name)
