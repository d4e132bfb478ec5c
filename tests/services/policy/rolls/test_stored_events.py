"""What was once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from services.policy.conditions.language import Compare
from services.policy.events import roll as events
from shared.contracts.rolls import MissingFact
from shared.eventstore.events import Recorded
from shared.security.actor import system
from tests.services.policy.matching.desk import HERE, RD, eligibility
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEPT = events.RollKept(
    code="rd",
    title="研发补助（样例）",
    department="gxj",
    revision=2,
    purpose="免申即享名单 MS2026-5A3B1C2D",
    day=date(2026, 3, 2),
    at=AT,
    eligibility=eligibility(RD, HERE, None),
    named={"strong": Compare(fact="rd_ratio", comparison=">=", value=300)},
    met=2,
    undecided=1,
    not_met=5,
    digest="5f" * 32,
    missing=(MissingFact(fact="division", label="注册地", enterprises=1),),
    by_person=("第3项条件",),
)
EXPECTED = [Recorded("roll-1f", 1, AT, KEPT, system("application"), "command")]


def test_every_stored_event_of_rolls_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
