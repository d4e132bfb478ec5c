"""The feed (变动流水): what happened to a system's applications, in the order of the log, from any point on.

Bodies and attributes are those that NATS carries (CloudEvents 1.0.2, JSON format). The cursor is a position in the log:
those never change, so a system that was away goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
from eventsourcing.persistence import Notification
from sqlalchemy import text

from services.application.decider.system import SystemState
from services.application.publishing import publish
from shared.contracts.application.base import OfApplication
from shared.eventstore.events import Recorded
from shared.eventstore.mapper import EventMapper
from shared.messaging.cloudevents import body_for, headers_for
from shared.readmodels.projections import ReadModelBuildingError
from shared.runtime.service import Runtime

_END = text("SELECT coalesce(max(notification_id), 0) FROM public.stored_events")
# Window by window: in a log of 500,000 events a page takes 1 to 3 ms, where the whole log at once took 0.8 s.
_PAGE = text(
    "SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state"
    " FROM public.stored_events AS e JOIN application_applications AS a"
    " ON a.number = substr(e.originator_id, 13)"  # after `application-`
    " WHERE e.notification_id > :after AND e.notification_id <= :until AND e.originator_id LIKE 'application-%'"
    " AND a.involved @> ARRAY[:department] AND (:all OR a.item_code = ANY(:items))"
    " ORDER BY e.notification_id LIMIT :limit"
)
WINDOW = 5000  # positions that one question looks at
MOST_WINDOWS = 20  # of one request that finds nothing: then the cursor has come that far


class Fed(NamedTuple):
    """Events, the cursor after them, and whether there was more."""

    events: list[dict[str, Any]]
    after: int
    more: bool


async def feed(runtime: Runtime, state: SystemState, after: int, limit: int, seconds: float) -> Fed:
    """What comes after a position, waiting up to `seconds` of real time for something.

    Raises `ReadModelBuildingError` while the read models do not show yet what the log has.
    """
    fed = await _fed(runtime, state, after, limit)

    async def something() -> bool:
        nonlocal fed
        if not fed.events:
            fed = await _fed(runtime, state, fed.after, limit)
        return bool(fed.events) or fed.more

    if seconds and not fed.events and not fed.more:
        await runtime.positions.wait_until(something, seconds)
    return fed


async def end_of_log(runtime: Runtime) -> int:
    """The position of the last event there is."""
    async with runtime.database.transaction() as session:
        return int((await session.execute(_END)).scalar_one())


async def _fed(runtime: Runtime, state: SystemState, after: int, limit: int) -> Fed:
    end = await end_of_log(runtime)
    if after >= end:
        return Fed([], after, False)
    # Only an application that the read model knows can be found; so it has to stand where the log ends.
    if not await runtime.reads.caught_up({runtime.service.name: end}):
        raise ReadModelBuildingError([f"{runtime.service.name} to {end}"])
    asked = state.requested
    named = {"limit": limit, "department": asked.department, "all": not asked.items, "items": list(asked.items)}
    events: list[dict[str, Any]] = []
    async with runtime.reads.session() as session:
        for _ in range(MOST_WINDOWS):
            until = min(after + WINDOW, end)
            found = await session.execute(_PAGE, named | {"after": after, "until": until})
            rows = [_recorded(row) for row in found.mappings()]
            events += [event for recorded in rows if (event := _cloud_event(runtime, recorded)) is not None]
            after = rows[-1].position if len(rows) == limit else until
            if events or after >= end:
                break
    return Fed(events, after, after < end)


def _recorded(row: Mapping[Any, Any]) -> Recorded:
    stored = Notification(
        id=row["notification_id"],
        originator_id=row["originator_id"],
        originator_version=row["originator_version"],
        topic=row["topic"],
        state=bytes(row["state"]),
    )
    found = EventMapper().to_domain_event(stored)
    assert isinstance(found, Recorded)  # noqa: S101 - what the mapper makes
    return found


def _cloud_event(runtime: Runtime, recorded: Recorded) -> dict[str, Any] | None:
    """As NATS carries it, but for `previous`: what lies between is others'."""
    outgoing = publish(recorded)
    if outgoing is None or not isinstance(outgoing.event, OfApplication):
        return None
    headers = headers_for(recorded, outgoing, runtime.service.name, 0)
    named = {name.removeprefix("ce-"): unquote(value) for name, value in headers.items() if name.startswith("ce-")}
    named.pop("previous")
    if trace := headers.get("traceparent"):
        named["traceparent"] = trace
    return {**named, "datacontenttype": headers["content-type"], "data": orjson.loads(body_for(outgoing))}
