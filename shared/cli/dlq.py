"""`chengce dlq`: what was set aside, why, and how it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, NoReturn, TypeVar

import orjson
import typer
from nats.errors import Error as NatsError
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from shared.cli import dlq_tables as shown
from shared.cli.connection import operating_settings
from shared.database.sessions import Database
from shared.readmodels.causes import by_cause
from shared.readmodels.deadletters import Chain, Letters
from shared.readmodels.redriving import EventMissingError, NotTheFirstError
from shared.readmodels.taking import AROUND
from shared.runtime.assembly import assembled
from shared.runtime.host import installed_services, service_names
from shared.runtime.originals import original_of
from shared.runtime.redriving import Report, Selection, discard_letters, redrive_letters, selected
from shared.runtime.service import Runtime

app = typer.Typer(help="死信：处理失败而搁置的事件，及其后同一聚合的等候事件。", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)
MOST_SHOWN = 20
T = TypeVar("T")
Chains = dict[str, list[Chain]]
Work = Callable[[Runtime, Sequence[Chain], str, Selection], Awaitable[Report]]

Ids = Annotated[list[str] | None, typer.Argument(help="死信编号，如 hotline:12，见 dlq list --json 与 dlq show")]
OfService = Annotated[str | None, typer.Option("--service", help="只看一个服务")]
OfGroup = Annotated[list[str] | None, typer.Option("--group", help="只处理这一类原因，组号见 dlq list；可重复")]
OfAggregate = Annotated[str | None, typer.Option("--aggregate", help="只处理一个聚合，如 ticket-12345-001")]
OfConsumer = Annotated[str | None, typer.Option("--consumer", help="只处理一个读模型或反应，如 tickets_v1")]
Why = Annotated[str, typer.Option("--why", help="为什么这样做，与操作人一并记录在案")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只说明会处理什么、事件能否读出，不做任何改动")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="不再询问")]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]


@app.command("list")
def list_(service: OfService = None, as_json: AsJson = False) -> None:
    """List dead letters by cause: consumer, event type, and error without the ids and numbers in it."""
    causes = by_cause(_found({None: Selection()}, service))
    if as_json:
        _json([shown.cause_as_json(cause) for cause in causes])
    elif causes:
        console.print(shown.table_of_causes(causes))
    else:
        console.print("没有死信。")


@app.command()
def show(
    id_: Annotated[str | None, typer.Argument(metavar="[ID]", help="死信编号，如 hotline:12")] = None,
    group: Annotated[str | None, typer.Option("--group", help="组号，见 dlq list")] = None,
    as_json: AsJson = False,
) -> None:
    """Show everything about one letter and what waits behind it, or about all letters of one cause."""
    if (id_ is None) == (group is None):
        _refuse("请给出一个死信编号，或用 --group 给出组号。")
    if group is not None:
        chains = _found({None: Selection(groups=frozenset({group}))})
        (cause,) = by_cause(chains) or _refuse(f"没有组 {group}，请用 chengce dlq list 查看。")
        found = shown.group_as_json(cause, chains, MOST_SHOWN)
        _json(found) if as_json else shown.print_group(console, cause, chains, MOST_SHOWN)
        return
    ((service, numbers),) = _by_service([str(id_)]).items()
    _require_known({service})
    found = _reaching(_everything_about(service, *numbers))
    _json(found) if as_json else shown.print_letter(console, found)


@app.command()
def redrive(
    ids: Ids = None,
    service: OfService = None,
    aggregate: OfAggregate = None,
    consumer: OfConsumer = None,
    group: OfGroup = None,
    all_: Annotated[bool, typer.Option("--all", help="所有死信")] = False,
    why: Why = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put letters through again, aggregate by aggregate, in order; exit code 2 when some fail again.

    A letter is put through with all of its aggregate's: what waits behind it follows. Running replicas need not stop.
    """
    if not (ids or aggregate or consumer or group or service or all_):
        _refuse("请指明要重投哪些死信：编号、--group、--aggregate、--consumer、--service，或 --all。")
    selections = _selections(ids, aggregate, consumer, group)
    _carry_out(redrive_letters, "重投", selections, service, why, dry_run, yes, as_json)


