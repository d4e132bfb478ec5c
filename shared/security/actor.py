"""Who acts. Every command records its actor (design: People and secrets)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Role(StrEnum):
    """What somebody may do on the platform."""

    APPLICANT = "applicant"
    COUNTER_CLERK = "counter-clerk"
    OFFICER = "officer"
    REVIEWER = "reviewer"
    DEPARTMENT_HEAD = "department-head"
    DATA_BUREAU = "data-bureau"
    FINANCE = "finance"
    HOTLINE_AGENT = "hotline-agent"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    SYSTEM = "system"
    DEPARTMENT_SYSTEM = "department-system"  # 部门自建系统: opens the doors of connected systems, and no other


class Actor(BaseModel):
    """The person or part of the platform behind a command.

    `department` is the code of the department the actor works for, `enterprise` the unified social credit code of the
    enterprise the actor stands for; `on_behalf_of` names whom a clerk or a service acts for; `source` where the
    request came from (a network address, or the name of a service).
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    name: str = ""
    roles: tuple[Role, ...] = ()
    department: str | None = None
    enterprise: str | None = None
    on_behalf_of: str | None = None
    source: str | None = None

    def has(self, *roles: Role) -> bool:
        """True when the actor holds at least one of the roles."""
        return any(role in self.roles for role in roles)

    def of_department(self, department: str | None) -> bool:
        """True when the actor works for that department, or for the data bureau, which sees all (article 6)."""
        return self.has(Role.DATA_BUREAU, Role.SYSTEM) or (department is not None and self.department == department)


def system(service: str) -> Actor:
    """The platform itself acting through one of its services."""
    return Actor(subject=f"service:{service}", name=service, roles=(Role.SYSTEM,), source=service)
