"""`chengce events`: look at the record, or follow what is published."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
import typer
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import ConsumerConfig, DeliverPolicy
from rich.console import Console

from shared.calendar import SHANGHAI
from shared.cli.connection import platform_settings
from shared.contracts.base import SERVICES, stream_of
from shared.eventstore.mapper import EventMapper
from shared.eventstore.recorder import LogRecorder, datastore
from shared.messaging.bus import connect
from shared.messaging.hearing import heard_on_stream
from shared.readmodels.happened import Happened
from shared.runtime.host import installed_services

app = typer.Typer(help="查看事件：cat 读记录（日志），tail 跟随总线。", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)
AsJson = Annotated[bool, typer.Option("--json", help="每行一个 JSON 对象")]
PAGE = 1000


@app.command()
def cat(
    service: Annotated[str, typer.Argument(help="服务名称")],
    aggregate: Annotated[str | None, typer.Option(help="只看一个聚合，如 ticket-12345-001")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="只看一种事件，如 hotline.ticket-received")] = None,
    after: Annotated[int, typer.Option(help="从这个位置之后开始")] = 0,
    limit: Annotated[int, typer.Option(help="最多多少条")] = 100,
    as_json: AsJson = False,
) -> None:
    """Print stored events of a service from its log, oldest first."""
    settings = platform_settings()
    installed_services()  # makes every stored topic known
    store = datastore(settings.database_of(service), pool_size=1)
    try:
        recorder, mapper, shown = LogRecorder(store), EventMapper(), 0
        topics = [type_] if type_ else []
        while rows := recorder.select_notifications(after, PAGE, topics=topics, inclusive_of_start=False):
            for row in rows:
                if aggregate and row.originator_id != aggregate:
                    continue
                recorded = mapper.to_domain_event(row)
                data = recorded.event.model_dump(mode="json")
                who = recorded.actor.model_dump(mode="json", exclude_defaults=True)
                _print(service, row.id, recorded.at, row.topic, str(row.originator_id), data, as_json, actor=who)
                shown += 1
                if shown >= limit:
                    return
            after = rows[-1].id
    finally:
        store.close()


@app.command()
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
                _print(each.source, each.position, each.at, each.type, each.aggregate_id, content, as_json)
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


def _print(
    service: str, position: int, at: Any, type_: str, aggregate: str, data: dict[str, Any], as_json: bool, **more: Any
) -> None:
    if as_json:
        line = {"service": service, "position": position, "at": at, "type": type_, "aggregate": aggregate, **more}
        typer.echo(orjson.dumps(line | {"data": data}).decode())
        return
    when = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    title = data.get("title") or data.get("item_title") or data.get("name") or ""
    console.print(f"[dim]{when}[/] [cyan]{service}[/] #{position} [bold]{type_}[/] {aggregate} {title}")
