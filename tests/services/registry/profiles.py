"""An enterprise's profile and its sources, for the tests of registry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.registry.decider import StateFacts
from services.registry.events import FactDisputed, FactsStated, StatedFact
from shared.calendar import LimitClock, WorkingCalendar
from shared.contracts.facts import BASE_CATALOGUE, FactValue
from shared.security.actor import Actor, Role
from tests.support.deciding import WORKING_MORNING

USCC, OTHER_USCC = "91320281000000019H", "91320281MA0Y00016Q"
OWNER = Actor(subject="owner", roles=(Role.APPLICANT,), enterprise=USCC)
RIVAL = Actor(subject="rival", roles=(Role.APPLICANT,), enterprise=OTHER_USCC)
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,))
TAX = Actor(subject="tax", roles=(Role.OFFICER,), department="swju")
SCIENCE = Actor(subject="science", roles=(Role.DEPARTMENT_HEAD,), department="kjj")
CATALOGUE = dict(BASE_CATALOGUE)
AS_OF = date(2025, 12, 31)


def fact(key: str, value: FactValue, as_of: date = AS_OF, valid_until: date | None = None) -> StatedFact:
    return StatedFact(key=key, value=value, as_of=as_of, valid_until=valid_until)


def state(source: str, *facts: StatedFact) -> StateFacts:
    return StateFacts(uscc=USCC, source=source, facts=facts, definitions=CATALOGUE)


def stated(source: str, *facts: StatedFact, at: datetime = WORKING_MORNING) -> FactsStated:
    standing = "declared" if source == "enterprise" else "verified"
    return FactsStated(uscc=USCC, source=source, standing=standing, recorded_at=at, facts=facts)


def disputed(number: int = 1, **changes: Any) -> FactDisputed:
    content: Mapping[str, Any] = {
        "uscc": USCC,
        "number": number,
        "key": "rd_expense",
        "label": "上年度研发费用",
        "source": "swju",
        "department": "swju",
        "reason": "应以审计报告为准。",
        "clock": LimitClock.start(WorkingCalendar.announced(), 15, date(2026, 3, 2)),
    }
    return FactDisputed(**(content | changes))
