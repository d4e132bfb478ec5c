"""eventsourcing's own way from events to counters: a `ProjectionRunner` with default settings, as its documentation shows."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.utils import get_topic
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from bench.material import history
from services.analytics.readmodels.daily import counts
from services.application.publishing import publish
from shared.calendar import civil_date

_AT_ONCE = 1000
_WITHIN_SECONDS = 600.0


class Case(Aggregate):
    """The peer's application."""

    class Told(Aggregate.Event):
        """Something happened that counts: the metrics that rise by one, on a day, in a department."""

        day: str
        department: str
        metrics: list[str]


class Cases(Application[UUID]):
    """Where they are stored."""


class Counters(PostgresTrackingRecorder):
    """The counters, and how far they are, in one transaction."""

    def __init__(self, datastore: PostgresDatastore, **more: Any) -> None:
        super().__init__(datastore, **more)
        self.last_counted = 0.0
        table = Identifier("daily_counters")
        self.check_identifier_length("daily_counters")
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {} (day date, department text, metric text, n bigint,"
                " PRIMARY KEY (day, department, metric))"
            ).format(table)
        )
        self.statement = SQL(
            "INSERT INTO {0} VALUES (%s, %s, %s, 1) ON CONFLICT (day, department, metric) DO UPDATE SET n = {0}.n + 1"
        ).format(table)

    def count(self, told: Case.Told, tracking: Tracking) -> None:
        """Adds one to each metric of an event."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            for metric in told.metrics:
                cursor.execute(self.statement, (told.day, told.department, metric), prepare=True)
        self.last_counted = time.perf_counter()


class Counting(Projection[Counters]):
    """Takes one event after the other."""

    topics = (get_topic(Case.Told),)

    def process_event(self, domain_event: Case.Told, tracking: Tracking) -> None:
        """Counts it."""
        self.view.count(domain_event, tracking)


async def projection_runner(database_url: str, n: int) -> float:
    """Events a second from the log into counters by day, department and metric. The database is empty before."""
    return await asyncio.to_thread(_run, _environment(database_url), n)


def _run(env: dict[str, str], n: int) -> float:
    application = Cases(env)
    told = _told(n)
    while batch := list(itertools.islice(told, _AT_ONCE)):
        application.recorder.insert_events([application.mapper.to_stored_event(each) for each in batch])
    last = application.recorder.max_notification_id()
    application.close()
    began = time.perf_counter()
    with ProjectionRunner(application_class=Cases, projection_class=Counting, view_class=Counters, env=env) as runner:
        runner.wait(last, timeout=_WITHIN_SECONDS)
        return n / (runner.view.last_counted - began)  # waiting looks only now and then


def _told(n: int) -> Iterator[Case.Told]:
    for recorded in history(n):
        outgoing = publish(recorded)
        if outgoing is None:
            raise RuntimeError(f"{recorded.event.TOPIC} is not published")
        counted = list(counts(outgoing.event, civil_date(recorded.at)))
        yield Case.Told(  # type: ignore[call-arg] # the library makes its events dataclasses
            originator_id=uuid5(NAMESPACE_URL, recorded.originator_id),
            originator_version=recorded.originator_version,
            timestamp=recorded.at,
            day=str(counted[0][0] if counted else civil_date(recorded.at)),
            department=outgoing.department or "none",
            metrics=[metric for _, _, metric, number in counted for _ in range(number)],
        )


def _environment(url: str) -> dict[str, str]:
    parts = conninfo_to_dict(url)
    names = ("dbname", "host", "port", "user", "password")
    settings = {f"POSTGRES_{name.upper()}": str(parts[name]) for name in names}
    return {"PERSISTENCE_MODULE": "eventsourcing.postgres", **settings}
