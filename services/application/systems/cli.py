"""`chengce systems`: a department's own system against a platform."""

from __future__ import annotations

from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.table import Table

from services.application.systems.conformance.asking import Left
from services.application.systems.conformance.running import Verdict, run

app = typer.Typer(help="部门自建系统：联调检查。", no_args_is_help=True)
WORDS = {"passed": "[green]通过[/]", "failed": "[red]未通过[/]", "skipped": "[yellow]未检查[/]"}


@app.callback()
def _group() -> None:
    """So that `check` keeps its name."""


@app.command("check")
def check_command(
    url: Annotated[str, typer.Option(help="平台的地址，例如 http://127.0.0.1:8000")],
    client_id: Annotated[str, typer.Option(help="客户端标识（部门系统编号）", envvar="CHENGCE_SYSTEM_CLIENT_ID")],
    secret: Annotated[str, typer.Option(help="密钥；宜用环境变量给出", envvar="CHENGCE_SYSTEM_SECRET")],
    item: Annotated[str | None, typer.Option(help="只用这个事项的申报")] = None,
    sample: Annotated[bool, typer.Option("--sample", help="在开发环境自建样例事项和申报，并检查结果和暂停")] = False,
) -> None:
    """用系统自己的密钥逐项检查平台的部门系统接口；全部通过时退出码为0，否则为1。

    不带 --sample 时使用已有的待办申报：会接办、通报一次进展并退还，不给出结果。
    """
    console = Console()
    table = Table("检查项", "应有的结果", "结论", "实际情况", title=f"部门系统接口检查：{url}")
    verdicts: list[Verdict] = []
    try:
        for verdict in run(url, client_id, secret, item, sample=sample):
            verdicts.append(verdict)
            table.add_row(verdict.name, verdict.expected, WORDS[verdict.outcome], verdict.saw)
    except httpx.ConnectError as error:
        typer.echo(f"连接不上 {url}，请核对地址：{error}", err=True)
        raise typer.Exit(1) from None
    except Left as left:
        typer.echo(str(left), err=True)
        raise typer.Exit(1) from None
    console.print(table)
    counts = {outcome: sum(each.outcome == outcome for each in verdicts) for outcome in WORDS}
    console.print(f"通过{counts['passed']}项，未通过{counts['failed']}项，未检查{counts['skipped']}项。")
    raise typer.Exit(1 if counts["failed"] else 0)
