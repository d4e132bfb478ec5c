"""The form of a published event, and the register of all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict

SERVICES = ("registry", "policy", "application", "hotline", "notify", "analytics", "portal")
NO_DEPARTMENT = "none"
INTERNAL_SUBJECT = "internal"
_TOKEN = re.compile(r"^[a-z0-9][a-z0-9_-]*$")
_register: dict[tuple[str, int], type[Published]] = {}


class Published(BaseModel):
    """An event as other services and systems receive it.

    Personal data stays out; where a reader needs a person, there is a reference. `TYPE` is `<service>.<event>`; `VERSION`
    rises only with a change that is not backward compatible, and then as a class of its own beside the old one.
    An `INTERNAL` event is for the platform's own services: its subject ends in `internal`, which no subscriber is granted.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    TITLE: ClassVar[str]
    INTERNAL: ClassVar[bool] = False

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "TYPE" in cls.__dict__:
            _register[(cls.TYPE, cls.VERSION)] = cls

    @classmethod
    def service(cls) -> str:
        """The service that publishes it."""
        return cls.TYPE.partition(".")[0]

    @classmethod
    def ce_type(cls) -> str:
        """The CloudEvents `type`: `chengce.<service>.<event>.v<version>`."""
        return f"chengce.{cls.TYPE}.v{cls.VERSION}"


class UnknownContractError(ValueError):
    """A published event of a type or version that this release does not know."""


@cache
def load_contracts() -> None:
    """Imports this package's module of each service, so that what one publishes is known wherever it is heard."""
    for service in SERVICES:
        if find_spec(f"{__package__}.{service}"):
            import_module(f"{__package__}.{service}")


def contract(ce_type: str) -> type[Published]:
    """The class of a CloudEvents `type`. Raises `UnknownContractError`."""
    load_contracts()
    match = re.fullmatch(r"chengce\.([a-z-]+\.[a-z-]+)\.v(\d+)", ce_type)
    cls = _register.get((match[1], int(match[2]))) if match else None
    if cls is None:
        raise UnknownContractError(
            f"no contract for event type {ce_type!r}: {_known(match[1]) if match else 'that is no type of this platform'}"
        )
    return cls


def _known(event: str) -> str:
    """What this release knows of an event, and what to do about a version that it does not."""
    versions = sorted(version for known, version in _register if known == event)
    known = f"knows it up to v{versions[-1]}" if versions else "knows no version of it"
    return (
        f"release {installed_version('chengce')} {known}; install a release whose contracts have it, "
        f"the one of service {event.partition('.')[0]} or later, then redrive"
    )


def contracts() -> list[type[Published]]:
    """All published events, by service and name."""
    return [_register[key] for key in sorted(_register, key=lambda k: (SERVICES.index(k[0].partition(".")[0]), k))]


def stream_of(service: str) -> str:
    """The JetStream stream of a service."""
    return f"CHENGCE_{service.upper()}"


@lru_cache(maxsize=4096)
def subject_of(cls: type[Published], department: str | None) -> str:
    """`chengce.<service>.<event>.<department>`: a subscriber can be allowed exactly its own department's events.

    Raises ValueError for a department code that is not one subject token.
    """
    token = INTERNAL_SUBJECT if cls.INTERNAL else department or NO_DEPARTMENT
    if not _TOKEN.match(token):
        raise ValueError(f"department code {token!r} is not a subject token")
    return f"chengce.{cls.TYPE}.{token}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a service publishes of one stored event: the contract, and the department whose event it is."""

    event: Published
    department: str | None = None


class Delivered(NamedTuple):
    """A published event as received: `sequence` is the log position in its service, `previous` the one published before.

    A tuple, because a replay makes a million of them: a frozen dataclass takes four times as long to make.
    """

    service: str
    sequence: int
    previous: int
    aggregate_id: str
    at: datetime
    department: str | None
    event: Published
    traceparent: str | None = None
    stream_sequence: int = 0
