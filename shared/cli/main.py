"""`chengce`: start the platform, load files, look at it."""

from __future__ import annotations

from importlib.metadata import entry_points
from importlib.metadata import version as installed_version

import typer
from rich.console import Console
from rich.table import Table

from shared.cli import backup, dlq, events, load, projection, status, stream, up
from shared.runtime.settings import Settings
from shared.telemetry.logs import set_up_logs

app = typer.Typer(
    name="chengce",
    help="澄策之窗：惠企政策一窗通平台。设置用环境变量给出，见 `chengce settings`。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(dlq.app, name="dlq")
app.add_typer(events.app, name="events")
app.add_typer(projection.app, name="projection")
app.add_typer(stream.app, name="stream")
app.command("up")(up.up)
app.command("serve")(up.serve)
app.command("prepare")(up.prepare_command)
app.command("load")(load.load)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore_command)
app.command("status")(status.status)
# What services bring themselves: `shared` never imports them.
for found in sorted(entry_points(group="chengce.commands"), key=lambda each: each.name):
    app.add_typer(found.load(), name=found.name)


@app.callback()
def begin() -> None:
    """Logs as the settings say; commands that somebody watches show warnings only, unless told otherwise."""
    settings = Settings()
    level = settings.log_level if "log_level" in settings.model_fields_set else "WARNING"
    set_up_logs(level, settings.log_format)


@app.command("settings")
def settings_table() -> None:
    """List every setting: its environment variable, default and meaning."""
    table = Table("variable", "default", "meaning")
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        table.add_row(f"CHENGCE_{name.upper()}", "" if default is None else str(default), field.description or "")
    Console().print(table)


@app.command("version")
def version() -> None:
    """Print the version."""
    typer.echo(installed_version("chengce"))


def run() -> None:
    """The console script."""
    app()
