"""A stream deleted and made again from the log: same messages, same order, same settings, same subscribers.

The relay does the filling; it may be the command's own, a running service's, or both: what a stream takes is decided by
where it ends. The new stream's sequences go on after the old one's, so that nobody's belief about the old stream can
fit the new one by chance.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog
from nats.aio.client import Client
from nats.js.errors import APIError, NotFoundError

from shared.contracts.base import stream_of
from shared.messaging.batches import MOST_MESSAGES
from shared.messaging.reconciling import Source
from shared.messaging.relay import Relay
from shared.messaging.streams import (
    CONSUMER_EXISTS,
    NAME_TAKEN,
    ask,
    consumer_exists,
    declare_stream,
    first_after,
    message_at,
    published_from,
    subjects_of,
)

log = structlog.get_logger(__name__)
STUCK_SECONDS = 30.0  # without progress and with an error, after which a rebuild gives up
_TICK_SECONDS = 0.5
_ATTEMPTS = 5
# Of a stream's settings: what the server writes there, and what only the old one had.
_NOT_KEPT = ("first_seq", "sealed")
_PLACE = ("deliver_policy", "opt_start_seq", "opt_start_time")


class RebuildStuckError(Exception):
    """The stream does not fill; the text says what holds the relay up."""


@dataclass(frozen=True)
class NotedConsumer:
    """A durable consumer: its settings, and the log position up to which it has acknowledged everything."""

    name: str
    config: dict[str, Any]
    after: int


@dataclass(frozen=True)
class Plan:
    """What must come back: the stream's settings (None: there is no stream) and its durable consumers.

    `created` tells this stream from any other of its name, `last_sequence` is where it ends.
    """

    service: str
    config: dict[str, Any] | None = None
    created: str = ""
    last_sequence: int = 0
    messages: int = 0
    consumers: tuple[NotedConsumer, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """To be kept before anything is deleted."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Plan:
        """A plan that was kept."""
        return cls(**kept | {"consumers": tuple(NotedConsumer(**each) for each in kept["consumers"])})

    def after_unfinished(self, earlier: list[Plan]) -> Plan:
        """This plan, with what rebuilds that were killed had noted of streams that they deleted, oldest first.

        A rebuild that had not yet deleted the stream which is there now has nothing to add.
        """
        plan = self
        for old in reversed([each for each in earlier if each.config and each.created != self.created]):
            here = {each.name for each in plan.consumers}
            lost = tuple(each for each in old.consumers if each.name not in here)
            plan = Plan(
                self.service,
                old.config,
                self.created,
                max(self.last_sequence, old.last_sequence),
                self.messages,
                (*plan.consumers, *lost),
            )
        return plan


@dataclass
class Rebuilt:
    """What a rebuild did: `consumers` made again by name, and their new places."""

    log_end: int
    seconds: float = 0.0
    consumers: dict[str, int] = field(default_factory=dict)


async def plan_of(nc: Client, service: str) -> Plan:
    """Notes the service's stream as it is now. Raises nats-py's `Error`s."""
    stream = stream_of(service)
    try:
        info = await ask(nc, f"STREAM.INFO.{stream}")
        consumers = [
            NotedConsumer(each["name"], each["config"], await _acknowledged(nc, service, each, info["state"]))
            for each in await _consumers(nc, stream)
            if each["config"].get("durable_name")
        ]
    except NotFoundError:
        return Plan(service)
    state = info["state"]
    return Plan(service, info["config"], info["created"], state["last_seq"], state["messages"], tuple(consumers))


