"""What stands in the record outlives the code that wrote it: topics, versions, snapshots."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest
from eventsourcing.persistence import StoredEvent

from shared.eventstore.aggregates import Aggregates
from shared.eventstore.connection import LogConnection
from shared.eventstore.mapper import EventMapper, UnknownEventError
from tests.support.counting import Counted, CounterState, count, counted, counter, ledger_on


def _stored(topic: str, data: dict[str, object], version: int = 1) -> StoredEvent:
    state = {"at": "2026-03-02T01:00:00+00:00", "actor": {"subject": "old"}, "command_id": "c", "data": data}
    return StoredEvent("counter-a", 1, topic, orjson.dumps(state | ({"class_version": version} if version > 1 else {})))


def test_an_event_of_an_older_version_is_brought_up_to_date() -> None:
    assert EventMapper().to_domain_event(_stored("testing.counted", {"step": 4})).event == Counted(by=4)


def test_storing_and_reading_gives_the_same_event() -> None:
    mapper = EventMapper()
    recorded = mapper.to_domain_event(_stored("testing.counted", {"by": 4}, version=2))
    assert mapper.to_domain_event(mapper.to_stored_event(recorded)) == recorded


def test_a_topic_is_a_name_and_no_module_path() -> None:
    recorded = EventMapper().to_domain_event(_stored("testing.counted", {"by": 1}, version=2))
    assert EventMapper().to_stored_event(recorded).topic == "testing.counted"


def test_an_unknown_topic_is_named() -> None:
    with pytest.raises(UnknownEventError, match=r"testing\.never"):
        EventMapper().to_domain_event(_stored("testing.never", {}))


async def test_a_snapshot_is_used_and_an_unfitting_one_passed_over(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("snapshots")
    async with ledger_on(url) as ledger:
        for _ in range(25):
            await ledger.execute(count())
    reading = LogConnection(url)
    try:
        found = await reading.look({"counter-a": 0}, ())
        assert found.snapshots["counter-a"].originator_version == 20, "every ten events"
        assert [stored.originator_version for stored, _ in found.events["counter-a"]] == [21, 22, 23, 24, 25]
        assert (await Aggregates(reading).get(counter, "counter-a")).snapshot == 20
        other = StoredEvent("counter-a", 25, "snapshot.counter", orjson.dumps({"state_version": 99, "n": -1}))
        await reading.keep_snapshots([other])
        assert await counted(url) == 25, "a snapshot of another form was believed"
        assert CounterState().state_version == 1
    finally:
        await reading.close()
