"""What registry decides; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import Field

from services.registry.events import Code, CodesImported, DepartmentRegistered, DepartmentRole, EnterpriseRegistered
from shared.contracts.identifiers import DepartmentCode, Uscc
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

MANAGERS = (Role.DATA_BUREAU, Role.OPERATOR, Role.SYSTEM)


# Departments ---------------------------------------------------------------------------------------------------------


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
    _require_manager(context, "登记部门")
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


# Enterprises ---------------------------------------------------------------------------------------------------------


class RegisterEnterprise(Command):
    """Make an enterprise known. Contact fields are sealed before they come here."""

    uscc: Uscc
    name: str = Field(min_length=2, max_length=120)
    industry: str | None = Field(None, pattern=r"^[A-T](\d{2,4})?$")
    division: str | None = Field(None, pattern=r"^\d{6}(\d{3})?$")
    established_on: date | None = None
    employees: int | None = Field(None, ge=0, le=2**31 - 1)
    revenue_fen: int | None = Field(None, ge=0, le=2**63 - 1)
    assets_fen: int | None = Field(None, ge=0, le=2**63 - 1)
    tags: tuple[str, ...] = ()
    # Sealed anew each time, so they are no part of what an idempotency key stands for.
    contact_name: str | None = Field(None, exclude=True)
    contact_phone: str | None = Field(None, exclude=True)


class EnterpriseState(State):
    registered: EnterpriseRegistered


def decide_enterprise(state: EnterpriseState | None, command: RegisterEnterprise, context: Context) -> Sequence[Event]:
    """The data bureau registers any enterprise, an applicant its own."""
    actor = context.actor
    if not actor.has(*MANAGERS) and actor.enterprise != command.uscc:
        raise Refused(
            "registry.not-your-enterprise",
            "只能登记您本人所属的企业，请核对统一社会信用代码。",
            because=Because.FORBIDDEN,
        )
    if context.today < (command.established_on or context.today):
        raise Refused(
            "registry.invalid-enterprise",
            "企业信息有1处需要改正。",
            [FieldError(field="established_on", code="future", message="成立日期不能晚于今天。")],
            Because.INVALID,
        )
    if state is None:
        contact = {"contact_name": command.contact_name, "contact_phone": command.contact_phone}
        return [EnterpriseRegistered(**command.model_dump(), **contact)]
    differing = _differences(state.registered, command)
    if not differing:
        return []
    raise Refused(
        "registry.enterprise-exists",
        "该统一社会信用代码已登记，且内容不同，请核对后更正。",
        [FieldError(field=f, code="differs", message=f"已登记的内容为：{old or '空'}。") for f, old in differing],
    )


def _differences(known: EnterpriseRegistered, command: RegisterEnterprise) -> list[tuple[str, object]]:
    # Sealed fields differ at every sealing; they say nothing about the content.
    compared = ("name", "industry", "division", "established_on", "employees", "revenue_fen", "assets_fen", "tags")
    return [(f, getattr(known, f)) for f in compared if getattr(known, f) != getattr(command, f)]


def evolve_enterprise(_state: EnterpriseState | None, event: Event) -> EnterpriseState:
    assert isinstance(event, EnterpriseRegistered)  # noqa: S101 - the aggregate has no other event
    return EnterpriseState(registered=event)


enterprise = Decider("enterprise", EnterpriseState, decide_enterprise, evolve_enterprise)


# Code lists ----------------------------------------------------------------------------------------------------------


class ImportCodes(Command):
    """Add or rename entries of a code list: administrative divisions, or industries (GB/T 4754-2017)."""

    list_name: str = Field(pattern=r"^[a-z0-9-]{2,40}$", examples=["divisions"])
    edition: str = Field(min_length=1, max_length=60, examples=["2023"])
    codes: tuple[Code, ...] = Field(min_length=1, max_length=5000)


class CodeListState(State):
    names: dict[str, tuple[str, str | None]]


def decide_code_list(state: CodeListState | None, command: ImportCodes, context: Context) -> Sequence[Event]:
    """Only what is new or different becomes an event; a code is never deleted, for past records refer to it."""
    _require_manager(context, "导入代码表")
    known = state.names if state else {}
    last_rows = {c.code: c for c in command.codes}.values()  # of a code that stands twice in a file the last row counts
    news = tuple(c for c in last_rows if known.get(c.code) != (c.name, c.parent_code))
    return [CodesImported(list_name=command.list_name, edition=command.edition, codes=news)] if news else []


def evolve_code_list(state: CodeListState | None, event: Event) -> CodeListState:
    assert isinstance(event, CodesImported)  # noqa: S101 - the aggregate has no other event
    names = dict(state.names) if state else {}
    names.update({c.code: (c.name, c.parent_code) for c in event.codes})
    return CodeListState(names=names)


code_list = Decider("codes", CodeListState, decide_code_list, evolve_code_list)


def _require_manager(context: Context, what: str) -> None:
    if not context.actor.has(*MANAGERS):
        raise Refused(
            "registry.data-bureau-only", f"{what}由市数政局统一办理，请联系市数政局。", because=Because.FORBIDDEN
        )
