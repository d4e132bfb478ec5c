"""`chengce`: start the platform, load files, look at it."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from importlib.metadata import version as installed_version
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from shared.runtime.settings import Settings
from shared.telemetry.logs import set_up_logs

# Each is imported when it is called: a service starts without what only operators' commands need.
COMMANDS = {
    "up": "shared.cli.up:up",
    "serve": "shared.cli.serving:serve",
    "prepare": "shared.cli.up:prepare_command",
    "load": "shared.cli.load:load",
    "status": "shared.cli.status:status",
    "backup": "shared.cli.backup:backup",
    "restore": "shared.cli.backup:restore_command",
    "events": "shared.cli.events:app",
    "stream": "shared.cli.stream:app",
    "projection": "shared.cli.projection:app",
    "dlq": "shared.cli.dlq:app",
}


class Commands(TyperGroup):
    """Those named above, and those that services bring themselves: `shared` never imports them.

    Typer keeps the types of contexts and commands to itself.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command's name, in the order of the help."""
        return [*COMMANDS, *sorted(_brought()), *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, imported now; None when there is none."""
        where = (COMMANDS | _brought()).get(cmd_name)
        return _command(cmd_name, where) if where else super().get_command(ctx, cmd_name)


def _brought() -> dict[str, str]:
    return {point.name: point.value for point in entry_points(group="chengce.commands")}


def _command(name: str, where: str) -> Any:
    module, _, attribute = where.partition(":")
    found: Any = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(name)(found)
        found = alone
    command = typer.main.get_command(found)
    command.name = name
    return command


app = typer.Typer(
    name="chengce",
    cls=Commands,
    help="澄策之窗：惠企政策一窗通平台。设置用环境变量给出，见 `chengce settings`。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


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
