"""Departments, enterprises and code lists, whoever asks for whatever: what always holds of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from services.registry.decider import (
    MANAGERS,
    ImportCodes,
    RegisterDepartment,
    RegisterEnterprise,
    code_list,
    department,
    enterprise,
)
from services.registry.events import Code, CodesImported, DepartmentRegistered, EnterpriseRegistered, FactsStated
from shared.calendar import civil_date
from shared.eventstore.decider import Refused
from shared.security.actor import Actor, Role, system
from tests.support.deciding import given
from tests.support.living import WALKS, Life, somebody

USCC, OTHER_USCC = "91320281000000019H", "91320281MA0Y00016Q"
OWNER, RIVAL = somebody(Role.APPLICANT, enterprise=USCC), somebody(Role.APPLICANT, enterprise=OTHER_USCC)
MANAGING = (somebody(Role.DATA_BUREAU), somebody(Role.OPERATOR), system("registry"))
OTHERS = (OWNER, RIVAL, somebody(Role.OFFICER, department="gxj"), somebody(Role.FINANCE), somebody())
actors = st.sampled_from([*MANAGING, *OTHERS])


class DepartmentLife(Life):
    """Everybody tries to register a department under one code."""

    decider = department

    @rule(
        actor=actors,
        name=st.sampled_from(["江阴市工业和信息化局", "江阴市科学技术局"]),
        role=st.sampled_from(["department", "finance"]),
    )
    def somebody_registers(self, actor: Actor, name: str, role: str) -> None:
        known = self.state.registered if self.state else None
        command = RegisterDepartment.model_validate({"code": "gxj", "name": name, "short_name": name[3:], "role": role})
        outcome = self.give(command, actor)
        if isinstance(outcome, Refused):
            assert not actor.has(*MANAGERS) or known != DepartmentRegistered(**command.model_dump())
        else:
            assert bool(outcome) == (known is None)

    @invariant()
    def it_is_registered_once_by_who_may(self) -> None:
        assert self.kinds in ([], [DepartmentRegistered])
        assert all(each.context.actor.has(*MANAGERS) for each in self.happened)


@pytest.mark.parametrize("code", ["internal", "none", "enterprise", "registration", "computed"])
def test_no_department_takes_a_code_that_stands_for_something_else(code: str) -> None:
    command = RegisterDepartment(code=code, name="江阴市科学技术局", short_name="市科技局")
    given(department).when(command).refused("registry.invalid-department", ["code"])


class EnterpriseLife(Life):
    """The bureau, the enterprise itself and others register it, with this or another content, as days pass."""

    decider = enterprise

    @rule(days=st.integers(1, 30))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days)

    @rule(
        actor=actors,
        name=st.sampled_from(["样例一号有限公司", "样例二号有限公司"]),
        established_in=st.none() | st.integers(-40, 40),
        revenue_fen=st.sampled_from([None, 0, 2**63 - 1]),
        phone=st.sampled_from([None, "sealed-a", "sealed-b"]),
    )
    def somebody_registers(
        self, actor: Actor, name: str, established_in: int | None, revenue_fen: int | None, phone: str | None
    ) -> None:
        established = None if established_in is None else self.today + timedelta(established_in)
        command = RegisterEnterprise(
            uscc=USCC, name=name, established_on=established, revenue_fen=revenue_fen, contact_phone=phone
        )
        before = self.state
        outcome = self.give(command, actor)
        if before is not None and not isinstance(outcome, Refused):
            assert not outcome
            assert self.state == before, "a repeat has changed what was registered"

    @property
    def today(self) -> date:
        return civil_date(self.now)

    @invariant()
    def it_is_registered_once_by_the_bureau_or_itself(self) -> None:
        assert self.kinds[:1] in ([], [EnterpriseRegistered])
        assert len(self.of(EnterpriseRegistered)) <= 1
        for each in self.of(EnterpriseRegistered):
            assert each.context.actor.has(*MANAGERS) or each.context.actor.enterprise == each.event.uscc == USCC

    @invariant()
    def nothing_was_established_after_it_was_registered(self) -> None:
        for each in self.of(EnterpriseRegistered):
            assert each.event.established_on is None or each.event.established_on <= each.context.today

    @invariant()
    def the_sealed_contact_is_what_came_with_it(self) -> None:
        for each in self.of(EnterpriseRegistered):
            assert each.event.contact_phone == each.command.contact_phone

    @invariant()
    def what_an_applicant_registers_of_itself_counts_as_declared(self) -> None:
        for each in self.of(FactsStated):
            assert (each.event.standing == "verified") == each.context.actor.has(*MANAGERS)


codes = st.builds(
    Code,
    code=st.sampled_from(["320281", "320281100", "320281101"]),
    name=st.sampled_from(["江阴市", "样例街道", "样例镇"]),
    parent_code=st.none() | st.just("320281"),
)


class CodeListLife(Life):
    """Editions of a list, with repeats, renamings, and codes that stand twice in one file."""

    decider = code_list

    def __init__(self) -> None:
        super().__init__()
        self.expected: dict[str, tuple[str, str | None]] = {}

    @rule(actor=actors, rows=st.lists(codes, min_size=1, max_size=6), edition=st.sampled_from(["2023", "2024"]))
    def somebody_imports(self, actor: Actor, rows: list[Code], edition: str) -> None:
        outcome = self.give(ImportCodes(list_name="divisions", edition=edition, codes=tuple(rows)), actor)
        assert isinstance(outcome, Refused) == (not actor.has(*MANAGERS))
        if not isinstance(outcome, Refused):
            before = dict(self.expected)
            self.expected.update({code.code: (code.name, code.parent_code) for code in rows})
            assert bool(outcome) or before == self.expected

    @invariant()
    def the_list_shows_the_last_row_of_each_code_and_loses_none(self) -> None:
        assert (self.state.names if self.state else {}) == self.expected

    @invariant()
    def an_event_says_something_new(self) -> None:
        known: dict[str, tuple[str, str | None]] = {}
        for each in self.of(CodesImported):
            assert each.event.codes
            assert all(known.get(code.code) != (code.name, code.parent_code) for code in each.event.codes)
            known.update({code.code: (code.name, code.parent_code) for code in each.event.codes})


TestDepartmentLife = DepartmentLife.TestCase
TestDepartmentLife.settings = WALKS
TestEnterpriseLife = EnterpriseLife.TestCase
TestEnterpriseLife.settings = WALKS
TestCodeListLife = CodeListLife.TestCase
TestCodeListLife.settings = WALKS
