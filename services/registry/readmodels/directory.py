"""The directory of departments, enterprises and codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel

from services.registry.events import CodesImported, DepartmentRegistered, EnterpriseRegistered
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, Writer, empty_list


class DepartmentRow(SQLModel, table=True):
    """A department."""

    __tablename__ = "registry_departments"

    code: str = Field(primary_key=True)
    name: str
    short_name: str
    role: str


class EnterpriseRow(SQLModel, table=True):
    """An enterprise, without its contact."""

    __tablename__ = "registry_enterprises"

    uscc: str = Field(primary_key=True)
    name: str = Field(index=True)
    industry: str | None = Field(default=None, index=True)
    division: str | None = Field(default=None, index=True)
    established_on: date | None = None
    employees: int | None = None
    revenue_fen: int | None = Field(default=None, sa_type=BigInteger)
    assets_fen: int | None = Field(default=None, sa_type=BigInteger)
    tags: list[str] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))


class CodeRow(SQLModel, table=True):
    """An entry of a code list."""

    __tablename__ = "registry_codes"

    list_name: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str
    parent_code: str | None = Field(default=None, index=True)
    edition: str


class Directory(ReadModel):
    """Fed by registry's own log; every event is one row or more, so nothing has to be read back."""

    name = "directory"
    tables: ClassVar[tuple[type[SQLModel], ...]] = (DepartmentRow, EnterpriseRow, CodeRow)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        departments: dict[str, SQLModel] = {}
        enterprises: dict[str, SQLModel] = {}
        codes: dict[tuple[str, str], SQLModel] = {}
        for happened in events:
            match happened.event:
                case DepartmentRegistered() as event:
                    departments[event.code] = DepartmentRow(**event.model_dump())
                case EnterpriseRegistered() as event:
                    content = event.model_dump(exclude={"contact_name", "contact_phone"})
                    enterprises[event.uscc] = EnterpriseRow(**content | {"tags": list(event.tags)})
                case CodesImported() as event:
                    for code in event.codes:
                        row = CodeRow(list_name=event.list_name, edition=event.edition, **code.model_dump())
                        codes[(event.list_name, code.code)] = row
        await writer.upsert(DepartmentRow, list(departments.values()))
        await writer.upsert(EnterpriseRow, list(enterprises.values()))
        await writer.upsert(CodeRow, list(codes.values()))
