"""`chengce events verify`: the log is what its seals vouch for, or the first event that is not is named."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import orjson
import typer

from shared.cli.connection import platform_secret, platform_settings
from shared.cli.events_findings import (
    COMPARED,
    UNREACHABLE,
    WHAT_NEXT,
    Verdict,
    heads_as_json,
    heads_in,
    print_verdict,
)
from shared.cli.events_options import AsJson, fail, log_of, services_of, told
from shared.cli.events_published import ends_of, named
from shared.cli.events_shown import console
from shared.embedded.address import replace_text
from shared.eventstore.seals import Sealer
from shared.eventstore.verification import Head, Verification
from shared.runtime.sealing import key_ring, signing_key
from shared.runtime.settings import Settings
from shared.security.signatures import KeyRing, public_keys

Names = Annotated[list[str] | None, typer.Argument(help="服务名称，可多个；省略则为全部")]


def verify(
    services: Names = None,
    every: Annotated[bool, typer.Option("--all", help="全部服务，与省略服务名称相同")] = False,
    head: Annotated[Path | None, typer.Option("--head", help="与先前记下的末尾比对，以发现末尾被删除")] = None,
    write_head: Annotated[
        Path | None, typer.Option("--write-head", help="完好时把末尾记到这个文件，请另处保存")
    ] = None,
    keys: Annotated[
        list[Path] | None, typer.Option("--public-key", help="只凭这个公钥（PEM 文件）核对，不需要密钥；可重复")
    ] = None,
    stream: Annotated[bool, typer.Option("--stream/--no-stream", help="是否与总线上已发布的末尾比对")] = True,
    most: Annotated[int, typer.Option(min=1, help="每个服务最多列出多少处")] = 20,
    as_json: AsJson = False,
) -> None:
    """Check each log against its signed seals; exit code 1 when anything was changed, removed or inserted."""
    if every and services:
        raise typer.BadParameter("请给出服务名称或 --all，不要同时给出。")
    names = services_of(services)
    settings = platform_settings(bus=False)
    try:
        noted = heads_in(head) if head else {}
        ring = KeyRing(trusted=public_keys(keys)) if keys else key_ring(_with_secret(settings))
    except (OSError, ValueError) as error:
        fail(f"无法开始核对：{error}。")
    ends = asyncio.run(ends_of(settings, names)) if stream else {}
    with told():
        verdicts = [_verified(settings, name, ring, noted.get(name), ends, most) for name in names]
    for each in verdicts:
        if each.findings and each.stream == COMPARED:
            each.findings = asyncio.run(named(settings, each.service, each.findings))
    wrong = any(verdict.count for verdict in verdicts)
    if as_json:
        typer.echo(orjson.dumps([each.as_json() for each in verdicts], option=orjson.OPT_INDENT_2).decode())
    else:
        for verdict in verdicts:
            print_verdict(verdict)
    if write_head and not wrong:
        replace_text(write_head, heads_as_json(verdicts, noted))
        typer.echo(f"末尾已记到 {write_head}，请保存到平台之外。", err=True)
    if wrong:
        typer.echo(WHAT_NEXT, err=True)
        raise typer.Exit(1)


def seal(services: Names = None) -> None:
    """Seal now what the leading replica would seal within seconds; for a platform that is about to stop."""
    names = services_of(services)
    settings = _with_secret(platform_settings(bus=False))
    with told():
        for name in names:
            seals, events = asyncio.run(_sealed(settings, name))
            console.print(f"[cyan]{name}[/] 新做 {seals} 个封存，封存 {events} 条事件")


def public_key() -> None:
    """Print the public key (PEM) with which an auditor verifies seals without any secret."""
    typer.echo(signing_key(_with_secret(platform_settings(bus=False))).public.pem, nl=False)


def _with_secret(settings: Settings) -> Settings:
    return settings if settings.seal_key else settings.model_copy(update={"secret": platform_secret()})


def _verified(
    settings: Settings, service: str, ring: KeyRing, noted: Head | None, ends: dict[str, int | None], most: int
) -> Verdict:
    verdict = Verdict(service)
    with log_of(settings, service) as connection:
        verification = Verification(connection, service, ring)
        found = [verification.findings()]
        if noted:
            found.append(verification.against(noted))
        if service in ends:
            end = ends[service]
            verdict.stream = UNREACHABLE if end is None else COMPARED
            found.append(verification.against_stream(end or 0))
        for each in found:
            for finding in each:
                verdict.count += 1
                if len(verdict.findings) < most:
                    verdict.findings.append(finding)
    verdict.seals, verdict.events = verification.seals, verification.events
    verdict.unsealed, verdict.head = verification.unsealed, verification.head
    return verdict


async def _sealed(settings: Settings, service: str) -> tuple[int, int]:
    sealer = Sealer(settings.database_of(service), service, signing_key(settings))
    seals = events = 0
    try:
        while (made := (await sealer.seal_next())[0]) is not None:
            seals, events = seals + 1, events + made.events
    finally:
        await sealer.close()
    return seals, events
