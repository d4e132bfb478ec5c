"""What is counted in memory reaches the record once, also when the record cannot be reached for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from services.policy.events.participation import ViewsCounted
from services.policy.participation.views import MOST_IN_EVENT, ViewCounter, counts_as_visitor
from shared.calendar import SHANGHAI
from shared.eventstore.connection import LogConnection
from shared.eventstore.ledger import Ledger
from shared.runtime.following import LogTail
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role
from tests.services.policy.catalogue import BUREAU, HEAD, OFFICER
from tests.services.policy.participation.examples import ENTERPRISE, PERSON
from tests.support.running import running_services, services_with, settings_for_tests
from tests.support.servers import nats_server


@pytest.mark.parametrize(
    ("actor", "counted"),
    [
        (None, True),
        (PERSON, True),
        (ENTERPRISE, True),
        (OFFICER, False),
        (HEAD, False),
        (BUREAU, False),
        (Actor(subject="both", roles=(Role.APPLICANT, Role.OFFICER)), False),
        (Actor(subject="operator", roles=(Role.OPERATOR,)), False),
    ],
)
def test_the_public_is_counted_and_who_is_at_work_is_not(actor: Actor | None, counted: bool) -> None:
    assert counts_as_visitor(actor) is counted


class BreaksAfterWriting:
    """A record whose first answer is lost on the way, after it was written."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.broken = 1

    async def execute(self, intent: Any) -> Any:
        receipt = await self.ledger.execute(intent)
        if self.broken:
            self.broken -= 1
            raise ConnectionError("the answer was lost")
        return receipt


async def written(runtime: Runtime) -> list[ViewsCounted]:
    """What was counted so far, from the record."""
    connection = LogConnection(runtime.settings.database_of("policy"))
    recorded = await LogTail(connection).read(0, 1000)
    await connection.close()
    return [each.event for each in recorded if isinstance(each.event, ViewsCounted)]


async def test_views_are_written_once_when_the_answer_was_lost(database_url: str) -> None:
    clock = {"clock_at": datetime(2026, 3, 2, 9, tzinfo=SHANGHAI), "clock_origin": datetime.now(SHANGHAI)}
    async with running_services("policy", database_url=database_url, **clock) as running:
        runtime = running.runtimes["policy"]
        counter: ViewCounter = runtime.resources.views
        real = runtime.ledger
        runtime.ledger = BreaksAfterWriting(real)  # type: ignore[assignment]
        counter.seen("item", "a", "gxj")
        counter.seen("item", "a", "gxj")
        with pytest.raises(ConnectionError):
            await counter.flush()
        counter.seen("item", "a", "gxj")
        runtime.ledger = real
        await counter.flush()
        events = await written(runtime)
        assert [sum(each.views for each in event.counts) for event in events] == [2, 1]


async def test_many_things_are_written_in_portions(database_url: str) -> None:
    async with running_services("policy", database_url=database_url) as running:
        runtime = running.runtimes["policy"]
        for number in range(MOST_IN_EVENT + 1):
            runtime.resources.views.seen("item", f"i-{number}", "gxj")
        await runtime.resources.views.flush()
        assert [len(event.counts) for event in await written(runtime)] == [MOST_IN_EVENT, 1]


async def test_what_was_counted_is_written_when_the_service_stops(database_url: str) -> None:
    with nats_server() as nats_url:
        settings = settings_for_tests(database_url, nats_url)
        async with services_with(["policy"], settings) as running:
            running.runtimes["policy"].resources.views.seen("document", "d", "gxj")
        async with services_with(["policy"], settings) as running:
            (event,) = await written(running.runtimes["policy"])
            assert [(each.kind, each.key, each.views) for each in event.counts] == [("document", "d", 1)]
