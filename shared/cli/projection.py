"""`chengce projection`: read models rebuilt beside the live one, compared, switched in one moment; and as of a moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Annotated, Any, NoReturn, TypeVar

import orjson
import psycopg
import typer
from nats.errors import Error as NatsError
from rich.console import Console
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.calendar import SHANGHAI
from shared.cli import projection_screens as shown
from shared.cli.connection import operating_settings
from shared.readmodels.model import ReadModel, table_of
from shared.readmodels.positions import GapError
from shared.readmodels.projections import ProjectionRefusedError
from shared.readmodels.taking import AROUND
from shared.runtime.assembly import assembled
from shared.runtime.filling import Bounds, Moment
from shared.runtime.host import all_read_models, installed_services, service_names
from shared.runtime.looking import Seen, builds_of
from shared.runtime.projections import (
    DifferentError,
    Plan,
    Rebuilt,
    as_of,
    compared,
    drop_builds,
    droppable,
    has_unfinished,
    pause,
    planned,
    rebuild,
    switch_to,
)
from shared.runtime.service import Runtime

app = typer.Typer(help="读模型：在使用中的版本旁重建、比较、切换；查看某一时刻所知。", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)
SAME, DIFFERENT, IMPOSSIBLE = 0, 1, 2
T = TypeVar("T")

Name = Annotated[str, typer.Argument(help="读模型名称，如 tickets；见 chengce projection list")]
OfService = Annotated[str | None, typer.Option("--service", help="服务名称；读模型名称在几个服务都有时必须给出")]
Number = Annotated[int | None, typer.Option("--build", min=1, help="第几次建立；省略则为最近另建的")]
Why = Annotated[str, typer.Option("--why", help="为什么这样做，与操作人一并记录在案；省略则询问")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="不再询问")]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]


@app.command("list")
def list_(service: OfService = None, as_json: AsJson = False) -> None:
    """List the builds of all read models: which is read, which is fed, how far behind."""
    found = _reaching(_looked(service, None))
    _json(_with_service(found)) if as_json else shown.print_list(console, found)


@app.command()
def status(name: Name, service: OfService = None, as_json: AsJson = False) -> None:
    """Show one read model's builds: positions, lag, rate, dead letters, and what operators did last."""
    where, _ = _target(name, service)
    found = _reaching(_looked(where, name))
    _json(_with_service(found)) if as_json else shown.print_status(console, found)


@app.command("rebuild")
def rebuild_(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="读模型名称；或用 --all")] = None,
    all_: Annotated[bool, typer.Option("--all", help="所有读模型，逐个重建")] = False,
    service: OfService = None,
    begin: Annotated[
        str | None, typer.Option("--from", help="只含这个位置或时间起的事件（部分重建，不能切换）")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="只含到这个位置或时间为止的事件（部分重建，不能切换）")
    ] = None,
    rate: Annotated[float | None, typer.Option(min=1, help="每秒最多写入多少条事件")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="从未完成的重建停下的位置继续")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说明会做什么，不做任何改动")] = False,
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Build a read model again beside the one that is read. Reactions hear nothing of it. Times are civil time."""
    if (name is None) != all_:
        _refuse("请给出一个读模型名称，或用 --all 表示所有读模型，二者选一。")
    targets = _all_targets(service) if all_ else [_target(str(name), service)]
    bounds = Bounds(_moment(begin), _moment(end))
    if resume and bounds.partial:
        _refuse("--resume 沿用原来的范围，不能与 --from 或 --to 同用。")
    if dry_run:
        plans = [
            (where, _reaching(_with(where, model, partial(_plan, bounds, resume, all_)))) for where, model in targets
        ]
        _json(_with_service(plans)) if as_json else shown.print_plans(console, plans, rate)
        return
    why = _reason(why)
    _agree(yes, f"重建 {'、'.join(f'{where} {model.name}' for where, model in targets)}？正在使用的版本不受影响。")
    done = []
    for where, model in targets:
        work = partial(_rebuilt, bounds, rate, resume, all_, why, as_json)
        done.append((where, _reaching(_with(where, model, work))))
        if not as_json:
            shown.print_rebuilt(console, *done[-1])
    if as_json:
        _json(_with_service(done))


async def _plan(bounds: Bounds, resume: bool, all_: bool, runtime: Runtime, model: ReadModel) -> Plan:
    return await planned(runtime, model, bounds, resume=await _resumes(runtime, model, resume, all_))


async def _rebuilt(
    bounds: Bounds,
    rate: float | None,
    resume: bool,
    all_: bool,
    why: str,
    quiet: bool,
    runtime: Runtime,
    model: ReadModel,
) -> Rebuilt:
    with shown.Bars(f"{runtime.service.name} {model.name}", Console(stderr=True), quiet=quiet) as bars:
        again = await _resumes(runtime, model, resume, all_)
        return await rebuild(runtime, model, why, bounds, rate=rate, resume=again, watch=bars)


async def _resumes(runtime: Runtime, model: ReadModel, resume: bool, all_: bool) -> bool:
    """With `--all --resume` those are begun that the run before did not come to."""
    return resume and (not all_ or await has_unfinished(runtime, model))


@app.command()
def compare(
    name: Name,
    service: OfService = None,
    build: Number = None,
    against: Annotated[str | None, typer.Option(help="与哪个模式比较，如 tickets_v1；省略则为使用中的版本")] = None,
    first: Annotated[int, typer.Option(min=0, help="每张表列出前多少处差异")] = 10,
    as_json: AsJson = False,
) -> None:
    """Compare a build with the live one at the same positions, row by row; exit code 1 when they differ."""
    found = _reaching(
        _with(*_target(name, service), lambda runtime, model: compared(runtime, model, build, against, first))
    )
    _json(shown.as_json(found)) if as_json else shown.print_compared(console, found)
    raise typer.Exit(SAME if found.same else DIFFERENT)


@app.command()
def switch(
    name: Name,
    service: OfService = None,
    build: Number = None,
    different: Annotated[bool, typer.Option("--force-different", help="与使用中的版本不同也切换")] = False,
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let a build be read instead of the live one, in one moment; reads go on throughout. Compares first."""
    where, model = _target(name, service)
    why = _reason(why)
    _agree(yes, f"切换 {where} {name}？切换前会先追上并比较，读取不会中断。")
    try:
        done = _reaching(
            _with(where, model, lambda runtime, model: switch_to(runtime, model, why, build, different_too=different)),
            kept=DifferentError,
        )
    except DifferentError as error:
        _json(shown.as_json(error.compared)) if as_json else shown.print_compared(console, error.compared)
        typer.echo(str(error), err=True)
        raise typer.Exit(DIFFERENT) from error
    _json(shown.as_json(done)) if as_json else shown.print_switched(console, where, done)


