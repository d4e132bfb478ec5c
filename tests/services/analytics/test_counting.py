"""What happened, by day and department: counted once, also over restarts and with two replicas."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.analytics import events
from services.analytics.decider import PublishBulletin, bulletin
from services.analytics.events import BulletinPublished, DepartmentFigures
from services.analytics.publishing import publish
from services.analytics.readmodels.daily import METRICS, counts
from shared.cli.loading import read_rows
from shared.contracts.samples import sample_of
from shared.contracts.schemas import published_contracts
from shared.eventstore.events import Recorded
from shared.security.actor import Actor, Role
from tests.support.deciding import given
from tests.support.running import Running, running_services, services_with, settings_for_tests
from tests.support.servers import nats_server
from tests.support.stored import check_samples

BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,))
FIGURES = (DepartmentFigures(department="gxj", figures={"applications": 3, "documents": 1}),)
COMMAND = PublishBulletin(number="2026-01", first_day=date(2026, 1, 1), last_day=date(2026, 1, 31), departments=FIGURES)
PUBLISHED = BulletinPublished(**COMMAND.model_dump())
AT = datetime(2026, 2, 2, 1, tzinfo=UTC)


def test_every_published_event_counts_under_known_metrics_only() -> None:
    counted = {}
    for cls in published_contracts():
        for _, _, metric in counts(sample_of(cls), date(2026, 3, 2)):
            counted[metric] = cls
    assert set(counted) <= set(METRICS)
    assert {"documents", "items", "applications", "reviews_overdue", "tickets_received", "tickets_overdue"} <= set(
        counted
    )


def test_a_bulletin_is_published_once_by_the_data_bureau() -> None:
    given(bulletin).when(COMMAND, at=AT, actor=BUREAU).then(PUBLISHED)
    given(bulletin, PUBLISHED).when(COMMAND, at=AT, actor=BUREAU).refused("analytics.bulletin-exists")
    officer = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj")
    given(bulletin).when(COMMAND, at=AT, actor=officer).refused("analytics.data-bureau-only")


def test_a_bulletin_of_days_that_are_not_over_is_refused_with_everything_that_is_wrong() -> None:
    wrong = COMMAND.model_copy(update={"first_day": date(2026, 3, 1), "last_day": date(2026, 2, 28)})
    refusal = given(bulletin).when(wrong, at=AT, actor=BUREAU).refused("analytics.invalid-bulletin")
    assert [error.code for error in refusal.errors] == ["order", "not-over"]


def _recorded() -> Recorded:
    return Recorded("bulletin-2026-01", 1, AT, PUBLISHED, BUREAU, "a-command")


def test_a_published_bulletin_names_its_departments_and_leaves_the_figures_to_the_door() -> None:
    outgoing = publish(_recorded())
    assert outgoing is not None
    assert outgoing.event.model_dump()["departments"] == ("gxj",)
    assert outgoing.department is None


def test_the_stored_sample_is_read_and_written_the_same() -> None:
    check_samples(Path(__file__).parent / "stored", events, [_recorded()])


def enterprises(first: int, last: int) -> Sequence[dict[str, str]]:
    rows = read_rows(Path("samples/enterprises.json"))[first:last]
    return [{"uscc": row["uscc"], "name": row["name"]} for row in rows]


async def register(running: Running, first: int, last: int) -> dict[str, str]:
    """Registers sample enterprises; answers with the header that waits for them."""
    answer = await running.client.post(
        "/api/registry/enterprises/batch",
        json={"rows": enterprises(first, last)},
        headers=running.sign_in(Role.DATA_BUREAU),
    )
    assert answer.json()["loaded"] == last - first, answer.text
    return {"Chengce-Wait-For": f"registry:{answer.json()['position']}"}


async def counted(running: Running, wait: dict[str, str]) -> int:
    found = (await running.client.get("/api/analytics/departments", headers=wait)).json()
    return sum(each["figures"]["enterprises"] for each in found)


async def test_events_are_counted_once_over_a_restart_and_with_two_replicas(database_url: str) -> None:
    with nats_server() as nats_url:
        settings = settings_for_tests(database_url, nats_url)
        async with services_with(["registry", "analytics"], settings) as running:
            assert await counted(running, await register(running, 0, 5)) == 5
        async with AsyncExitStack() as stack:
            running = await stack.enter_async_context(services_with(["registry", "analytics"], settings))
            other = await stack.enter_async_context(services_with(["registry", "analytics"], settings))
            wait = await register(running, 5, 12)
            assert await counted(running, wait) == 12
            assert await counted(other, wait) == 12


async def test_a_bulletin_freezes_the_figures(database_url: str) -> None:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services("registry", "analytics", database_url=database_url, **clock) as running:
        await counted(running, await register(running, 0, 3))
        day = (AT - timedelta(days=3)).date().isoformat()
        form = {"number": "2026-02", "first_day": day, "last_day": day}
        headers = running.sign_in(Role.DATA_BUREAU)
        answer = await running.client.post("/api/analytics/bulletins", json=form, headers=headers)
        assert answer.status_code == 201, answer.text
        seen = {"Chengce-Wait-For": answer.headers["Chengce-Position"]}
        shown = (await running.client.get("/api/analytics/bulletins/2026-02", headers=seen)).json()
        assert (shown["first_day"], shown["departments"]) == (day, [])
        again = await running.client.post("/api/analytics/bulletins", json=form, headers=headers)
        assert again.status_code == 409


@pytest.mark.parametrize("query", ["?from=2026-02-03", "?to=2026-02-01", "?department=gxj"])
async def test_figures_are_filtered_by_day_and_department(database_url: str, query: str) -> None:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services("registry", "analytics", database_url=database_url, **clock) as running:
        wait = await register(running, 0, 2)
        assert (await running.client.get(f"/api/analytics/daily{query}", headers=wait)).json() == []
        (day,) = (await running.client.get("/api/analytics/daily", headers=wait)).json()
        assert (day["day"], day["department"], day["figures"]["enterprises"]) == ("2026-02-02", "none", 2)
