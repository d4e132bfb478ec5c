"""Between recorded events and stored rows: orjson, stable topics, upcasting."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import orjson
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, StoredEvent
from eventsourcing.utils import TopicError, resolve_topic
from pydantic import BaseModel

from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor


class UnknownEventError(ValueError):
    """A stored topic that this release does not know."""


class EventMapper(Mapper[str]):
    """The library's mapper for `Recorded` events: who, when and why stand beside the event's own data.

    Stored state: `{"at", "actor", "command_id", "trace", "class_version", "data"}`.
    """

    def __init__(self) -> None:
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The row of a recorded event; its state is a pure function of it."""
        recorded = cast(Recorded, domain_event)
        state: dict[str, Any] = {
            "at": recorded.at,
            "actor": orjson.Fragment(_json(recorded.actor, exclude_defaults=True)),
            "command_id": recorded.command_id,
            "data": orjson.Fragment(_json(recorded.event)),
        }
        if recorded.traceparent:
            state["trace"] = recorded.traceparent
        if recorded.event.class_version > 1:
            state["class_version"] = recorded.event.class_version
        return StoredEvent(
            originator_id=recorded.originator_id,
            originator_version=recorded.originator_version,
            topic=recorded.event.TOPIC,
            state=orjson.dumps(state),
        )

    def event_of(self, stored_event: StoredEvent) -> Event:
        """The event alone, which is all that a fold needs. Raises as `to_domain_event`."""
        state = orjson.loads(stored_event.state)
        return upcast(stored_event.topic, state.get("class_version", 1), state["data"])

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The recorded event of a row, brought to the present version of its class.

        Raises `UnknownEventError` for a topic of no known class, `pydantic.ValidationError` for data that does not fit.
        """
        state = orjson.loads(stored_event.state)
        return Recorded(
            originator_id=str(stored_event.originator_id),
            originator_version=stored_event.originator_version,
            at=datetime.fromisoformat(state["at"]),
            event=upcast(stored_event.topic, state.get("class_version", 1), state["data"]),
            actor=_actor(orjson.dumps(state["actor"])),
            command_id=state["command_id"],
            traceparent=state.get("trace"),
            position=stored_event.id if isinstance(stored_event, Notification) else 0,
        )


def _json(model: BaseModel, *, exclude_defaults: bool = False) -> bytes:
    # What `model_dump_json` does, without the way through text.
    return model.__pydantic_serializer__.to_json(model, exclude_defaults=exclude_defaults)


@lru_cache(maxsize=1024)
def _event_class(topic: str) -> type[Event]:
    try:
        return cast(type[Event], resolve_topic(topic))
    except TopicError as error:
        raise UnknownEventError(f"stored event with unknown topic {topic!r}") from error


@lru_cache(maxsize=4096)
def _actor(content: bytes) -> Actor:
    # The same few act again and again; a relay or a rebuild reads them a million times.
    return Actor.model_validate_json(content)


def upcast(topic: str, version: int, data: dict[str, Any]) -> Event:
    """The event of stored data of any earlier version, through its class's `upcast_vN_vM` methods in turn."""
    cls = _event_class(topic)
    for step in range(version, cls.class_version):
        getattr(cls, f"upcast_v{step}_v{step + 1}")(data)
    # What `model_validate` does, without the way there.
    return cast(Event, cls.__pydantic_validator__.validate_python(data))
