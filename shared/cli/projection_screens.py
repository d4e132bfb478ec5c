"""How builds of read models, their rebuilding and their comparison are shown, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from shared.calendar import SHANGHAI
from shared.readmodels.comparing import CHANGED, ONLY_LEFT, Difference, TableComparison
from shared.runtime.looking import Seen
from shared.runtime.projections import Compared, Plan, Rebuilt, Switched

ASSUMED_RATE = 20_000  # events a second, where no rebuild of this read model is on record
STATUS = {"building": "待用", "live": "使用中", "retired": "已退役"}
LONGEST_VALUE = 60


class Bars:
    """The progress of a build: a bar for each source, with the rate and an estimate of what is left."""

    def __init__(self, title: str, console: Console, *, quiet: bool) -> None:
        self._title = title
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("剩余约"),
            TimeRemainingColumn(),
            console=console,
            disable=quiet or not console.is_terminal,
        )

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def expects(self, left: Mapping[str, int]) -> None:
        """More may have come since the last time."""
        for source, events in left.items():
            if source not in self._tasks:
                self._tasks[source] = self._progress.add_task(f"{self._title} ← {source}", total=events, rate="")
                continue
            task = self._tasks[source]
            self._progress.update(task, total=self._done(task) + events)

    def did(self, source: str, events: int) -> None:
        """Moves the source's bar on."""
        task = self._tasks[source]
        speed = self._progress.tasks[self._progress.task_ids.index(task)].speed
        self._progress.update(task, advance=events, rate=f"{speed:,.0f} 条/秒" if speed else "")

    def _done(self, task: TaskID) -> float:
        return self._progress.tasks[self._progress.task_ids.index(task)].completed


def moment(at: datetime) -> str:
    """An instant in civil time."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def as_json(content: Any) -> Any:
    """Dataclasses of this command as JSON."""
    if isinstance(content, Compared):
        return asdict(content) | {"same": content.same}
    if isinstance(content, Plan):
        seconds = seconds_of(content, None)
        return {
            "model": content.model.name,
            "schema": content.schema,
            "resumes": content.resumes,
            "bounds": content.bounds.as_json(),
            "events": content.events,
            "tables": [each.__tablename__ for each in content.model.tables],
            "estimated_seconds": round(seconds, 1),
            "estimated_by": "last rebuild" if content.rate else "assumption",
        }
    if isinstance(content, Rebuilt | Switched | Seen):
        found = asdict(content)
        if isinstance(content, Switched) and content.compared:
            found["compared"] = as_json(content.compared)
        return found
    return content


def seconds_of(plan: Plan, rate: float | None) -> float:
    """How long a rebuild will take, by the last one's rate or by assumption, and no faster than asked for."""
    speed = plan.rate or ASSUMED_RATE
    return sum(plan.events.values()) / (min(speed, rate) if rate else speed)


def print_list(console: Console, found: Sequence[tuple[str, Seen]]) -> None:
    """One line for each build."""
    table = Table(box=SIMPLE, caption="滞后：还没有写入的事件数。待用的版本用 compare 比较、switch 切换、drop 删除。")
    for name in ("服务", "读模型", "版本", "次", "模式", "状态", "写入中", "行数", "滞后", "建立时间"):
        table.add_column(name, no_wrap=True, justify="right" if name in ("版本", "次", "行数", "滞后") else "left")
    for service, each in found:
        build = each.build
        table.add_row(
            service,
            build.name,
            str(build.version),
            str(build.build),
            build.schema,
            _status(each),
            "是" if each.fed else "否",
            f"{sum(each.rows.values()):,}",
            "—" if each.lag is None else f"{sum(each.lag.values()):,}",
            moment(build.created_at),
        )
    console.print(table)


def _status(each: Seen) -> str:
    said = STATUS[each.build.status]
    if each.build.status == "building" and each.build.by_service:
        said = "汇总中"
    if each.build.partial:
        said += "（部分）"
    if each.build.paused:
        said += "（暂停）"
    return said if each.this_release else f"{said}（旧版程序）"


def print_status(console: Console, found: Sequence[tuple[str, Seen]]) -> None:
    """Positions, lag and rate of each build by source, and what operators did last."""
    for service, each in found:
        build = each.build
        fed = "有进程写入" if each.fed else "无进程写入"
        console.print(f"[bold]{service} {build.schema}[/]  {_status(each)}，{fed}，死信 {each.dead_letters}")
        if build.bounds:
            console.print(f"  只含事件：{build.bounds.get('from') or '开头'} 至 {build.bounds.get('to') or '末尾'}")
        table = Table("来源", "位置", "滞后", box=SIMPLE)
        for source, position in sorted(each.positions.items()):
            table.add_row(source, f"{position:,}", "—" if each.lag is None else f"{each.lag.get(source, 0):,}")
        console.print(table)
        if each.rate is not None:
            console.print(f"  最近一秒写入约 {each.rate:,.0f} 个位置")
        console.print("  " + "，".join(f"{name} {rows:,} 行" for name, rows in each.rows.items()))
    operations = found[-1][1].operations if found else []
    if operations:
        table = Table("时间", "操作", "谁", "为什么", "结果", box=SIMPLE, title="最近的操作", title_justify="left")
        for one in operations:
            table.add_row(moment(one["began_at"]), one["what"], one["who"], one["why"], one["outcome"])
        console.print(table)


