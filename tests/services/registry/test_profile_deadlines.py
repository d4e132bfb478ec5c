"""Values that run out and disputes nobody settles: the platform's clock brings both about, on the real servers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from services.registry.deadlines import DISPUTE_OVERDUE, FACTS_EXPIRE, deadlines_of
from services.registry.events import DisputeOverdue, DisputeSettled, EffectiveFact, ProfileChanged
from shared.calendar import SHANGHAI
from shared.deadlines.book import Owed, Settled
from shared.eventstore.events import Event, Recorded
from shared.readmodels.happened import Happened, from_log
from shared.security.actor import Role
from tests.services.registry.profiles import AS_OF, BUREAU, USCC, disputed
from tests.support.deciding import WORKING_MORNING
from tests.support.running import running_services


def happened(event: Event) -> Happened:
    return from_log(Recorded(f"enterprise-{USCC}", 1, WORKING_MORNING, event, BUREAU, "c"))


def changed(next_expiry: date | None) -> ProfileChanged:
    said = EffectiveFact(key="tax_paid", value=1, source="swju", as_of=AS_OF, valid_until=next_expiry)
    return ProfileChanged(uscc=USCC, version=1, recorded_at=WORKING_MORNING, facts=(said,), next_expiry=next_expiry)


def test_a_value_runs_out_at_the_end_of_its_last_day_in_shanghai() -> None:
    at = datetime(2026, 7, 1, 0, 0, tzinfo=SHANGHAI)
    assert deadlines_of(happened(changed(date(2026, 6, 30)))) == [Owed(FACTS_EXPIRE, at)]
    assert deadlines_of(happened(changed(None))) == [Settled(FACTS_EXPIRE)]


def test_a_dispute_owes_an_answer_until_the_end_of_its_due_day_unless_settled_or_overdue() -> None:
    begun = disputed(7)
    (owed,) = deadlines_of(happened(begun))
    assert owed == Owed(f"{DISPUTE_OVERDUE}7", datetime(2026, 3, 24, 0, 0, tzinfo=SHANGHAI))
    about = begun.model_dump(include={"uscc", "number", "key", "label", "department"})
    settled = DisputeSettled(
        **about, source="swju", outcome="confirmed", reason="已核对。", settled_on=date(2026, 3, 9), in_time=True
    )
    overdue = DisputeOverdue(**about, due_on=date(2026, 3, 23), limit_days=15)
    for event in (settled, overdue):
        assert deadlines_of(happened(event)) == [Settled(f"{DISPUTE_OVERDUE}7")]


async def test_time_passes_and_both_are_told(database_url: str) -> None:
    """A day takes a fifth of a second: the value runs out after thirty days, the dispute's time after three weeks."""
    starts = datetime(2026, 6, 20, 1, 0, tzinfo=UTC)
    fast = {"clock_at": starts, "clock_origin": datetime.now(UTC), "clock_speed": 400_000.0}
    async with running_services("registry", database_url=database_url, **fast) as running:
        heard = await running.runtimes["registry"].bus.subscribe("chengce.registry.>")
        officer = running.sign_in(Role.OFFICER, department="swju")
        last_day = str((running.runtimes["registry"].clock.now() + timedelta(days=30)).date())
        rows = [
            {"uscc": USCC, "key": "tax_paid", "value": 5, "as_of": "2026-06-01", "valid_until": last_day},
            {"uscc": USCC, "key": "revenue", "value": 9, "as_of": "2026-06-01"},
        ]
        answer = await running.client.post("/api/registry/facts/supply/batch", json={"rows": rows}, headers=officer)
        assert answer.json()["loaded"] == 2, answer.text
        own = running.sign_in(Role.APPLICANT, enterprise=USCC)
        path = f"/api/registry/enterprises/{USCC}/profile"
        form = {"key": "revenue", "reason": "应以审计报告为准。"}
        assert (await running.client.post(f"{path}/disputes", json=form, headers=own)).status_code == 201
        told: list[tuple[str, dict[str, object]]] = []
        wanted = {"registry.dispute-overdue", "gone"}
        while wanted:
            message = await heard.next_msg(timeout=90)
            kind = message.headers["ce-type"].removeprefix("chengce.").removesuffix(".v1")
            told.append((kind, json.loads(message.data)))
            wanted.discard(kind)
            if kind == "registry.facts-changed" and {
                fact["key"]: fact["value"]
                for fact in told[-1][1]["facts"]  # type: ignore[attr-defined]
            } == {"tax_paid": None}:
                wanted.discard("gone")
        assert [kind for kind, _ in told].count("registry.dispute-overdue") == 1
        (overdue,) = [content for kind, content in told if kind == "registry.dispute-overdue"]
        assert (overdue["key"], overdue["department"], overdue["limit_days"]) == ("revenue", "swju", 15)
