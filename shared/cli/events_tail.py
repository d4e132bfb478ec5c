"""`chengce events tail`: follow what is published."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import typer
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import ConsumerConfig, DeliverPolicy

from shared.cli.connection import platform_settings
from shared.cli.events_options import AsJson
from shared.cli.events_shown import console, print_event
from shared.contracts.base import SERVICES, stream_of
from shared.messaging.bus import connect
from shared.messaging.hearing import heard_on_stream
from shared.readmodels.happened import Happened


def tail(
    services: Annotated[list[str] | None, typer.Argument(help="服务名称；省略则为全部")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="从流的开头，而不只是新的")] = False,
    limit: Annotated[int | None, typer.Option(help="看到这么多条后结束")] = None,
    as_json: AsJson = False,
) -> None:
    """Follow published events on the bus, as another system would receive them."""
    try:
        asyncio.run(_tail(services or list(SERVICES), from_start, limit, as_json))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


async def _tail(services: list[str], from_start: bool, limit: int | None, as_json: bool) -> None:
    connection = await connect(platform_settings().nats_url or "", "chengce-tail")
    heard: asyncio.Queue[Any] = asyncio.Queue(maxsize=10_000)
    followers = [asyncio.create_task(_follow(connection, service, from_start, heard)) for service in services]
    try:
        shown = 0
        while limit is None or shown < limit:
            each = await heard.get()
            if isinstance(each, Happened):
                content = each.event.model_dump(mode="json")
                print_event(each.source, each.position, each.at, each.type, each.aggregate_id, content, as_json)
            else:
                console.print(f"[red]{each.source} {each.position} {each.type}: {each.error}[/]")
            shown += 1
    finally:
        for follower in followers:
            follower.cancel()
        await asyncio.gather(*followers, return_exceptions=True)
        await connection.close()


async def _follow(connection: Any, service: str, from_start: bool, heard: asyncio.Queue[Any]) -> None:
    policy = DeliverPolicy.ALL if from_start else DeliverPolicy.NEW
    config = ConsumerConfig(deliver_policy=policy)
    subscription = await connection.jetstream().subscribe(
        f"chengce.{service}.>", stream=stream_of(service), ordered_consumer=True, config=config
    )
    async for message in _messages(subscription):
        await heard.put(heard_on_stream(message))


async def _messages(subscription: Any) -> AsyncIterator[Any]:
    while True:
        try:
            yield await subscription.next_msg(timeout=3600)
        except NatsTimeout:
            continue  # nothing happened for an hour