def print_plans(console: Console, plans: Sequence[tuple[str, Plan]], rate: float | None) -> None:
    """What a rebuild would do."""
    for service, plan in plans:
        _print_plan(console, service, plan, rate)


def _print_plan(console: Console, service: str, plan: Plan, rate: float | None) -> None:
    seconds = seconds_of(plan, rate)
    by = f"按上次重建每秒 {plan.rate:,.0f} 条" if plan.rate else f"没有重建记录，按每秒 {ASSUMED_RATE:,} 条"
    console.print(
        f"[bold]{service} {plan.model.name}[/]：{'继续写入' if plan.resumes else '另建'} {plan.schema}，不影响正在使用的版本。"
    )
    for source, events in plan.events.items():
        console.print(f"  来源 {source}：重放 {events:,} 条事件")
    console.print(f"  表：{'、'.join(str(each.__tablename__) for each in plan.model.tables)}")
    console.print(
        f"  预计约 {max(seconds, 1):,.0f} 秒（{by}{'，限速 ' + format(rate, ',.0f') + ' 条/秒' if rate else ''}）。没有做任何改动。"
    )


def print_rebuilt(console: Console, service: str, done: Rebuilt) -> None:
    """What a rebuild did, and what comes next."""
    speed = done.events / done.seconds if done.seconds else 0
    said = "继续写完" if done.resumed else "建成"
    console.print(
        f"[green]{service} {done.build.schema} 已{said}[/]：{done.events:,} 条事件，{done.seconds:,.1f} 秒"
        f"（每秒 {speed:,.0f} 条）；" + "，".join(f"{name} {rows:,} 行" for name, rows in done.rows.items())
    )
    if done.dead_letters:
        console.print(f"[yellow]其中 {done.dead_letters} 条事件处理失败而搁置，请用 chengce dlq list 查看。[/]")
    if done.build.partial:
        console.print(
            f"只含部分事件，不能切换。看完后请用 chengce projection drop {done.build.name} --build {done.build.build} 删除。"
        )
    else:
        name = done.build.name
        console.print(f"接着用 chengce projection compare {name} 比较，用 chengce projection switch {name} 切换。")


def print_compared(console: Console, found: Compared) -> None:
    """Counts and hashes of each table, then the first differences."""
    at = "，".join(f"{source} {position:,}" for source, position in found.positions.items())
    console.print(f"使用中 [bold]{found.left.schema}[/] 与另建 [bold]{found.right.schema}[/]，同在位置：{at}")
    if found.left.version != found.right.version:
        console.print("[yellow]两者版本不同，只比较共有的表和列。[/]")
    table = Table("表", "使用中行数", "另建行数", "只在使用中", "只在另建", "内容不同", "摘要", box=SIMPLE)
    for each in found.tables:
        digest = each.left_hash[:8] + (" = " if each.same else " ≠ ") + each.right_hash[:8]
        counts = (each.left, each.right, each.only_left, each.only_right, each.changed)
        table.add_row(each.table, *(f"{count:,}" for count in counts), digest, style="" if each.same else "red")
    console.print(table)
    for each in found.tables:
        for column, reason in sorted(each.left_out.items()):
            why = "由处理程序维护，不是事件的结果" if reason == "operational" else reason
            console.print(f"[dim]{each.table}.{column} 未比较：{why}[/]")
        _print_first(console, each)
    for name, reason in sorted(found.left_out.items()):
        console.print(f"[yellow]表 {name} 未比较：{reason}[/]")
    console.print("[green]内容相同。[/]" if found.same else "[red]内容不同。[/]")


def _print_first(console: Console, each: TableComparison) -> None:
    different = each.only_left + each.only_right + each.changed
    if not different:
        return
    console.print(f"\n[bold]{each.table}[/] 的差异（共 {different:,} 行，列出前 {len(each.first)} 行）：")
    for one in each.first:
        _print_difference(console, one)


def _print_difference(console: Console, one: Difference) -> None:
    key = "，".join(f"{column}={value}" for column, value in one.key.items())
    if one.kind != CHANGED:
        console.print(
            f"  [red]{key}[/]  {'只在使用中的版本里' if one.kind == ONLY_LEFT else '只在另建的版本里'}", markup=True
        )
        return
    console.print(f"  [red]{key}[/]  内容不同")
    for column, (left, right) in one.columns.items():
        console.print(f"      {column}：使用中 {_value(left)}，另建 {_value(right)}", markup=False)


def _value(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= LONGEST_VALUE else said[:LONGEST_VALUE] + "…"


def print_switched(console: Console, service: str, done: Switched) -> None:
    """What is read now."""
    before = f"，{done.before.schema} 已退役" if done.before else ""
    console.print(f"[green]{service} 现在读取 {done.build.schema}[/]{before}。")
    if not done.taken_over:
        console.print("[yellow]没有运行中的服务接手写入，服务启动后会自动接手。[/]")
    if done.before:
        console.print(
            f"若要换回，用 chengce projection switch {done.build.name} --build {done.before.build}；"
            f"不再需要时，用 chengce projection drop {done.build.name} 删除已退役的版本。"
        )


def print_rows(console: Console, rows: Sequence[Mapping[str, Any]], title: str) -> None:
    """Rows as they are, columns in the table's order."""
    table = Table(*(rows[0].keys() if rows else ("（无）",)), box=SIMPLE, title=title, title_justify="left")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)
