"""Stored samples: what a release has once written, every later one reads.

A sample is the stored form of a recorded event, pretty printed, in `stored/<topic>.v<version>.json` beside the tests.
`write_missing`, called by hand when an event is new or has a new version, makes the files that are absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
from eventsourcing.persistence import StoredEvent

from shared.eventstore.events import Event, Recorded
from shared.eventstore.mapper import EventMapper


def event_classes(module: ModuleType) -> list[type[Event]]:
    """The stored events that a service's `events` module defines."""
    found = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Event)]
    return [
        each for each in found if "TOPIC" in each.__dict__ and f"{each.__module__}.".startswith(f"{module.__name__}.")
    ]


def sample_names(classes: Sequence[type[Event]]) -> set[str]:
    """The files there must be: one for each version of each event."""
    return {_name(cls.TOPIC, version) for cls in classes for version in range(1, cls.class_version + 1)}


def stored_form(recorded: Recorded) -> dict[str, Any]:
    """A recorded event as it is stored, readable."""
    stored = EventMapper().to_stored_event(recorded)
    return {
        "originator_id": stored.originator_id,
        "originator_version": stored.originator_version,
        "topic": stored.topic,
        "state": orjson.loads(stored.state),
    }


def loaded(path: Path) -> Recorded:
    """What the present release reads from a sample."""
    content = orjson.loads(path.read_bytes())
    stored = StoredEvent(
        originator_id=content["originator_id"],
        originator_version=content["originator_version"],
        topic=content["topic"],
        state=orjson.dumps(content["state"]),
    )
    found = EventMapper().to_domain_event(stored)
    assert isinstance(found, Recorded)
    return found


def check_samples(folder: Path, module: ModuleType, expected: Sequence[Recorded]) -> None:
    """Every version of every event has a sample, reads as expected, and the newest is stored the same way today."""
    classes = event_classes(module)
    assert {path.name for path in folder.glob("*.json")} == sample_names(classes)
    by_topic = {recorded.event.TOPIC: recorded for recorded in expected}
    assert set(by_topic) == {cls.TOPIC for cls in classes}, "one expected event for each class"
    for cls in classes:
        for version in range(1, cls.class_version + 1):
            assert loaded(folder / _name(cls.TOPIC, version)) == by_topic[cls.TOPIC], f"{cls.TOPIC} v{version}"
        newest = folder / _name(cls.TOPIC, cls.class_version)
        assert orjson.loads(newest.read_bytes()) == stored_form(by_topic[cls.TOPIC]), f"{newest.name} is stored anew"


def write_missing(folder: Path, expected: Sequence[Recorded]) -> None:
    """Writes the newest sample of each event that has none; an existing one is history and stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for recorded in expected:
        path = folder / _name(recorded.event.TOPIC, recorded.event.class_version)
        if not path.exists():
            path.write_bytes(orjson.dumps(stored_form(recorded), option=orjson.OPT_INDENT_2) + b"\n")


def _name(topic: str, version: int) -> str:
    return f"{topic}.v{version}.json"
