"""`chengce events`: look at the record, take it away, prove it; or follow what is published."""

from __future__ import annotations

import typer

from shared.cli.events_cat import cat
from shared.cli.events_export import export
from shared.cli.events_history import history
from shared.cli.events_tail import tail
from shared.cli.events_verify import public_key, seal, verify

app = typer.Typer(
    help="事件：查看（cat、history）、导出（export）与核对（verify）日志中的记录，或跟随总线（tail）。",
    no_args_is_help=True,
)
app.command("cat")(cat)
app.command("history")(history)
app.command("export")(export)
app.command("verify")(verify)
app.command("seal")(seal)
app.command("public-key")(public_key)
app.command("tail")(tail)
