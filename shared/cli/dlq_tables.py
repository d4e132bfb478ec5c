"""How dead letters are shown: as tables for people, as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared.calendar import SHANGHAI
from shared.readmodels.causes import Cause
from shared.readmodels.deadletters import Chain, Letter
from shared.readmodels.redriving import Outcome
from shared.runtime.redriving import Report

Chains = Mapping[str, Sequence[Chain]]


def cause_as_json(cause: Cause) -> dict[str, Any]:
    """A cause with the numbers of its letters as commands take them."""
    return asdict(cause) | {"ids": [f"{cause.service}:{number}" for number in cause.ids]}


def table_of_causes(causes: Sequence[Cause]) -> Table:
    """One line for each cause."""
    waiting = sum(cause.waiting for cause in causes)
    table = Table(
        box=SIMPLE, caption=f"共 {sum(c.count for c in causes)} 条失败，{waiting} 条等候；用 dlq show --group 组号 查看"
    )
    table.add_column("组", no_wrap=True, min_width=8)  # what the other commands take is whole on any screen
    for name in ("服务", "消费者", "事件"):
        table.add_column(name, no_wrap=True)
    table.add_column("原因", overflow="fold", min_width=30)
    for name in ("失败", "等候"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("首次", "最近"):
        table.add_column(name, no_wrap=True)
    for c in causes:
        table.add_row(
            c.group, c.service, c.consumer, c.type, escape(c.error), str(c.count), str(c.waiting),
            _when(c.first_at), _when(c.last_at),
        )  # fmt: skip
    return table


def group_as_json(cause: Cause, chains: Chains, most: int) -> dict[str, Any]:
    """A cause with its first letters, errors as they are."""
    letters = [
        {"id": f"{service}:{c.first.id}", "aggregate": c.first.aggregate_id, "error": c.first.error, "behind": c.behind}
        for service, of_service in chains.items()
        for c in of_service[:most]
    ]
    return cause_as_json(cause) | {"letters": letters}


def print_group(console: Console, cause: Cause, chains: Chains, most: int) -> None:
    """A cause, then its first letters."""
    console.print(table_of_causes([cause]))
    table = Table("编号", "聚合", "尝试", "等候", "错误", box=SIMPLE)
    for service, of_service in chains.items():
        for chain in of_service[:most]:
            first = chain.first
            table.add_row(
                f"{service}:{first.id}", first.aggregate_id, str(first.attempts), str(chain.behind), escape(first.error)
            )
    console.print(table)
    if cause.count > most:
        console.print(f"只列出前 {most} 条，全部编号见 dlq list --json。")


def letter_as_json(service: str, letter: Letter, chain: Sequence[Letter], event: dict[str, Any]) -> dict[str, Any]:
    """Everything about a letter: its place, its event as it stands in the record, and what waits behind it."""
    trace = letter.traceparent.split("-") if letter.traceparent else []
    return {
        "id": f"{service}:{letter.id}",
        "service": service,
        "consumer": letter.name,
        "source": letter.source,
        "position": letter.position,
        "aggregate": letter.aggregate_id,
        "type": letter.type,
        "error": letter.error,
        "attempts": letter.attempts,
        "waiting": letter.waiting,
        "trace_id": trace[1] if len(trace) > 1 else None,
        "at": letter.at,
        "tried_at": letter.tried_at,
        "event": event,
        "in_front": [f"{service}:{each.id}" for each in chain if each.position < letter.position],
        "behind": [
            {"id": f"{service}:{each.id}", "position": each.position, "type": each.type}
            for each in chain
            if each.position > letter.position
        ],
    }


def print_letter(console: Console, found: Mapping[str, Any]) -> None:
    """The same, for people."""
    event = found["event"]
    place = f"日志位置 {found['position']}"
    if "stream" in event:
        place = f"{event['stream']} 流序号 {event['stream_sequence']}，主题 {event['subject']}，{place}"
    state = "等候" if found["waiting"] else "失败"
    for name, value in (
        ("死信", f"{found['id']}（{state}，已尝试 {found['attempts']} 次）"),
        ("消费者", f"{found['service']} {found['consumer']}"),
        ("事件", found["type"]),
        ("位置", place),
        ("聚合", found["aggregate"]),
        ("错误", found["error"]),
        ("链路", found["trace_id"] or "无"),
        ("搁置于", f"{_when(found['at'])}，最近尝试 {_when(found['tried_at'])}"),
        ("排在前面", "、".join(found["in_front"]) or "无"),
        ("在后等候", f"{len(found['behind'])} 条" if found["behind"] else "无"),
    ):
        console.print(f"[bold]{name}[/]  {escape(str(value))}")
    for each in found["behind"]:
        console.print(f"    {each['id']}  位置 {each['position']}  {each['type']}")
    console.print("[bold]事件内容[/]（个人信息仍为密文）")
    console.print(escape(orjson.dumps(event, option=orjson.OPT_INDENT_2).decode()))


def plan_as_json(chains: Chains, problems: Mapping[tuple[str, int], str]) -> list[dict[str, Any]]:
    """What a run would take, aggregate by aggregate."""
    return [
        {
            "id": f"{service}:{chain.first.id}",
            "consumer": chain.first.name,
            "aggregate": chain.first.aggregate_id,
            "letters": 1 + chain.behind,
            "problem": problems.get((service, chain.first.id)),
        }
        for service, of_service in chains.items()
        for chain in of_service
    ]


def table_of_plan(chains: Chains, problems: Mapping[tuple[str, int], str]) -> Table:
    """The same, for people."""
    table = Table("编号", "消费者", "聚合", "条数", "事件可读", box=SIMPLE, caption="未做任何改动")
    for each in plan_as_json(chains, problems):
        readable = escape(each["problem"] or "是")
        table.add_row(each["id"], each["consumer"], each["aggregate"], str(each["letters"]), readable)
    return table


def report_as_json(report: Report) -> dict[str, Any]:
    """What a run did in one service."""
    return {
        "service": report.service,
        "operation": report.operation,
        "discarded": [f"{report.service}:{letter.id}" for letter in report.discarded],
        "put_through": report.through,
        "aggregates": len(report.outcomes),
        "still_held_back": [_stopped(report.service, outcome) for outcome in report.stopped],
    }


def print_reports(console: Console, reports: Sequence[Report]) -> None:
    """The same, for people."""
    for report in reports:
        gone = f"丢弃 {len(report.discarded)} 条，" if report.discarded else ""
        console.print(
            f"[cyan]{report.service}[/] {gone}处理 {report.through} 条，涉及 {len(report.outcomes)} 个聚合，"
            f"其中 {len(report.stopped)} 个仍被搁置。记录为操作 {report.operation} 号。"
        )
        for outcome in report.stopped[:20]:
            each = _stopped(report.service, outcome)
            tried = "再次失败" if each["tried"] else "未能尝试"
            console.print(f"  [red]{each['id']} {tried}[/] {each['aggregate']}：{escape(str(each['error']))}")


def _stopped(service: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "id": f"{service}:{outcome.stopped_by.id}" if outcome.stopped_by else None,
        "consumer": outcome.name,
        "aggregate": outcome.aggregate_id,
        "tried": outcome.tried,
        "error": outcome.error,
    }


def _when(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")
