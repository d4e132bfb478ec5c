"""`chengce events export`: the record as JSON Lines, or what of it is published as a batch of CloudEvents."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from urllib.parse import unquote

import orjson
import typer

from shared.cli.connection import platform_settings
from shared.cli.events_options import (
    After,
    OfActor,
    OfAggregate,
    OfTrace,
    OfTypes,
    Services,
    Since,
    Until,
    UntilPosition,
    fail,
    log_of,
    services_of,
    told,
    wanted,
)
from shared.cli.events_selection import Stored, Wanted, merged
from shared.eventstore.mapper import EventMapper
from shared.messaging.cloudevents import PREVIOUS, headers_for
from shared.runtime.host import installed_services
from shared.runtime.service import Service


class Format(StrEnum):
    """How events are written."""

    JSONL = "jsonl"
    CLOUDEVENTS = "cloudevents"


class ExportError(RuntimeError):
    """An event that cannot be written as asked; the text names it."""


def export(
    services: Services = None,
    to: Annotated[Path | None, typer.Option("--to", "-o", help="写到这个文件；省略则写到标准输出")] = None,
    format_: Annotated[
        Format,
        typer.Option("--format", help="jsonl：日志中的事件全文；cloudevents：对外发布的事件（CloudEvents 1.0 批）"),
    ] = Format.JSONL,
    aggregate: OfAggregate = None,
    types: OfTypes = None,
    since: Since = None,
    until: Until = None,
    after: After = None,
    until_position: UntilPosition = None,
    trace: OfTrace = None,
    actor: OfActor = None,
    limit: Annotated[int | None, typer.Option(min=1, help="最多多少条；省略为不限")] = None,
) -> None:
    """Write stored events in full, or the published ones, to a file or standard output; say how many and the SHA-256."""
    names = services_of(services)
    asked = wanted(aggregate, types, since, until, after, until_position, trace, actor)
    settings = platform_settings(bus=False)
    with told(), ExitStack() as opened:
        logs = {name: opened.enter_context(log_of(settings, name)) for name in names}
        stored = merged(logs, asked, limit=limit if format_ is Format.JSONL else None)
        pieces = jsonl(stored) if format_ is Format.JSONL else cloudevents(stored, asked, installed_services(), limit)
        try:
            count, digest = _written(pieces, to)
        except (ExportError, OSError) as error:
            fail(f"没有导出：{error}。")
    typer.echo(f"已导出 {count} 条事件到{f' {to}' if to else '标准输出'}，SHA-256 {digest}", err=to is None)


def jsonl(stored: Iterator[Stored]) -> Iterator[tuple[int, bytes]]:
    """Each event a line; its state byte for byte, and as `state_base64` when it is no JSON that fits on a line."""
    for each in stored:
        row = each.row
        line: dict[str, Any] = {
            "service": each.service,
            "position": row.id,
            "aggregate": str(row.originator_id),
            "version": row.originator_version,
            "topic": row.topic,
        }
        fits = "unreadable" not in each.said and b"\n" not in row.state
        line |= (
            {"state": orjson.Fragment(row.state)}
            if fits
            else {"state_base64": base64.b64encode(row.state or b"").decode()}
        )
        yield 1, orjson.dumps(line) + b"\n"


def cloudevents(
    stored: Iterator[Stored], asked: Wanted, services: Mapping[str, Service], limit: int | None
) -> Iterator[tuple[int, bytes]]:
    """A batch (application/cloudevents-batch+json) of the events that others hear of, with the stream's attributes.

    `previous`, the position published before, is given only where every event from the first on is in the batch:
    elsewhere it would tell of gaps that are none. Raises `ExportError`.
    """
    mapper, whole = EventMapper(), asked.by_position_alone and not asked.after
    previous: dict[str, int] = {}
    count = 0
    yield 0, b"["
    for each in stored:
        try:
            recorded = mapper.to_domain_event(each.row)
            outgoing = services[each.service].publish(recorded)
            if outgoing is None:
                continue
            headers = headers_for(recorded, outgoing, each.service, previous.get(each.service, 0))
        except (ValueError, KeyError, TypeError) as error:
            raise ExportError(f"{each.service} 位置 {each.row.id} 的事件无法发布（{error}）") from error
        previous[each.service] = each.row.id
        if not whole:
            headers.pop(PREVIOUS)
        event = _attributes(headers) | {"data": outgoing.event.model_dump(mode="json")}
        yield 1, (b",\n" if count else b"\n") + orjson.dumps(event)
        count += 1
        if count == limit:
            break
    yield 0, b"\n]\n"


def _attributes(headers: Mapping[str, str]) -> dict[str, str]:
    """The attributes of the JSON format (CloudEvents 1.0.2): no prefix, and text instead of percent codes."""
    attributes = {name.removeprefix("ce-"): unquote(value) for name, value in headers.items()}
    attributes["datacontenttype"] = attributes.pop("content-type")
    return attributes


def _written(pieces: Iterator[tuple[int, bytes]], to: Path | None) -> tuple[int, str]:
    """How many events were written, and the SHA-256 of all bytes."""
    count, digest = 0, hashlib.sha256()
    with _whole(to) if to else _standard_output() as file:
        for events, piece in pieces:
            file.write(piece)
            digest.update(piece)
            count += events
    return count, digest.hexdigest()


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name whole, or not at all; for its owner only, since it may hold what is not public."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        unfinished.unlink(missing_ok=True)
