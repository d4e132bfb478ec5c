"""What a service declares, and what it gets when it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import APIRouter
from nats.aio.client import Client

from shared.calendar import Clock, WorkingCalendar
from shared.contracts.base import Outgoing
from shared.database.sessions import Database
from shared.deadlines.book import Deadlines
from shared.eventstore.aggregates import Aggregates
from shared.eventstore.decider import Command, Decider, Refused
from shared.eventstore.events import Recorded
from shared.eventstore.ledger import Intent, Ledger, Receipt
from shared.messaging.inbox import Inbox
from shared.messaging.reactions import Reaction
from shared.objects.store import ObjectStore
from shared.readmodels.model import ReadModel
from shared.readmodels.positions import Positions
from shared.readmodels.reading import Reads
from shared.runtime.following import LogTail
from shared.runtime.settings import Settings
from shared.security.actor import Actor, system
from shared.security.personal import PersonalVault

T = TypeVar("T")


@dataclass(frozen=True)
class Service:
    """The table of contents of a service; `main` alone makes it.

    `publish` turns a stored event into what others hear of it, or None. `resources` opens what the service needs beyond
    the platform's own parts (an SMS provider, say); what it yields is `Runtime.resources`. `objects_named` is for a
    service that keeps objects: which of these names its events know; the others are removed when they are a day old.
    """

    name: str
    title: str
    router: APIRouter
    publish: Callable[[Recorded], Outgoing | None] = lambda _recorded: None
    deciders: tuple[Decider[Any, Any], ...] = ()
    read_models: tuple[ReadModel, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    inbox: Inbox | None = None
    deadlines: Deadlines | None = None
    resources: Callable[[Runtime], AbstractAsyncContextManager[Any]] | None = None
    summary: str = ""
    objects_named: Callable[[Runtime, Sequence[str]], Awaitable[set[str]]] | None = None


@dataclass
class Runtime:
    """A running service, as its own rooms see it."""

    service: Service
    settings: Settings
    clock: Clock
    calendar: Callable[[], WorkingCalendar]
    database: Database
    ledger: Ledger
    aggregates: Aggregates
    tail: LogTail
    positions: Positions
    reads: Reads
    vault: PersonalVault
    bus: Client
    objects: ObjectStore
    resources: Any = None
    duties: dict[str, Any] = field(default_factory=dict)

    @property
    def itself(self) -> Actor:
        """The actor of what the service does on its own."""
        return system(self.service.name)

    async def execute(
        self,
        decider: Decider[Any, Any],
        key: str,
        command: Command,
        actor: Actor | None = None,
        *,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> Receipt:
        """Carries out one command on the aggregate with this natural key. Raises `Refused`."""
        return await self.ledger.execute(
            Intent(decider, decider.id_of(key), command, actor or self.itself, idempotency_key, expected_version)
        )

    async def execute_all(
        self, commands: Sequence[tuple[Decider[Any, Any], str, Command]], actor: Actor
    ) -> list[Receipt | Refused]:
        """Carries out many commands in one transaction, each with a verdict of its own, in order."""
        return await self.ledger.execute_all([Intent(d, d.id_of(key), c, actor) for d, key, c in commands])

    async def execute_together(
        self,
        commands: Sequence[tuple[Decider[Any, Any], str, Command]],
        actor: Actor,
        *,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> list[Receipt]:
        """Carries out all of several commands in one transaction, or none; key and version are the first one's.

        Raises the first `Refused`.
        """
        (first, name, command), *others = commands
        asked = Intent(first, first.id_of(name), command, actor, idempotency_key, expected_version)
        return await self.ledger.execute_together([asked, *(Intent(d, d.id_of(n), c, actor) for d, n, c in others)])

    async def state(self, decider: Decider[Any, Any], key: str) -> Any:
        """The present state of an aggregate, from the record itself; None when nothing has happened."""
        return (await self.aggregates.get(decider, decider.id_of(key))).state

    async def in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Runs what blocks (a key store, say) beside everything else."""
        return await asyncio.to_thread(function, *args)
