"""What happened: stored events and the record that each is kept in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from eventsourcing.utils import register_topic
from pydantic import BaseModel, ConfigDict

from shared.security.actor import Actor


class Event(BaseModel):
    """A fact that a clerk would recognise, in the past tense, kept for ever.

    A subclass names its stable topic, `<service>.<event>`, never its module path:

        class DocumentPublished(Event):
            TOPIC = "policy.document-published"

    When its fields change, raise `class_version` and add `upcast_vN_vM(data)`, a static method that changes the stored
    data of the older version in place; keep a stored sample of every version in the tests.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    TOPIC: ClassVar[str]
    class_version: ClassVar[int] = 1

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "TOPIC" in cls.__dict__:
            register_topic(cls.TOPIC, cls)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in its place in the log of one service.

    `position` is the notification id, strictly growing within a service, with holes; 0 before it is stored.
    `originator_id` and `originator_version` are the aggregate's id (`<kind>-<key>`) and version, from 1.
    """

    originator_id: str
    originator_version: int
    at: datetime
    event: Event
    actor: Actor
    command_id: str
    traceparent: str | None = None
    position: int = 0