async def _consumers(nc: Client, stream: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = await ask(nc, f"CONSUMER.LIST.{stream}", {"offset": len(found)})
        found.extend(page.get("consumers") or [])
        if not page.get("consumers") or len(found) >= page["total"]:
            return found


async def _acknowledged(nc: Client, service: str, consumer: dict[str, Any], state: dict[str, Any]) -> int:
    """The log position before the first message that is not acknowledged."""
    floor: int = consumer["ack_floor"]["stream_seq"]
    if following := await published_from(nc, service, floor + 1):
        return following.position - 1
    for sequence in range(state["last_seq"], state["first_seq"] - 1, -1):  # the last but for foreign messages
        if last := await message_at(nc, service, sequence):
            return last.position
    return 0


async def rebuild(
    nc: Client,
    source: Source,
    plan: Plan,
    *,
    replicas: int = 1,
    progress: Callable[[int, int], None] = lambda _position, _end: None,
) -> Rebuilt:
    """Deletes the stream and makes it again from the log, with the plan's settings and consumers.

    Keep the plan first: a rebuild that is killed is run again with what was noted then. `replicas` counts only where
    no stream was. `progress(position, log_end)` is called as it goes. Raises `RebuildStuckError`, nats-py's `Error`s.
    """
    began = time.monotonic()
    rebuilt = Rebuilt(await source.end())
    await _replace(nc, plan, replicas)
    await _fill(nc, source, rebuilt.log_end, plan, replicas, progress)
    for each in plan.consumers:
        if not await consumer_exists(nc, plan.service, each.name):
            rebuilt.consumers[each.name] = await _restore(nc, plan.service, each)
    rebuilt.seconds = time.monotonic() - began
    return rebuilt


async def _replace(nc: Client, plan: Plan, replicas: int) -> None:
    stream = stream_of(plan.service)
    after = plan.last_sequence
    for _ in range(_ATTEMPTS):
        with suppress(NotFoundError):
            after = max(after, (await ask(nc, f"STREAM.INFO.{stream}"))["state"]["last_seq"])
            await ask(nc, f"STREAM.DELETE.{stream}")
        if plan.config is None:
            await declare_stream(nc, plan.service, replicas=replicas, after=after)
            return
        config = _settings(plan.config, plan.service)
        try:
            await ask(nc, f"STREAM.CREATE.{stream}", config | {"first_seq": after + 1})
        except APIError as error:
            if error.err_code != NAME_TAKEN:
                raise
            # A service's relay was faster, with settings of its own; most can be changed under way.
            try:
                await ask(nc, f"STREAM.UPDATE.{stream}", config)
            except APIError as refused:
                log.info("stream_settings_refused", stream=stream, reason=str(refused))
                continue
        log.info("stream_replaced", stream=stream, after=after)
        return
    raise RebuildStuckError(f"stream {stream} was made again {_ATTEMPTS} times before it could be with its settings")


def _settings(config: dict[str, Any], service: str) -> dict[str, Any]:
    kept = {name: value for name, value in config.items() if name not in _NOT_KEPT}
    kept["metadata"] = _own_metadata(config)
    return kept | {"subjects": [subjects_of(service)], "allow_atomic": True}  # without these no relay can fill it


def _own_metadata(config: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in config.get("metadata", {}).items() if not name.startswith("_nats.")}


async def _fill(
    nc: Client, source: Source, end: int, plan: Plan, replicas: int, progress: Callable[[int, int], None]
) -> None:
    moved = asyncio.Event()
    relay = Relay(
        source.service,
        nc,
        source.read,
        source.publish,
        asyncio.Event(),
        declare=lambda after: declare_stream(nc, plan.service, replicas=replicas, after=after),
        on_published=lambda _position: moved.set(),
        batch=MOST_MESSAGES,
    )
    running = asyncio.create_task(relay.run())
    position, moved_at = -1, time.monotonic()
    try:
        while relay.state.position < end:
            moved.clear()
            await asyncio.wait([running, waiting := asyncio.ensure_future(moved.wait())], timeout=_TICK_SECONDS,
                               return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
            waiting.cancel()
            if running.done():
                await running
            if relay.state.position != position:
                position, moved_at = relay.state.position, time.monotonic()
                progress(position, end)
            elif relay.state.last_error and time.monotonic() - moved_at > STUCK_SECONDS:
                raise RebuildStuckError(relay.state.last_error)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _restore(nc: Client, service: str, noted: NotedConsumer) -> int:
    """Makes a consumer again, to go on after what it had acknowledged; returns where in the stream that is."""
    start = await first_after(nc, service, noted.after)
    stream = stream_of(service)
    config = {name: value for name, value in noted.config.items() if name not in _PLACE}
    config |= {"deliver_policy": "by_start_sequence", "opt_start_seq": start, "metadata": _own_metadata(noted.config)}
    wanted = {"stream_name": stream, "action": "create", "config": config}
    try:
        await ask(nc, f"CONSUMER.CREATE.{stream}.{noted.name}", wanted)
    except APIError as error:
        if error.err_code not in CONSUMER_EXISTS:  # else its reaction was faster; it finds its place by position
            raise
    return start
