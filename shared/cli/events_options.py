"""What the `chengce events` commands take, and how their words become what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, NoReturn

import psycopg
import typer

from shared.calendar import SHANGHAI
from shared.cli.events_selection import Wanted, trace_id_of
from shared.contracts.base import SERVICES
from shared.runtime.settings import Settings


def instant(text: str | datetime) -> datetime:
    """A moment in ISO 8601; without an offset it is civil time in Shanghai, and a date is its first moment."""
    if isinstance(text, datetime):
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"“{text}”不是时间，请写成 2026-03-02 或 2026-03-02T09:30（北京时间）。") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]
Services = Annotated[list[str] | None, typer.Argument(help="服务名称，可多个；省略则为全部，按时间合并")]
OfAggregate = Annotated[str | None, typer.Option("--aggregate", help="只看一个聚合，如 ticket-12345-001")]
OfTypes = Annotated[list[str] | None, typer.Option("--type", help="只看这种事件，如 hotline.ticket-received；可重复")]
Since = Annotated[datetime | None, typer.Option(parser=instant, metavar="TIME", help="从此时起（北京时间，含）")]
Until = Annotated[datetime | None, typer.Option(parser=instant, metavar="TIME", help="到此时止（北京时间，不含）")]
After = Annotated[int | None, typer.Option("--after", help="从这个位置之后开始")]
UntilPosition = Annotated[int | None, typer.Option("--until-position", help="到这个位置为止（含）")]
OfTrace = Annotated[str | None, typer.Option("--trace", help="只看一次请求的事件：跟踪号，或整个 traceparent")]
OfActor = Annotated[str | None, typer.Option("--actor", help="只看某人所为：操作人的 subject")]


def wanted(
    aggregate: str | None, types: Sequence[str] | None, since: datetime | None, until: datetime | None,
    after: int | None, until_position: int | None, trace: str | None, actor: str | None,
) -> Wanted:  # fmt: skip
    """The events that the options ask for. Raises `typer.BadParameter` for a trace id that is none."""
    if trace is not None and trace_id_of(trace) is None:
        raise typer.BadParameter(f"“{trace}”不是跟踪号，应为 32 位十六进制数字。", param_hint="--trace")
    trace_id = trace_id_of(trace) if trace else None
    return Wanted(aggregate, tuple(types or ()), since, until, after, until_position, trace_id, actor)


def services_of(names: Sequence[str] | None) -> list[str]:
    """The named services, or all. Raises `typer.BadParameter` for one that there is not."""
    for name in names or ():
        if name not in SERVICES:
            raise typer.BadParameter(f"没有服务“{name}”，可用的有：{'、'.join(SERVICES)}。")
    return list(dict.fromkeys(names or SERVICES))


@contextmanager
def log_of(settings: Settings, service: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection for reading a service's log; each statement stands for itself."""
    with psycopg.connect(settings.database_of(service), autocommit=True, connect_timeout=5) as connection:
        yield connection


@contextmanager
def told() -> Iterator[None]:
    """What can go wrong with the record, in one sentence and exit code 2 instead of a traceback."""
    try:
        yield
    except psycopg.OperationalError as error:
        fail(f"连接不上数据库（{str(error).strip().splitlines()[0]}）。请确认平台已启动，或检查 CHENGCE_DATABASE_URL。")
    except psycopg.errors.UndefinedTable as error:
        fail(f"数据库中缺少表（{str(error).splitlines()[0]}）。请先用本版本执行 chengce prepare 或启动平台。")
    except psycopg.DataError:
        fail("日志中有事件的内容不是 JSON，可能被改动过。请用 chengce events verify 核对。")


def fail(sentence: str, code: int = 2) -> NoReturn:
    """Ends the command with one sentence."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
