"""An event as a line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from shared.calendar import SHANGHAI
from shared.cli.events_selection import Stored

console = Console(highlight=False, soft_wrap=True)


def print_event(
    service: str,
    position: int,
    at: datetime | None,
    type_: str | None,
    aggregate: str,
    content: Mapping[str, Any],
    as_json: bool,
    **more: Any,
) -> None:
    """One line: JSON with everything, or what a person wants to see first."""
    if as_json:
        line = {"service": service, "position": position, "at": at, "type": type_, "aggregate": aggregate, **more}
        typer.echo(orjson.dumps(line | {"data": content}).decode())
        return
    title = content.get("title") or content.get("item_title") or content.get("name") or ""
    version = f" v{more['version']}" if "version" in more else ""
    named = escape(f"{aggregate}{version} {title}".rstrip())
    console.print(f"[dim]{civil(at)}[/] [cyan]{service}[/] #{position} [bold]{type_}[/] {named}")


def print_stored(each: Stored, as_json: bool) -> None:
    """A stored event, as it was written."""
    row, said = each.row, each.said
    more = {name: said[name] for name in ("actor", "trace", "class_version") if name in said}
    content = said.get("data", said)
    print_event(
        each.service, row.id, each.at, row.topic, str(row.originator_id), content, as_json,
        version=row.originator_version, **more,
    )  # fmt: skip


def civil(at: datetime | None) -> str:
    """A moment on a clock in Shanghai."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if at else "时间不可读"
