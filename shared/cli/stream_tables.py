"""How comparisons and rebuilds of streams are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared.contracts.base import stream_of
from shared.messaging.rebuilding import Plan, Rebuilt
from shared.messaging.reconciling import Comparison, Difference, Kind

KINDS = {
    Kind.MISSING: "缺失",
    Kind.UNRELAYED: "末尾未发布",
    Kind.EXTRA: "多余",
    Kind.DIFFERENT: "内容不同",
    Kind.OUT_OF_ORDER: "次序颠倒",
    Kind.DOUBLED: "重复",
    Kind.FOREIGN: "外来",
}


def comparison_as_json(found: Comparison) -> dict[str, Any]:
    """A comparison, with what to do."""
    return {
        **asdict(found),
        "stream": stream_of(found.service),
        "differences": found.differences,
        "todo": remedies(found),
    }


def print_comparisons(console: Console, comparisons: Sequence[Comparison]) -> None:
    """A row for each stream, then the first differences in full, then what to do."""
    table = Table(box=SIMPLE)
    for name in ("流", "日志位置", "应有", "实有", "不一致", "用时"):
        table.add_column(name, no_wrap=True, justify="left" if name == "流" else "right")
    for each in comparisons:
        verdict = f"[red]{each.differences}[/]" if each.differences else "[green]0[/]"
        table.add_row(
            stream_of(each.service), str(each.log_end), str(each.published), str(each.messages), verdict,
            f"{each.seconds:.1f} 秒",
        )  # fmt: skip
    console.print(table)
    for each in comparisons:
        if each.differences:
            counts = "，".join(f"{KINDS[kind]} {count}" for kind, count in each.counts.items())
            console.print(f"[bold]{stream_of(each.service)}[/]：{counts}")
            for difference in each.first:
                _print_difference(console, difference)
            for sentence in remedies(each):
                console.print(escape(sentence))


def _print_difference(console: Console, each: Difference) -> None:
    place = "" if not each.position else f"日志 {each.position}"
    if each.until > each.position:
        place += f" 至 {each.until}，共 {each.count} 条"
    if each.stream_sequence:
        place += f"{'，' if place else ''}流序号 {each.stream_sequence}"
    console.print(f"  [red]{KINDS[each.kind]}[/] {place} {escape(each.ce_id)}")
    for name in [*each.expected, *(each.found.keys() - each.expected.keys())]:
        has = escape(each.found.get(name, "（没有）"))
        wanted = f"应为 {escape(each.expected[name])}，" if name in each.expected else ""
        console.print(f"    {name}：{wanted}实为 {has}" if each.expected else f"    {name}：{has}")


def remedies(found: Comparison) -> list[str]:
    """What to do about the differences, in sentences."""
    sentences = []
    command = f"chengce stream rebuild {found.service} --why 原因"
    if not found.stream_exists and found.differences:
        sentences.append(f"没有这个流。平台运行时会在几秒内自动重建，请稍后再核对；平台没有运行时，请执行 {command}。")
    elif set(found.counts) == {Kind.UNRELAYED}:
        sentences.append(
            "只有日志末尾的事件尚未发布：若平台没有运行，启动后会自动发布；"
            "若正在运行，请用 chengce status 查看“异常”与“待发布秒”，排除原因后再核对。"
        )  # fmt: skip
    elif found.differences:
        sentences.append(f"请执行 {command}，从日志重建这个流；日志是准的，不会因此改变。")
    if Kind.FOREIGN in found.counts:
        sentences.append("流中有不是平台发布的消息，请查明谁有权在这些主题上发布，并收回这一权限，否则还会再有。")
    if Kind.MISSING in found.counts and found.limits:
        limits = "、".join(f"{name}={value}" for name, value in found.limits.items())
        sentences.append(
            f"这个流设有上限（{limits}），服务器会自动丢弃旧消息：请先用 nats stream edit 取消上限，否则重建后仍会缺失。"
        )
    return sentences


def plan_as_json(plan: Plan, log_end: int) -> dict[str, Any]:
    """What a rebuild would restore."""
    return {**plan.as_json(), "stream": stream_of(plan.service), "log_end": log_end}


def print_plans(console: Console, plans: Sequence[tuple[Plan, int]]) -> None:
    """What a rebuild would delete and restore."""
    for plan, log_end in plans:
        console.print(
            f"[bold]{stream_of(plan.service)}[/]：现有 {plan.messages} 条消息，将删除，并从日志（到位置 {log_end}）重建。"
        )
        if plan.config is None:
            console.print("  现在没有这个流，将按默认设置建立。")
        else:
            console.print(f"  设置照旧：{escape(_settings_of(plan.config))}")
        for each in plan.consumers:
            console.print(f"  消费者 {escape(each.name)} 将恢复到日志位置 {each.after} 之后。")
    console.print("这是预演，没有做任何改动。")


def _settings_of(config: dict[str, Any]) -> str:
    names = ("num_replicas", "storage", "compression", "placement", *("max_age", "max_msgs", "max_bytes"), "discard")
    return "，".join(f"{name}={config[name]}" for name in names if config.get(name) not in (None, -1, 0))


def rebuilt_as_json(service: str, rebuilt: Rebuilt, compared: Comparison) -> dict[str, Any]:
    """A rebuild and the comparison after it."""
    return {"service": service, **asdict(rebuilt), "comparison": comparison_as_json(compared)}


def print_rebuilt(console: Console, done: Sequence[tuple[str, Rebuilt, Comparison]]) -> None:
    """What was rebuilt, then the comparisons."""
    for service, rebuilt, _ in done:
        console.print(
            f"[bold]{stream_of(service)}[/] 已从日志重建到位置 {rebuilt.log_end}，用时 {rebuilt.seconds:.1f} 秒。"
        )
        for name, start in rebuilt.consumers.items():
            console.print(f"  消费者 {escape(name)} 已恢复，从流序号 {start} 继续。")
    print_comparisons(console, [compared for _, _, compared in done])
