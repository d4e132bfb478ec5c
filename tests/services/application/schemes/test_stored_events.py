"""What the room once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from services.application.definition.rules import Rules
from services.application.events import review, scheme
from shared.calendar import LimitClock
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor, Role
from tests.services.application.applications import ABOUT, CALENDAR, USCC
from tests.services.application.schemes.processes import PROCESS
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj", source="127.0.0.1")
PERIOD = {"item_code": "gxj-1", "period": "2026"}
TURN = {"group": "gxj-1", "period": "2026", "enterprise": USCC, "number": "SB2026-1"}
STEP: dict[str, Any] = {**ABOUT, "step": "check", "step_title": "材料审核"}
RANKING: dict[str, Any] = {"item_id": "i", "item_title": "奖励（样例）", "department": "gxj", **PERIOD}
ENTRY = {"number": "SB2026-1", "rank": 1, "score": 87.5, "amount_fen": 100, "granted": True}
OF_SCHEME: list[tuple[str, Event]] = [
    (
        "scheme-gxj-1",
        scheme.SchemeSet(
            item_code="gxj-1", department="gxj", version=1, set_on=DAY, by="officer",
            rules=Rules(period="2026", places=2).model_dump(mode="json"), process=PROCESS.model_dump(mode="json"),
        ),
    ),
    ("allotment-gxj-1.2026", scheme.AllotmentSet(**PERIOD, places=2, budget_fen=None)),
    ("allotment-gxj-1.2026", scheme.PlaceClaimed(**PERIOD, number="SB2026-1", amount_fen=100)),
    ("allotment-gxj-1.2026", scheme.ClaimAdjusted(**PERIOD, number="SB2026-1", amount_fen=90)),
    ("allotment-gxj-1.2026", scheme.PlaceReleased(**PERIOD, number="SB2026-1")),
    (f"turn-gxj-1.2026.{USCC}", scheme.TurnTaken(**TURN, item_title="奖励（样例）")),
    (f"turn-gxj-1.2026.{USCC}", scheme.TurnReleased(**TURN)),
]  # fmt: skip
OF_REVIEW: list[tuple[str, Event]] = [
    ("application-SB2026-1", event)
    for event in (
        review.StepStarted(**STEP, departments=("gxj",), clock=LimitClock.start(CALENDAR, 3, DAY)),
        review.OpinionGiven(
            **STEP, of_department="gxj", by="officer", agrees=True, opinion="同意。", amount_fen=100, score=None,
            conflict=False, place="样例路1号", photos=("a",), on_behalf_of=None, system=None,
        ),
        review.StepConcluded(**STEP, outcome="passed", score=87.5),
        review.StepOverdue(**STEP, departments=("gxj",), due_on=DAY),
        review.ReturnedToStep(**STEP, returned_from="visit", reason="重新核对。", undone=("check", "visit")),
        review.OpinionStamped(
            **ABOUT, document="0123456789ABCDEF", of_department="gxj", digest="ab" * 32, signer="gxj", serial="1f",
            stamped_on=DAY, by="officer",
        ),
        review.ApplicationScored(**ABOUT, score=87.5, amount_fen=100, scored_on=DAY, in_time=True),
    )
]  # fmt: skip
OF_REVIEW += [
    ("ranking-gxj-1.2026", review.RankingMade(**RANKING, places=2, budget_fen=None, entries=(ENTRY,), by="officer")),
    ("ranking-gxj-1.2026", review.RankingConfirmed(**RANKING, by="head")),
    ("ranking-gxj-1.2026", review.RankingConcluded(**RANKING)),
    (
        "application-SB2026-1",
        review.StepReassigned(
            **STEP, departments=("gxj",), added=("gxj",), reason="代码有误。", clock=LimitClock.start(CALENDAR, 3, DAY)
        ),
    ),
]
ROOMS = [(scheme, OF_SCHEME), (review, OF_REVIEW)]


def recorded(happened: list[tuple[str, Event]]) -> list[Recorded]:
    return [Recorded(name, 1, AT, event, OFFICER, "command") for name, event in happened]


@pytest.mark.parametrize(("module", "happened"), ROOMS, ids=lambda each: getattr(each, "__name__", ""))
def test_every_stored_event_is_read_as_it_was_meant(module: ModuleType, happened: list[tuple[str, Event]]) -> None:
    check_samples(FOLDER / module.__name__.rpartition(".")[2], module, recorded(happened))
