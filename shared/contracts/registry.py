"""Published by registry: who the others refer to."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from shared.contracts.base import Published
from shared.contracts.facts import FactDefinition, FactKey, FactValue, Standing


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


class FactDefined(Published):
    """The data bureau has added a fact to the catalogue, or changed its label, options or question."""

    TYPE: ClassVar[str] = "registry.fact-defined"
    TITLE: ClassVar[str] = "企业画像事实已定义"

    definition: FactDefinition


class FactStatement(BaseModel):
    """The value that holds for a fact, and where it comes from; None: nothing is known any more.

    `source` is a department's code, `enterprise` (declared), `registration`, or `computed`. From the day after
    `valid_until` the value is unknown.
    """

    model_config = ConfigDict(frozen=True)

    key: FactKey
    value: FactValue | None
    source: str = ""
    standing: Standing = "verified"
    as_of: date | None = None
    valid_until: date | None = None
    disputed: bool = False


class FactsChanged(Published):
    """Of several sources the one that takes precedence now says something else (articles 8, 20). `version` grows with each.

    Internal: business secrets stay between the platform's own services.
    """

    TYPE: ClassVar[str] = "registry.facts-changed"
    TITLE: ClassVar[str] = "企业画像已变化"
    INTERNAL: ClassVar[bool] = True

    uscc: str
    version: int
    facts: tuple[FactStatement, ...]


class FactDisputed(Published):
    """An enterprise says that a department's fact of it is wrong (articles 8, 20). Values and reasons stay in registry.

    `department` has to settle it by the end of `due_on`; None: the data bureau.
    """

    TYPE: ClassVar[str] = "registry.fact-disputed"
    TITLE: ClassVar[str] = "企业对画像事实提出异议"

    uscc: str
    number: int
    key: FactKey
    label: str
    department: str | None = None
    due_on: date
    provisional: bool


class DisputeSettled(Published):
    """The department has confirmed the disputed fact, corrected it, or withdrawn it. The reason is read in the profile."""

    TYPE: ClassVar[str] = "registry.dispute-settled"
    TITLE: ClassVar[str] = "画像异议已处理"

    uscc: str
    number: int
    key: FactKey
    label: str
    department: str | None = None
    outcome: Literal["confirmed", "corrected", "withdrawn"]
    settled_on: date
    in_time: bool


class DisputeOverdue(Published):
    """Nobody has settled a dispute by the end of its due day. `limit_days` are working days."""

    TYPE: ClassVar[str] = "registry.dispute-overdue"
    TITLE: ClassVar[str] = "画像异议超期未处理"

    uscc: str
    number: int
    key: FactKey
    label: str
    department: str | None = None
    due_on: date
    limit_days: int
