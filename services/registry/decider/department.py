"""Departments take their place on the platform."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from services.registry.decider.rights import require_manager
from services.registry.events import COMPUTED, ENTERPRISE, REGISTRATION, DepartmentRegistered, DepartmentRole
from shared.contracts.base import INTERNAL_SUBJECT, NO_DEPARTMENT
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event

# Words that stand where a department's code would: in subjects, and as sources of facts.
RESERVED = (INTERNAL_SUBJECT, NO_DEPARTMENT, ENTERPRISE, REGISTRATION, COMPUTED)


class RegisterDepartment(Command):
    """Give a department its place on the platform; accounts are issued by the data bureau (article 15)."""

    code: DepartmentCode = Field(examples=["gxj"])
    name: str = Field(min_length=2, max_length=60, examples=["江阴市工业和信息化局"])
    short_name: str = Field(min_length=2, max_length=20, examples=["市工信局"])
    role: DepartmentRole = "department"


class DepartmentState(State):
    registered: DepartmentRegistered


def decide_department(state: DepartmentState | None, command: RegisterDepartment, context: Context) -> Sequence[Event]:
    """The same department twice is one; another one under a taken code is refused."""
    require_manager(context, "登记部门")
    if command.code in RESERVED:
        error = FieldError(field="code", code="reserved", message="该代码为平台保留，请换一个代码。")
        raise Refused("registry.invalid-department", "部门信息有1处需要改正。", [error], Because.INVALID)
    event = DepartmentRegistered(**command.model_dump())
    if state is None:
        return [event]
    if state.registered == event:
        return []
    raise Refused(
        "registry.department-exists", f"部门代码 {command.code} 已由“{state.registered.name}”使用，请换一个代码。"
    )


def evolve_department(_state: DepartmentState | None, event: Event) -> DepartmentState:
    assert isinstance(event, DepartmentRegistered)  # noqa: S101 - the aggregate has no other event
    return DepartmentState(registered=event)


department = Decider("department", DepartmentState, decide_department, evolve_department)
