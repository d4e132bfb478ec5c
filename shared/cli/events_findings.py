"""What `chengce events verify` says."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.markup import escape

from shared.cli.events_shown import console
from shared.eventstore.verification import Finding, Head, Wrong

SENTENCES = {
    Wrong.EVENT_CHANGED: "这条事件封存之后被改动过",
    Wrong.EVENT_REMOVED: "这里封存过的一条事件已被删除",
    Wrong.EVENT_INSERTED: "这条事件是封存之后插入的",
    Wrong.SEAL_REMOVED: "这个封存已被删除，其中的事件无法核对",
    Wrong.SEAL_INSERTED: "这个封存不是平台写入的",
    Wrong.SEAL_CHANGED: "这个封存被改动过，其中的事件无法核对",
    Wrong.SEAL_FORGED: "这个封存的签名不符，其中的事件无法核对",
    Wrong.SEAL_KEY_UNKNOWN: "这个封存由未知的密钥签名；若换过密钥，请在 CHENGCE_SEAL_TRUSTED 或 --public-key 中给出先前的公钥",
    Wrong.SEAL_ALGORITHM_UNKNOWN: "这个封存使用本版本不认识的算法，请用更新的版本核对",
    Wrong.CHAIN_BROKEN: "这个封存与前一个封存不衔接",
    Wrong.SEALS_TRUNCATED: "先前记下的末尾封存已不存在，末尾的封存被删除",
    Wrong.HEAD_DIFFERS: "这个封存与先前记下的不同，末尾的封存被删除后重做",
    Wrong.LOG_TRUNCATED: "先前记下的日志末尾事件已不存在，日志末尾被删除",
    Wrong.LOG_BEHIND_STREAM: "总线上已发布的末尾事件在日志中不存在，日志末尾被删除",
}
WHAT_NEXT = (
    "请保留现场：停止写入，复制数据库与服务日志，再与备份比对；"
    "在查清之前不要执行 chengce events seal，也不要删除总线上的流。"
)


NOT_ASKED, COMPARED, UNREACHABLE = "not-asked", "compared", "unreachable"


@dataclass
class Verdict:
    """How one service's log was found. `findings` are the first ones; `count` is of all.

    `stream` is `compared`, `unreachable` or `not-asked`.
    """

    service: str
    seals: int = 0
    events: int = 0
    unsealed: int = 0
    head: Head = field(default_factory=lambda: Head(0, "", 0, 0))
    stream: str = NOT_ASKED
    count: int = 0
    findings: list[Finding] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"ok": not self.count} | asdict(self)


def print_verdict(verdict: Verdict) -> None:
    """For a person: the first finding first."""
    looked = f"核对 {verdict.seals} 个封存、{verdict.events} 条事件"
    if not verdict.count and not verdict.head.log_position:
        console.print(f"[green]完好[/] [cyan]{verdict.service}[/] 日志中还没有事件{_about_stream(verdict)}")
        return
    if not verdict.count:
        tail = f"，另有 {verdict.unsealed} 条尚未封存" if verdict.unsealed else "，全部已封存"
        console.print(f"[green]完好[/] [cyan]{verdict.service}[/] {looked}{tail}{_about_stream(verdict)}")
        return
    console.print(f"[red]有异[/] [cyan]{verdict.service}[/] {looked}，共 {verdict.count} 处{_about_stream(verdict)}")
    for n, each in enumerate(verdict.findings):
        console.print(f"  {'[red]第一处[/]' if n == 0 else '      '} {escape(sentence(each))}")
    if verdict.count > len(verdict.findings):
        console.print(f"         其余 {verdict.count - len(verdict.findings)} 处从略，可用 --most 多看一些")


def sentence(each: Finding) -> str:
    """What is wrong, and with which event."""
    parts = [f"位置 {each.position}"] if each.position is not None else []
    if each.aggregate:
        version = f" 第 {each.version} 版" if each.version is not None else ""
        parts.append(f"聚合 {each.aggregate}{version}")
    elif each.wrong is Wrong.EVENT_REMOVED:
        parts.append("聚合已不可知")
    if each.topic:
        parts.append(each.topic)
    if each.seal is not None:
        parts.append(f"封存 {each.seal}")
    return f"{'，'.join(parts)}：{SENTENCES[each.wrong]}。"


def _about_stream(verdict: Verdict) -> str:
    if verdict.stream == UNREACHABLE:
        return "；[yellow]总线连接不上，未与已发布的事件比对[/]"
    return "；未与总线比对" if verdict.stream == NOT_ASKED else ""


def heads_in(path: Path) -> dict[str, Head]:
    """The heads that were noted in a file. Raises `OSError`, and ValueError when it is no such file."""
    try:
        heads = orjson.loads(path.read_bytes())["heads"]
        return {service: Head(**head) for service, head in heads.items()}
    except (TypeError, KeyError, AttributeError, orjson.JSONDecodeError) as error:
        raise ValueError(f"{path} 不是 chengce events verify --write-head 写的文件") from error


def heads_as_json(verdicts: list[Verdict], earlier: dict[str, Head]) -> str:
    """A file for `heads_in`; heads of services that were not looked at now stay as they were noted."""
    heads = earlier | {verdict.service: verdict.head for verdict in verdicts}
    return orjson.dumps(
        {"heads": {name: asdict(head) for name, head in heads.items()}}, option=orjson.OPT_INDENT_2
    ).decode()
