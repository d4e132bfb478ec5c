"""What was once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from services.registry import events
from services.registry.events import (
    Code,
    CodesImported,
    ComputedFact,
    DepartmentRegistered,
    DisputeDeadlineRecomputed,
    DisputeOverdue,
    DisputeSettled,
    EffectiveFact,
    EnterpriseRegistered,
    FactDefined,
    FactWithdrawn,
    ProfileChanged,
)
from shared.calendar import Due, LimitClock
from shared.contracts.facts import DateBand, FactDefinition, FactKind, NumberBand, Option
from shared.eventstore.events import Event, Recorded
from tests.services.registry.profiles import AS_OF, BUREAU, USCC, disputed, fact, stated
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DUE = Due(day=date(2026, 3, 23), provisional=False, calendar="样例通知")
CLOCK = LimitClock(limit_days=15, started_on=date(2026, 3, 2), due=DUE)
ABOUT = {"uscc": USCC, "number": 1, "key": "rd_expense", "label": "上年度研发费用", "department": "swju"}
GRADE = FactDefinition(
    key="credit_grade",
    label="信用等级",
    kind=FactKind.CHOICE,
    options=(Option(value="a", label="A级"), Option(value="b", label="B级")),
    question="信用等级是哪一级？",
)
OF_ENTERPRISE: tuple[Event, ...] = (
    EnterpriseRegistered(
        uscc=USCC,
        name="样例一号有限公司",
        industry="C3922",
        division="320281100",
        established_on=date(2019, 5, 6),
        employees=120,
        revenue_fen=2_000_000_000_00,
        assets_fen=None,
        tags=("规模以上",),
        contact_name=None,
        contact_phone=None,
    ),
    stated(
        "kjj",
        fact("employees", NumberBand(least=100, most=300), valid_until=date(2026, 12, 31)),
        fact("established_on", DateBand(earliest=date(2019, 1, 1), latest=None)),
        fact("above_scale", True),
        fact("invention_patents", 1),
        fact("industry", "C3922"),
        fact("qualifications", ("green-factory", "high-tech")),
        at=AT,
    ),
    FactWithdrawn(uscc=USCC, key="invention_patents", source="kjj", reason="统计口径有误。"),
    ProfileChanged(
        uscc=USCC,
        version=3,
        recorded_at=AT,
        facts=(
            EffectiveFact(
                key="rd_ratio", value=500, source="computed", standing="computed", as_of=AS_OF, disputed=True
            ),
            EffectiveFact(key="invention_patents", value=None),
        ),
        computed=(ComputedFact(key="rd_ratio", value=500, as_of=AS_OF, inputs=("rd_expense", "revenue")),),
        no_longer_computed=("scale",),
        next_expiry=date(2026, 12, 31),
    ),
    disputed(clock=CLOCK),
    DisputeSettled(
        **ABOUT, source="swju", outcome="confirmed", reason="已核对。", settled_on=date(2026, 3, 9), in_time=True
    ),
    DisputeOverdue(**ABOUT, due_on=date(2026, 3, 23), limit_days=15),
    DisputeDeadlineRecomputed(uscc=USCC, number=1, previous_due_on=date(2026, 3, 20), clock=CLOCK, notice="样例通知"),
)
CODES = CodesImported(
    list_name="divisions", edition="2023", codes=(Code(code="320281", name="江阴市", parent_code="320200"),)
)
BEFORE: tuple[tuple[str, Event], ...] = (
    (
        "department-gxj",
        DepartmentRegistered(code="gxj", name="江阴市工业和信息化局", short_name="市工信局", role="department"),
    ),
    ("codes-divisions", CODES),
    ("fact-credit_grade", FactDefined(definition=GRADE)),
)
EXPECTED = [
    *(Recorded(key, 1, AT, event, BUREAU, f"command-{n}") for n, (key, event) in enumerate(BEFORE, start=1)),
    *(
        Recorded(f"enterprise-{USCC}", n, AT, event, BUREAU, f"command-{n + len(BEFORE)}")
        for n, event in enumerate(OF_ENTERPRISE, start=1)
    ),
]


def test_every_stored_event_of_registry_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
