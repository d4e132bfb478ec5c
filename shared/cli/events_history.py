"""`chengce events history`: one aggregate as it was known at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
import typer
from eventsourcing.persistence import Notification
from pydantic import ValidationError

from shared.cli.connection import platform_settings
from shared.cli.events_options import AsJson, fail, instant, log_of, services_of, told
from shared.cli.events_selection import Wanted
from shared.cli.events_shown import civil, console, print_event
from shared.eventstore.decider import Decider
from shared.eventstore.events import Recorded
from shared.eventstore.mapper import EventMapper, UnknownEventError
from shared.runtime.host import installed_services
from shared.runtime.service import Service


def history(
    aggregate: Annotated[str, typer.Argument(help="聚合，如 ticket-12345-001")],
    service: Annotated[str | None, typer.Option("--service", help="所属服务；省略则按聚合的种类寻找")] = None,
    at: Annotated[
        datetime | None,
        typer.Option(parser=instant, metavar="TIME", help="到此时为止所知（北京时间，含）；省略则到现在"),
    ] = None,
    with_state: Annotated[bool, typer.Option("--state", help="同时给出由这些事件得出的状态")] = False,
    as_json: AsJson = False,
) -> None:
    """Print an aggregate's events up to a time and, with --state, what they amounted to then."""
    owner, decider = _owner(aggregate, service, needs_decider=with_state)
    with told(), log_of(platform_settings(bus=False), owner) as connection:
        try:
            recorded = list(known_at(Wanted(aggregate=aggregate).rows(connection), at))
        except (UnknownEventError, ValidationError, orjson.JSONDecodeError, KeyError) as error:
            fail(f"{aggregate} 有本版本读不懂的事件（{error}）。请用 chengce events cat 查看原文，或用更新的版本。")
    if not recorded:
        fail(
            f"{owner} 的日志中，{civil(at) + ' 之前' if at else ''}没有 {aggregate} 的事件。请核对聚合的编号。", code=1
        )
    state = folded(decider, recorded) if decider and with_state else None
    if as_json:
        typer.echo(orjson.dumps(_document(aggregate, owner, at, recorded, state), option=orjson.OPT_INDENT_2).decode())
        return
    for each in recorded:
        content = each.event.model_dump(mode="json")
        version = each.originator_version
        print_event(owner, each.position, each.at, each.event.TOPIC, aggregate, content, False, version=version)
    if state is not None:
        console.print_json(orjson.dumps(state).decode())


def known_at(rows: Iterable[Notification], at: datetime | None) -> Iterator[Recorded]:
    """The events from the first one on, as long as they were recorded up to `at`: a state is always one that there was."""
    mapper = EventMapper()
    for row in rows:
        recorded: Recorded = mapper.to_domain_event(row)
        if at is not None and recorded.at > at:
            return
        yield recorded


def folded(decider: Decider[Any, Any], recorded: Sequence[Recorded]) -> dict[str, Any]:
    """What the events amount to, as JSON."""
    state: Any = None
    for each in recorded:
        state = decider.evolve(state, each.event)
    content: dict[str, Any] = state.model_dump(mode="json")
    return content


def decider_of(aggregate: str, services: Mapping[str, Service]) -> tuple[str, Decider[Any, Any]] | None:
    """The service and the decider of an aggregate by its id `<kind>-<key>`; of two kinds that fit, the longer one."""
    fitting = [
        (name, decider)
        for name, service in services.items()
        for decider in service.deciders
        if aggregate.startswith(f"{decider.kind}-")
    ]
    return max(fitting, key=lambda each: len(each[1].kind), default=None)


def _owner(aggregate: str, service: str | None, *, needs_decider: bool) -> tuple[str, Decider[Any, Any] | None]:
    names = services_of([service]) if service else ()
    found = decider_of(aggregate, installed_services(*names))
    if found is None and (service is None or needs_decider):
        fail(
            f"没有服务有 {aggregate} 这种聚合。聚合的编号形如 ticket-12345-001，可从 chengce events cat 的输出中取得。"
        )
    return found or (str(service), None)


def _document(
    aggregate: str, service: str, at: datetime | None, recorded: Sequence[Recorded], state: dict[str, Any] | None
) -> dict[str, Any]:
    events = [
        {
            "position": each.position,
            "version": each.originator_version,
            "at": each.at,
            "type": each.event.TOPIC,
            "actor": each.actor.model_dump(mode="json", exclude_defaults=True),
            "trace": each.traceparent,
            "data": each.event.model_dump(mode="json"),
        }
        for each in recorded
    ]
    known = {"aggregate": aggregate, "service": service, "at": at, "version": recorded[-1].originator_version}
    return known | {"events": events} | ({"state": state} if state is not None else {})
