"""`chengce load FILE...`: put real files on the platform through its public doors."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import httpx
import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared.cli.connection import base_url, platform_secret
from shared.cli.kinds import LoadError
from shared.cli.loading import FileResult, load_files


def load(
    files: Annotated[list[Path], typer.Argument(help="CSV、JSON 或 JSON Lines 文件；种类由列名识别")],
    url: Annotated[str | None, typer.Option(help="平台地址，默认 http://127.0.0.1:端口")] = None,
    source: Annotated[str | None, typer.Option(help="工单来源名称，默认取文件名")] = None,
    department: Annotated[str, typer.Option(help="政策卡片归口的部门代码")] = "szj",
    rejected_dir: Annotated[Path | None, typer.Option(help="被拒绝行写到哪个目录，默认当前目录")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出结果")] = False,
) -> None:
    """Load files: good rows are taken, bad rows come back in FILE.rejected.* with reasons, to be corrected and loaded again.

    Exit codes: 0 all rows taken, 1 a file or the platform could not be used, 3 some rows were refused.
    """
    console = Console(stderr=True, highlight=False)
    try:
        results = asyncio.run(
            load_files(
                base_url(url),
                platform_secret(),
                files,
                console,
                source=source,
                department=department,
                rejected_dir=rejected_dir,
            )
        )
    except LoadError as error:
        console.print(f"[red]{escape(str(error))}[/]", soft_wrap=True)
        raise typer.Exit(1) from error
    except httpx.TransportError as error:
        said = f"连接不上平台 {base_url(url)}（{error!r}）。请先用 make run 启动平台，或用 --url 指明地址。"
        console.print(f"[red]{escape(said)}[/]", soft_wrap=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(orjson.dumps([result.as_json() for result in results], option=orjson.OPT_INDENT_2).decode())
    else:
        _show(results)
    raise typer.Exit(3 if any(result.refused for result in results) else 0)


def _show(results: list[FileResult]) -> None:
    table = Table("文件", "种类", "行数", "载入", "已有", "拒绝", "主要原因", "秒", "拒绝行写到")
    for result in results:
        reasons = "\n".join(f"{code} ×{n}" for code, n in result.codes.most_common(4))
        numbers = [str(n) for n in (result.rows, result.loaded, result.repeated, len(result.refused))]
        table.add_row(result.file, result.kind, *numbers, reasons, f"{result.seconds:.1f}", result.rejected_file or "")
    Console().print(table)
