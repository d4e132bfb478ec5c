"""`chengce status`: what an operator wants to know first."""

from __future__ import annotations

from typing import Annotated

import httpx
import orjson
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from shared.cli.connection import base_url


def status(
    url: Annotated[str | None, typer.Option(help="平台地址，默认 http://127.0.0.1:端口")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """Show each service: ready, positions, lag, dead letters, deadlines. Exit code 0 when all are ready, 2 otherwise."""
    base = base_url(url)
    try:
        services = httpx.get(f"{base}/api/portal/status", timeout=15).json()
    except (httpx.TransportError, ValueError) as error:
        typer.echo(f"连接不上平台 {base}（{error!r}）。请先用 make run 启动平台，或用 --url 指明地址。", err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(orjson.dumps(services, option=orjson.OPT_INDENT_2).decode())
    else:
        _show(services)
    raise typer.Exit(0 if all(service["ready"] for service in services) else 2)


def _wrong(service: dict[str, object]) -> list[str]:
    """What could not be looked at; files alone being away leaves a service ready."""
    errors = service["errors"]
    away = service.get("objects_error")
    return [*map(str, errors if isinstance(errors, list) else ()), *([f"文件存储：{away}"] if away else ())]


def _show(services: list[dict[str, object]]) -> None:
    table = Table(box=SIMPLE, caption="滞后：消费者与来源末尾的最大距离；期限：未结/已到")
    table.add_column("服务", no_wrap=True)
    for name in ("就绪", "主", "日志", "已发布", "待发布秒", "滞后", "死信", "期限"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("异常")
    for service in services:
        consumers = service.get("consumers")
        lags = [int(c["lag"]) for c in consumers] if isinstance(consumers, list) else []
        table.add_row(
            str(service["service"]),
            "[green]是[/]" if service["ready"] else "[red]否[/]",
            "是" if service["leading"] else "否",
            str(service["log_position"]),
            str(service["published_position"]),
            f"{service['unpublished_seconds']:.1f}",
            str(max(lags, default=0)),
            str(service["dead_letters"]),
            f"{service['deadlines_open']}/{service['deadlines_overdue']}",
            "\n".join(_wrong(service)),
        )
    Console().print(table)
