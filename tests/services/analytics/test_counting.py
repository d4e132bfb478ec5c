"""What happened, by day and department: counted once, also over restarts and with two replicas."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.analytics import events
from services.analytics.decider import PublishBulletin, bulletin
from services.analytics.events import BulletinPublished, DepartmentFigures
from services.analytics.publishing import publish
from services.analytics.readmodels.daily import METRICS, counts
from shared.cli.loading import read_rows
from shared.contracts import application, hotline, policy, registry
from shared.contracts.base import Published
from shared.contracts.samples import DEPARTMENT, sample_of
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


DAY = date(2026, 1, 1)  # on which the platform heard; unlike any day that the samples say
COUNTED: dict[type[Published], list[tuple[date, str | None, str, int]]] = {
    registry.EnterpriseRegistered: [(DAY, None, "enterprises", 1)],
    policy.PolicyPublished: [(DAY, DEPARTMENT, "documents", 1)],
    policy.ItemPublished: [(DAY, DEPARTMENT, "items", 1)],
    policy.ViewsCounted: [(date(2026, 3, 2), DEPARTMENT, "visits", 3), (date(2026, 3, 2), DEPARTMENT, "visits", 12)],
    application.ApplicationSubmitted: [(date(2026, 3, 2), DEPARTMENT, "applications", 1)],
    application.ApplicationAccepted: [(date(2026, 3, 3), DEPARTMENT, "accepted", 1)],
    application.ApplicationNotAccepted: [(DAY, DEPARTMENT, "not_accepted", 1)],
    application.ResultConfirmed: [(date(2026, 3, 24), DEPARTMENT, "results_confirmed", 1)],
    application.ApprovalRevoked: [(DAY, DEPARTMENT, "approvals_revoked", 1)],
    application.ObjectionRaised: [(DAY, DEPARTMENT, "objections", 1)],
    application.ObjectionOverdue: [(DAY, DEPARTMENT, "objections_overdue", 1)],
    application.AcceptanceOverdue: [(DAY, DEPARTMENT, "acceptance_overdue", 1)],
    application.StepOverdue: [(DAY, DEPARTMENT, "steps_overdue", 1)],
    application.ApplicationWithdrawn: [(DAY, DEPARTMENT, "withdrawn", 1)],
    application.GrantOffered: [(DAY, DEPARTMENT, "grants_offered", 1)],
    application.GrantConfirmed: [(DAY, DEPARTMENT, "grants_confirmed", 1)],
    application.GrantDeclined: [(DAY, DEPARTMENT, "grants_declined", 1)],
    application.GrantLapsed: [(DAY, DEPARTMENT, "grants_lapsed", 1)],
    application.GrantSupported: [(date(2026, 3, 17), DEPARTMENT, "grants_supported", 1)],
    application.PaymentPaid: [
        (date(2026, 3, 20), DEPARTMENT, "payments_paid", 1),
        (date(2026, 3, 20), DEPARTMENT, "paid_fen", 5_000_000),
    ],
    application.PaymentSentBack: [(DAY, DEPARTMENT, "payments_sent_back", 1)],
    application.SupplementRequested: [(DAY, DEPARTMENT, "supplements", 1)],
    application.ReviewCompleted: [
        (date(2026, 3, 19), DEPARTMENT, "reviews_in_time", 1),
        (date(2026, 3, 19), DEPARTMENT, "approved", 1),
    ],
    application.ReviewOverdue: [(DAY, DEPARTMENT, "reviews_overdue", 1)],
    hotline.TicketReceived: [(date(2026, 3, 4), None, "tickets_received", 1)],
    hotline.TicketDispatched: [(DAY, DEPARTMENT, "tickets_dispatched", 1)],
    hotline.TicketAnswered: [(date(2026, 3, 10), DEPARTMENT, "tickets_answered", 1)],
    hotline.TicketOverdue: [(DAY, DEPARTMENT, "tickets_overdue", 1)],
    hotline.TicketSupervised: [(DAY, DEPARTMENT, "tickets_supervised", 1)],
    hotline.TicketReturned: [(DAY, DEPARTMENT, "tickets_returned", 1)],
    hotline.TicketReopened: [(DAY, DEPARTMENT, "tickets_reopened", 1)],
    hotline.TicketSetApart: [(DAY, None, "tickets_apart", 1)],
    hotline.TicketUnhandled: [(DAY, None, "tickets_unhandled", 1)],
    hotline.AnswerPublished: [(DAY, DEPARTMENT, "answers_published", 1)],
    hotline.RatingGiven: [
        (date(2026, 3, 25), DEPARTMENT, metric, 1) for metric in ("ratings", "ratings_2", "ratings_bad")
    ],
    hotline.FollowUpRecorded: [(date(2026, 3, 30), DEPARTMENT, "follow_ups", 1)],
}


@pytest.mark.parametrize("cls", published_contracts(), ids=lambda cls: cls.TYPE)
def test_each_published_event_adds_to_its_own_metrics_on_its_own_day(cls: type[Published]) -> None:
    assert list(counts(sample_of(cls), DAY)) == COUNTED.get(cls, [])


VARIANTS = [
    (sample_of(application.ReviewCompleted).model_copy(update={"in_time": False, "outcome": "rejected"}),
     [(date(2026, 3, 19), DEPARTMENT, "reviews_late", 1)]),
    *((sample_of(hotline.RatingGiven).model_copy(update={"grade": grade}),
       [(date(2026, 3, 25), DEPARTMENT, metric, 1) for metric in ("ratings", f"ratings_{grade}", *bad)])
      for grade, bad in ((5, ()), (4, ()), (3, ()), (1, ("ratings_bad",)))),
    (sample_of(hotline.FollowUpRecorded).model_copy(update={"in_time": False}),
     [(date(2026, 3, 30), DEPARTMENT, metric, 1) for metric in ("follow_ups", "follow_ups_late")]),
    (sample_of(hotline.TicketAnswered).model_copy(update={"in_time": False}),
     [(date(2026, 3, 10), DEPARTMENT, "tickets_answered", 1), (date(2026, 3, 10), DEPARTMENT, "tickets_answered_late", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("event", "expected"), VARIANTS)
def test_what_was_late_is_counted_as_late_and_each_grade_for_itself(
    event: Published, expected: list[tuple[date, str, str, int]]
) -> None:
    assert list(counts(event, DAY)) == expected


def test_a_ticket_of_late_evening_belongs_to_the_day_in_shanghai() -> None:
    ticket = sample_of(hotline.TicketReceived).model_copy(update={"received_at": datetime(2026, 3, 4, 16, tzinfo=UTC)})
    assert list(counts(ticket, DAY)) == [(date(2026, 3, 5), None, "tickets_received", 1)]


def test_every_metric_is_counted_by_some_event_and_has_a_label() -> None:
    found = {metric for counted in COUNTED.values() for _, _, metric, _ in counted}
    found |= {metric for _, counted in VARIANTS for _, _, metric, _ in counted}
    assert found == set(METRICS)


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
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC)}
    async with running_services("hotline", "analytics", database_url=database_url, **clock) as running:
        headers = running.sign_in(Role.DATA_BUREAU)
        form = {"number": "2026-01", "first_day": "2026-01-30", "last_day": "2026-01-31"}
        wait = await take_in(
            running, "2026-01-30T10:00:00+08:00", "2026-01-31T23:59:59+08:00", "2026-02-01T00:00:00+08:00"
        )
        answer = await running.client.post("/api/analytics/bulletins", json=form, headers=headers | wait)
        assert answer.status_code == 201, answer.text
        seen = {"Chengce-Wait-For": answer.headers["Chengce-Position"]}
        frozen = {
            "number": "2026-01",
            "first_day": "2026-01-30",
            "last_day": "2026-01-31",
            "published_on": "2026-02-02",
            "departments": [{"department": "none", "figures": {"tickets_received": 2}}],
        }
        assert (await running.client.get("/api/analytics/bulletins/2026-01", headers=seen)).json() == frozen
        late = await take_in(running, "2026-01-31T10:00:00+08:00")
        query = "/api/analytics/departments?from=2026-01-30&to=2026-01-31"
        (counted,) = (await running.client.get(query, headers=late)).json()
        assert counted["figures"]["tickets_received"] == 3
        assert (await running.client.get("/api/analytics/bulletins/2026-01")).json() == frozen
        again = await running.client.post("/api/analytics/bulletins", json=form, headers=headers)
        assert (again.status_code, again.json()["code"]) == (409, "analytics.bulletin-exists")
        (shown,) = (await running.client.get("/api/analytics/bulletins")).json()["items"]
        assert shown == frozen


async def take_in(running: Running, *received: str) -> dict[str, str]:
    """Tickets received at these moments; headers with which a read waits for them."""
    headers = running.sign_in(Role.HOTLINE_AGENT)
    for moment in received:
        form = {
            "number": f"JY-{moment}", "channel": "电话", "nature": "consultation", "title": "咨询技改奖励（样例）",
            "content": "企业询问设备投入奖励的申报时间。", "received_at": moment,
        }  # fmt: skip
        answer = await running.client.post("/api/hotline/tickets", json=form, headers=headers)
        assert answer.status_code == 201, answer.text
    return {"Chengce-Wait-For": answer.headers["Chengce-Position"]}


@pytest.mark.parametrize(("actor", "status"), [((), 401), ((Role.OFFICER,), 403)])
async def test_only_the_data_bureau_publishes_bulletins(
    database_url: str, actor: tuple[Role, ...], status: int
) -> None:
    async with running_services("analytics", database_url=database_url) as running:
        headers = running.sign_in(*actor, department="gxj") if actor else {}
        form = {"number": "2026-01", "first_day": "2026-01-30", "last_day": "2026-01-31"}
        answer = await running.client.post("/api/analytics/bulletins", json=form, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("query", ["?from=2026-02-03", "?to=2026-02-01", "?department=gxj"])
async def test_figures_are_filtered_by_day_and_department(database_url: str, query: str) -> None:
    clock = {"clock_at": AT, "clock_origin": datetime.now(UTC), "clock_speed": 1.0}
    async with running_services("registry", "analytics", database_url=database_url, **clock) as running:
        wait = await register(running, 0, 2)
        assert (await running.client.get(f"/api/analytics/daily{query}", headers=wait)).json() == []
        (day,) = (await running.client.get("/api/analytics/daily", headers=wait)).json()
        assert (day["day"], day["department"], day["figures"]["enterprises"]) == ("2026-02-02", "none", 2)
