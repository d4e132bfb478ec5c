"""`chengce funds`: a fund platform to try payments with."""

from __future__ import annotations

from typing import Annotated

import typer
import uvicorn

from services.application.payments.simulator import Books, Faults, simulator
from shared.calendar import civil_date
from shared.calendar.clock import SystemClock

app = typer.Typer(help="资金拨付：模拟的资金平台，供试用和演示。", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """So that `simulate` keeps its name."""


@app.command("simulate")
def simulate_command(
    token: Annotated[str, typer.Option(help="与平台的 CHENGCE_FUND_TOKEN 相同")],
    port: Annotated[int, typer.Option(help="端口")] = 9099,
    slow: Annotated[float, typer.Option(min=0, help="每次应答最多迟多少秒")] = 1.0,
    lost: Annotated[float, typer.Option(min=0, max=1, help="办了但应答丢失的比例")] = 0.05,
    down: Annotated[float, typer.Option(min=0, max=1, help="暂停服务的比例")] = 0.05,
    partial: Annotated[float, typer.Option(min=0, max=1, help="只办一半的比例")] = 0.05,
    repeated: Annotated[float, typer.Option(min=0, max=1, help="结果重复的比例")] = 0.05,
) -> None:
    """启动模拟的资金平台：账号以 0000 结尾的退回，其余在第二次询问时付款；账在内存中，停止即清空。"""
    faults = Faults(slow=slow, lost=lost, down=down, partial=partial, repeated=repeated)
    books = Books(faults, lambda: civil_date(SystemClock().now()))
    uvicorn.run(simulator(books, token), host="127.0.0.1", port=port, log_level="info")