@app.command()
def discard(
    ids: Ids = None,
    group: OfGroup = None,
    why: Why = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove failing letters for good and let what waited behind them go on; each is kept with its event for the record.

    Exit code 2 when what waited fails in its turn.
    """
    if not (ids or group):
        _refuse("请指明要丢弃哪些死信：编号，或 --group。")
    _carry_out(discard_letters, "丢弃", _selections(ids, None, None, group), None, why, dry_run, yes, as_json)


def _carry_out(
    work: Work,
    verb: str,
    selections: Mapping[str | None, Selection],
    service: str | None,
    why: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    chains = _found(selections, service)
    if not any(chains.values()):
        _refuse("没有符合条件的死信，请用 chengce dlq list 查看。")
    if work is discard_letters:
        _require_firsts(chains, selections)
    if dry_run:
        problems = _reaching(_problems(chains))
        _json(shown.plan_as_json(chains, problems)) if as_json else console.print(shown.table_of_plan(chains, problems))
        return
    if not why:
        _refuse("请用 --why 说明原因，它会与操作人一并记录在案。")
    letters = sum(1 + chain.behind for each in chains.values() for chain in each)
    firsts = sum(map(len, chains.values()))
    if not yes:
        typer.confirm(f"{verb} {firsts} 个聚合的死信（连同等候的共 {letters} 条）？", abort=True, err=True)
    reports = _reaching(_in_each(work, chains, why, selections))
    _json([shown.report_as_json(report) for report in reports]) if as_json else shown.print_reports(console, reports)
    raise typer.Exit(2 if any(report.stopped for report in reports) else 0)


async def _in_each(work: Work, chains: Chains, why: str, selections: Mapping[str | None, Selection]) -> list[Report]:
    reports = []
    for service, of_service in chains.items():
        if of_service:
            async with _beside(service) as runtime:
                selection = selections.get(service) or selections.get(None) or Selection()
                reports.append(await work(runtime, of_service, why, selection))
    return reports


async def _problems(chains: Chains) -> dict[tuple[str, int], str]:
    """Why events cannot be read, for those that cannot."""
    found = {}
    for service, of_service in chains.items():
        if of_service:
            async with _beside(service) as runtime:
                for chain in of_service:
                    try:
                        heard = (await original_of(runtime, chain.first)).heard
                        problem = getattr(heard, "error", None)
                    except EventMissingError as error:
                        problem = str(error)
                    if problem:
                        found[(service, chain.first.id)] = problem
    return found


async def _everything_about(service: str, number: int) -> dict[str, Any]:
    async with _beside(service) as runtime:
        letters = Letters(runtime.database)
        if (letter := await letters.find(number)) is None:
            _refuse(f"没有死信 {service}:{number}，请用 chengce dlq list 查看。")
        chain = await letters.of_aggregate(letter.name, letter.source, letter.aggregate_id, limit=MOST_SHOWN + 1)
        event: dict[str, Any]
        try:
            event = (await original_of(runtime, letter)).stored
        except (EventMissingError, NatsError) as error:
            event = {"missing": str(error) or repr(error)}
        return shown.letter_as_json(service, letter, chain, event)


@asynccontextmanager
async def _beside(service: str) -> AsyncIterator[Runtime]:
    """The service's parts without its duties, beside the replicas that run."""
    async with assembled(installed_services(service)[service], operating_settings()) as runtime:
        yield runtime


def _found(selections: Mapping[str | None, Selection], only: str | None = None) -> Chains:
    """The chains of each service that are meant; a selection under None is for every service."""
    known = _require_known({name for name in (*selections, only) if name is not None})
    wanted = {
        name: selection
        for name in known
        if only in (None, name) and (selection := selections.get(name) or selections.get(None))
    }
    found, out_of_reach = _reaching(_chains(wanted))
    for service, error in out_of_reach.items():
        typer.echo(f"连接不上 {service} 的数据库，其死信未列入：{error!r}", err=True)
    if wanted and not found:
        _refuse("没有一个服务的数据库可以连接，请检查平台是否在运行，或用 CHENGCE_DATA_DIR 指明数据目录。")
    return found


def _require_firsts(chains: Chains, selections: Mapping[str | None, Selection]) -> None:
    """What only waits has not failed: it must not go for the fault of the one in front, nor that one in its place."""
    for service, of_service in chains.items():
        firsts = {chain.first.id for chain in of_service}
        named = selections[service].ids if service in selections else frozenset()
        if waiting := sorted(named - firsts):
            shown_ids = "、".join(f"{service}:{number}" for number in waiting)
            _refuse(f"不能丢弃 {shown_ids}：它不存在，或只是排在失败的死信之后等候，请用 chengce dlq show 查看。")


def _require_known(names: set[str]) -> list[str]:
    known = service_names()
    if unknown := names - set(known):
        _refuse(f"没有名为 {'、'.join(sorted(unknown))} 的服务，可选：{'、'.join(known)}。")
    return known


async def _chains(wanted: Mapping[str, Selection]) -> tuple[Chains, dict[str, Exception]]:
    settings = operating_settings()
    found: Chains = {}
    out_of_reach: dict[str, Exception] = {}
    for service, selection in wanted.items():
        database = Database(settings.database_of(service), pool_size=1)
        try:
            found[service] = await selected(service, Letters(database), selection)
        except (SQLAlchemyError, OSError) as error:
            out_of_reach[service] = error
        finally:
            await database.close()
    return found, out_of_reach


def _selections(
    ids: Sequence[str] | None, aggregate: str | None, consumer: str | None, groups: Sequence[str] | None
) -> dict[str | None, Selection]:
    kept = frozenset(groups or ())
    if not ids:
        return {None: Selection(aggregate=aggregate, consumer=consumer, groups=kept)}
    return {
        service: Selection(frozenset(numbers), aggregate, consumer, kept)
        for service, numbers in _by_service(ids).items()
    }


def _by_service(ids: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for each in ids:
        service, _, number = each.partition(":")
        if not number.isdecimal():
            _refuse(f"{each} 不是死信编号，应为“服务:数字”，如 hotline:12。")
        found.setdefault(service, []).append(int(number))
    return found


def _reaching(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except NotTheFirstError as error:
        _refuse(f"不能丢弃：{error}。请先处理排在前面的死信，用 chengce dlq show 查看。")
    except (*AROUND, NatsError, SQLAlchemyError) as error:
        _refuse(f"平台的服务器没有应答（{error!r}）。已处理的不会重复，恢复后请再执行一次。")


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


def _json(content: Any) -> None:
    typer.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())
