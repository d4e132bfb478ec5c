"""Published by registry: who the others refer to."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.base import Published


class DepartmentRegistered(Published):
    """A policy department, the data bureau, the operation centre or finance takes its place on the platform (articles 4, 6)."""

    TYPE: ClassVar[str] = "registry.department-registered"
    TITLE: ClassVar[str] = "部门已登记"

    code: str
    name: str
    short_name: str
    role: Literal["department", "data-bureau", "operation-centre", "finance"]


class EnterpriseRegistered(Published):
    """An enterprise is known by its unified social credit code (GB 32100-2015). The contact stays in registry."""

    TYPE: ClassVar[str] = "registry.enterprise-registered"
    TITLE: ClassVar[str] = "企业已登记"

    uscc: str
    name: str
    industry: str | None = None
    division: str | None = None
    established_on: date | None = None
