"""`chengce events cat`: the record, as it was written."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from shared.cli.connection import platform_settings
from shared.cli.events_options import (
    After,
    AsJson,
    OfActor,
    OfAggregate,
    OfTrace,
    OfTypes,
    Services,
    Since,
    Until,
    UntilPosition,
    log_of,
    services_of,
    told,
    wanted,
)
from shared.cli.events_selection import merged
from shared.cli.events_shown import print_stored


def cat(
    services: Services = None,
    aggregate: OfAggregate = None,
    types: OfTypes = None,
    since: Since = None,
    until: Until = None,
    after: After = None,
    until_position: UntilPosition = None,
    trace: OfTrace = None,
    actor: OfActor = None,
    limit: Annotated[int, typer.Option(min=0, help="最多多少条；0 为不限")] = 100,
    reverse: Annotated[bool, typer.Option("--reverse", help="从最新的开始")] = False,
    as_json: AsJson = False,
) -> None:
    """Print stored events, oldest first; those of several services merged by the time they were recorded."""
    names = services_of(services)
    asked = wanted(aggregate, types, since, until, after, until_position, trace, actor)
    settings = platform_settings(bus=False)
    with told(), ExitStack() as opened:
        logs = {name: opened.enter_context(log_of(settings, name)) for name in names}
        for each in merged(logs, asked, reverse=reverse, limit=limit or None):
            print_stored(each, as_json)