@app.command()
def drop(
    name: Name,
    service: OfService = None,
    build: Annotated[int | None, typer.Option("--build", min=1, help="第几次建立；省略则为所有不在使用的")] = None,
    version: Annotated[int | None, typer.Option("--version", min=1, help="只删除读模型的这个版本")] = None,
    why: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove builds that are not read, with their tables, positions and dead letters. Never the live one."""
    where, model = _target(name, service)
    found = _reaching(_with(where, model, lambda runtime, model: droppable(runtime, model, build, version)))
    if not found:
        _refuse(f"{where} {name} 没有可以删除的版本，请用 chengce projection list 查看。")
    why = _reason(why)
    schemas = [each.schema for each in found]
    _agree(yes, f"删除 {where} 的 {'、'.join(schemas)}？")
    operation = _reaching(_with(where, model, lambda runtime, model: drop_builds(runtime, model, found, why)))
    _json({"dropped": schemas, "operation": operation}) if as_json else console.print(f"已删除 {'、'.join(schemas)}。")


@app.command("pause")
def pause_(name: Name, service: OfService = None, why: Why = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Stop feeding the live build: it is read as it stands, and later reads of new writes wait in vain."""
    _set_paused(name, service, True, why, yes, as_json)


@app.command("resume")
def resume_(name: Name, service: OfService = None, why: Why = "", yes: Yes = False, as_json: AsJson = False) -> None:
    """Feed the live build again, from where it stood."""
    _set_paused(name, service, False, why, yes, as_json)


@app.command()
def show(
    name: Name,
    at: Annotated[str, typer.Option("--at", help="时间，如 2026-03-02T09:00；不带时区为上海时间")],
    service: OfService = None,
    table: Annotated[str | None, typer.Option(help="只看这张表")] = None,
    limit: Annotated[int, typer.Option(min=1, help="每张表最多多少行")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show a read model as of a moment: what was known then, from every event that had happened and no later one."""
    when = _moment(at)
    if not isinstance(when, datetime):
        _refuse("--at 应为时间，如 2026-03-02T09:00。")
    where, model = _target(name, service)
    tables = [table_of(each).name for each in model.tables]
    if table is not None and table not in tables:
        _refuse(f"读模型 {name} 没有表 {table}，可选：{'、'.join(tables)}。")

    async def work(runtime: Runtime, model: ReadModel) -> dict[str, list[dict[str, Any]]]:
        with shown.Bars(f"重放 {where} {name}", Console(stderr=True), quiet=as_json) as bars:
            async with as_of(runtime, model, when, bars) as build:
                chosen = [each for each in tables if table in (None, each)]
                return {each: await _rows(runtime, model, build.schema, each, limit) for each in chosen}

    found = _reaching(_with(where, model, work))
    if as_json:
        _json({"service": where, "model": name, "at": when, "tables": found})
        return
    for each, rows in found.items():
        shown.print_rows(console, rows, f"{each}，{shown.moment(when)} 时所知")


async def _looked(service: str | None, name: str | None) -> list[tuple[str, Seen]]:
    found: list[tuple[str, Seen]] = []
    for where in _services(service):
        async with _beside(where) as runtime:
            found.extend((where, each) for each in await builds_of(runtime, name, watched=name is not None))
    return found


def _with_service(found: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [{"service": where, **shown.as_json(each)} for where, each in found]


async def _rows(runtime: Runtime, model: ReadModel, schema: str, table: str, limit: int) -> list[dict[str, Any]]:
    found = next(table_of(each) for each in model.tables if table_of(each).name == table)
    key = ", ".join(f'"{column.name}"' for column in found.primary_key.columns)
    async with runtime.database.transaction() as session:
        rows = await session.execute(
            text(f'SELECT * FROM "{schema}"."{table}" ORDER BY {key} LIMIT :limit'),  # noqa: S608
            {"limit": limit},
        )
        return [dict(row) for row in rows.mappings()]


def _set_paused(name: str, service: str | None, paused: bool, why: str, yes: bool, as_json: bool) -> None:
    where, model = _target(name, service)
    why = _reason(why)
    _agree(yes, f"{'暂停' if paused else '恢复'} {where} {name} 的写入？")
    build, settled = _reaching(_with(where, model, lambda runtime, model: pause(runtime, model, paused, why)))
    if as_json:
        _json({"schema": build.schema, "paused": paused, "settled": settled})
    elif not settled:
        console.print(
            f"已记下，但 {'仍有' if paused else '还没有'}进程在写入 {build.schema}，请用 chengce projection status {name} 查看。"
        )
    elif paused:
        console.print(f"{build.schema} 已暂停写入，读取到的内容停在此刻。恢复用 chengce projection resume {name}。")
    else:
        console.print(f"{build.schema} 已恢复写入，从停下的位置继续。")


async def _with(where: str, model: ReadModel, work: Callable[[Runtime, ReadModel], Coroutine[Any, Any, T]]) -> T:
    async with _beside(where) as runtime:
        return await work(runtime, model)


@asynccontextmanager
async def _beside(service: str) -> AsyncIterator[Runtime]:
    """The service's parts without its duties, beside the replicas that run."""
    async with assembled(installed_services(service)[service], operating_settings()) as runtime:
        yield runtime


def _services(service: str | None) -> list[str]:
    known = service_names()
    if service is not None and service not in known:
        _refuse(f"没有名为 {service} 的服务，可选：{'、'.join(known)}。")
    return [service] if service else known


def _all_targets(service: str | None) -> list[tuple[str, ReadModel]]:
    found = installed_services(*_services(service))
    return [(where, model) for where, each in found.items() for model in all_read_models(each)]


def _target(name: str, service: str | None) -> tuple[str, ReadModel]:
    targets = _all_targets(service)
    found = [(where, model) for where, model in targets if model.name == name]
    if not found:
        names = "、".join(sorted({model.name for _, model in targets}))
        _refuse(f"没有名为 {name} 的读模型，可选：{names}。")
    if len(found) > 1:
        _refuse(f"{'、'.join(where for where, _ in found)} 都有读模型 {name}，请用 --service 指明。")
    return found[0]


def _moment(said: str | None) -> Moment | None:
    if said is None or said.isdecimal():
        return None if said is None else int(said)
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        _refuse(f"{said} 既不是位置，也不是时间，应形如 12345 或 2026-03-02T09:00。")
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def _reason(why: str) -> str:
    return why or typer.prompt("为什么这样做（会记录在案）", err=True)


def _agree(yes: bool, question: str) -> None:
    if not yes:
        typer.confirm(question, abort=True, err=True)


def _reaching(work: Coroutine[Any, Any, T], kept: type[Exception] | None = None) -> T:
    try:
        return asyncio.run(work)
    except ProjectionRefusedError as error:
        if kept and isinstance(error, kept):
            raise
        _refuse(str(error))
    except KeyboardInterrupt:
        _refuse("已中断。重建的内容保留着，用 --resume 从停下的位置继续。")
    except (GapError, *AROUND, NatsError, SQLAlchemyError, psycopg.Error) as error:
        _refuse(f"没有做完（{error!r}）。请用 chengce status 查看平台，恢复后再执行一次；重建用 --resume 继续。")


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(IMPOSSIBLE)


def _json(content: Any) -> None:
    typer.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode())
