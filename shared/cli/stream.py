"""`chengce stream`: compare the streams with the logs, and make them again from there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any, NoReturn

import orjson
import psycopg
import typer
from nats.errors import Error as NatsError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from sqlalchemy.exc import SQLAlchemyError

from shared.cli import stream_tables as shown
from shared.cli.connection import operating_settings
from shared.messaging.batches import UnpublishableError
from shared.messaging.rebuilding import Plan, RebuildStuckError, Rebuilt
from shared.messaging.reconciling import Comparison
from shared.messaging.walking import StreamReplacedError, StreamSilentError
from shared.readmodels.taking import AROUND
from shared.runtime.assembly import assembled
from shared.runtime.host import installed_services, service_names
from shared.runtime.rebuilding import RebuildUnderWayError, planned, recorded_rebuild
from shared.runtime.reconciling import recorded_comparison, source_of
from shared.runtime.service import Runtime

app = typer.Typer(help="流：与日志核对，从日志重建。", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)
AGREES, DIFFERS, IMPOSSIBLE = 0, 1, 2
Ticks = Callable[[int, int], None]

ServiceName = Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="服务名称，如 policy；或用 --all")]
All = Annotated[bool, typer.Option("--all", help="所有服务")]
Show = Annotated[int, typer.Option("--show", min=0, help="每个流最多详细列出多少处不一致")]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]


@app.command()
def reconcile(service: ServiceName = None, all_: All = False, show: Show = 20, as_json: AsJson = False) -> None:
    """Compare stream and log, message by message; exit code 0: they agree, 1: they differ, 2: could not be compared.

    Running replicas need not stop. What the relay publishes within a few seconds is no difference.
    """
    found = _reaching(_compared(_named(service, all_), show, as_json))
    _json([shown.comparison_as_json(each) for each in found]) if as_json else shown.print_comparisons(console, found)
    raise typer.Exit(_verdict(found))


@app.command()
def rebuild(
    service: ServiceName = None,
    all_: All = False,
    why: Annotated[str, typer.Option("--why", help="为什么重建，与操作人一并记录在案")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说明会做什么，不做任何改动")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不再询问")] = False,
    show: Show = 20,
    as_json: AsJson = False,
) -> None:
    """Delete a stream and make it again from the log, with its settings and durable consumers, then compare.

    Running replicas need not stop. A rebuild that was killed is simply run again. Exit codes as of `reconcile`.
    """
    services = _named(service, all_)
    if dry_run:
        plans = _reaching(_plans(services))
        _json([shown.plan_as_json(*each) for each in plans]) if as_json else shown.print_plans(console, plans)
        return
    if not why:
        _refuse("请用 --why 说明重建的原因，它会与操作人一并记录在案。")
    if not yes:
        typer.confirm(
            f"删除并从日志重建 {'、'.join(services)} 的流？重建期间订阅方会短暂收不到消息。", abort=True, err=True
        )
    done = _reaching(_rebuilt(services, why, show, as_json))
    if as_json:
        _json([shown.rebuilt_as_json(*each) for each in done])
    else:
        shown.print_rebuilt(console, done)
    raise typer.Exit(_verdict([comparison for _, _, comparison in done]))


async def _compared(services: list[str], show: int, quiet: bool) -> list[Comparison]:
    found = []
    for service in services:
        async with _beside(service) as runtime:
            with _progress(f"核对 {service}", quiet) as ticks:
                found.append(await recorded_comparison(runtime, "operator", show=show, progress=ticks))
    return found


async def _plans(services: list[str]) -> list[tuple[Plan, int]]:
    found = []
    for service in services:
        async with _beside(service) as runtime, source_of(runtime) as source:
            found.append((await planned(runtime), await source.end()))
    return found


async def _rebuilt(services: list[str], why: str, show: int, quiet: bool) -> list[tuple[str, Rebuilt, Comparison]]:
    done = []
    for service in services:
        async with _beside(service) as runtime:
            with _progress(f"重建 {service}", quiet) as ticks:
                rebuilt = await recorded_rebuild(runtime, why, ticks)
            with _progress(f"核对 {service}", quiet) as ticks:
                compared = await recorded_comparison(runtime, why, show=show, progress=ticks)
            done.append((service, rebuilt, compared))
    return done


@asynccontextmanager
async def _beside(service: str) -> AsyncIterator[Runtime]:
    """The service's parts without its duties, beside the replicas that run."""
    async with assembled(installed_services(service)[service], operating_settings()) as runtime:
        yield runtime


@contextmanager
def _progress(title: str, quiet: bool) -> Iterator[Ticks]:
    """A bar with an estimate, on standard error, where somebody watches it."""
    watched = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
               TextColumn("剩余约"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=watched, disable=quiet or not watched.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda position, end: bar.update(task, completed=position, total=max(end, 1))


def _named(service: str | None, all_: bool) -> list[str]:
    known = service_names()
    if (service is None) != all_:
        _refuse("请给出一个服务名称，或用 --all 表示所有服务，二者选一。")
    if service is not None and service not in known:
        _refuse(f"没有名为 {service} 的服务，可选：{'、'.join(known)}。")
    return [service] if service else known


def _verdict(found: list[Comparison]) -> int:
    return DIFFERS if any(each.differences for each in found) else AGREES


def _reaching(work: Any) -> Any:
    try:
        return asyncio.run(work)
    except RebuildUnderWayError as error:
        _refuse(f"{error} 的流正在由另一个命令重建，请等它结束；若它已被终止，稍候再执行一次。")
    except UnpublishableError as error:
        _refuse(f"日志中有一条事件无法发布，其后的都在等它：{error}。请先修正发布这一事件的程序，再执行一次。")
    except RebuildStuckError as error:
        _refuse(f"流没有填满：{error}。请排除原因后再执行一次，已做的不会重复，流的设置与消费者不会丢失。")
    except (StreamReplacedError, StreamSilentError) as error:
        _refuse(f"核对不能完成：{error}。请等流稳定后再执行一次。")
    except (*AROUND, ConnectionError, NatsError, SQLAlchemyError, psycopg.Error) as error:
        _refuse(f"平台的服务器没有应答（{error!r}）。请用 chengce status 查看，恢复后再执行一次。")


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(IMPOSSIBLE)


def _json(content: Any) -> None:
    typer.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())
