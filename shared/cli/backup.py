"""`chengce backup` and `chengce restore`: the embedded platform's databases, at any moment since a backup."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import orjson
import typer
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from shared.backup.making import BackupError, make_backup
from shared.backup.restoring import LATEST, Restored, restore, shown
from shared.calendar import SHANGHAI
from shared.embedded import DataDirectoryInUse, EmbeddedServerError
from shared.embedded.servers import ARCHIVE
from shared.runtime.settings import Settings

console = Console(stderr=True, highlight=False, soft_wrap=True)


def backup(
    to: Annotated[
        Path | None, typer.Option(help="备份放在哪个文件夹，或以 .tar 结尾的文件名；默认为数据目录中的 backups")
    ] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="只保留最近多少个备份，更早的删除；默认都保留")] = None,
    with_secret: Annotated[
        bool, typer.Option("--with-secret", help="把密钥也放进备份：得到这个备份的人就能读出加密的个人信息")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出结果")] = False,
) -> None:
    """Back up all databases of the running embedded platform; from then on its write-ahead log is archived as well."""
    settings = Settings()
    if settings.database_url:
        _refuse("设置了 CHENGCE_DATABASE_URL：外部 PostgreSQL 的备份由它自己的工具负责，见 docs/operations.md。")
    began = time.monotonic()
    with _explaining(), _progress() as progress:
        task = progress.add_task("正在备份", done="")
        made = make_backup(
            settings.data_dir,
            to,
            with_secret=with_secret,
            keep=keep,
            progress=lambda done, total: progress.update(
                task, done=f"{decimal(done * 1024)} / {decimal(total * 1024)}"
            ),
        )
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        result = made.manifest.model_dump(mode="json", include={"began_at", "ended_at", "system", "product", "server"})
        paths = {"path": str(made.path), "removed": [str(path) for path in made.removed]}
        sizes = {
            "bytes": made.bytes, "archive_bytes": made.archive_bytes, "objects": made.objects, "seconds": seconds,
        }  # fmt: skip
        _print(result | paths | sizes | {"with_secret": with_secret})
        return
    console.print(f"[green]✓[/] 备份完成  {decimal(made.bytes)}  [dim]{seconds} 秒[/]")
    console.print(f"  位置          {escape(str(made.path))}")
    console.print(f"  可恢复到      {shown(made.manifest.ended_at)}（上海时间，真实时间）及之后的任何时刻")
    archive = settings.data_dir / ARCHIVE
    console.print(f"  日志归档      {escape(str(archive))}  {decimal(made.archive_bytes)}，随写入增长")
    if settings.object_store_url:
        console.print(
            "  [yellow]文件不在备份中[/]：它们在对象存储里，由存储自己的版本与备份保护，见 docs/operations.md。"
        )
    else:
        console.print(f"  文件          {made.objects} 个")
    for path in made.removed:
        console.print(f"  已删除旧备份  {escape(str(path))}")
    if not with_secret:
        secret = escape(str(settings.data_dir / "secret"))
        console.print(f"  [yellow]密钥不在备份中[/]：请把 {secret} 另行保管，恢复后要放回，否则读不出加密的个人信息。")


def restore_command(
    backup: Annotated[Path, typer.Argument(help="chengce backup 写出的文件夹或 .tar 文件")],
    data: Annotated[
        Path | None, typer.Option(help="恢复到哪个数据目录，须为空或加 --yes；默认 CHENGCE_DATA_DIR")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="恢复到这个时刻，如 2026-09-22T09:30:00，上海的真实时间；默认为备份完成时")
    ] = None,
    latest: Annotated[bool, typer.Option("--latest", help="恢复到归档的末尾")] = False,
    platform_time: Annotated[
        bool, typer.Option("--platform-time", help="--at 是演示时钟的时间，而不是真实时间")
    ] = False,
    wal: Annotated[Path | None, typer.Option(help="日志归档文件夹，默认为备份时数据目录中的 wal-archive")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="目录不是空的也恢复：现有数据库移到旁边保留")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出结果")] = False,
) -> None:
    """Restore a backup to a data directory; with --at to any moment after it. Streams come back from the logs."""
    if at and latest:
        _refuse("--at 与 --latest 只能给出一个。")
    if platform_time and not at:
        _refuse("--platform-time 说明 --at 是哪一种时间，请同时给出 --at。")
    wanted = LATEST if latest else _moment(at) if at else None
    began = time.monotonic()
    with _explaining(), _progress() as progress:
        task = progress.add_task("正在恢复", done="")
        restored = restore(
            backup,
            data or Settings().data_dir,
            wanted,
            platform_time=platform_time,
            wal=wal,
            replace=yes,
            say=lambda step: progress.update(task, description=step),
        )
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        clock = restored.clock.model_dump(mode="json") if restored.clock else None
        _print(asdict(restored) | {"clock": clock, "seconds": seconds})
    else:
        _show(restored, seconds)


def _show(restored: Restored, seconds: float) -> None:
    moment = shown(restored.moment) if restored.moment else "归档的末尾"
    console.print(f"[green]✓[/] 已恢复到 {moment}（上海时间，真实时间）  [dim]{seconds} 秒[/]")
    if restored.last_commit:
        console.print(f"  最后一笔提交  {shown(restored.last_commit)}")
    if restored.clock and restored.moment:
        console.print(f"  演示时钟      当时的平台时间为 {shown(restored.clock.reads(restored.moment))}，之后接着走")
    console.print(f"  数据库        {'、'.join(restored.databases)}")
    if restored.replaced:
        console.print(f"  原有数据库    {escape(str(restored.replaced))}（确认不再需要后可以删除）")
    data = escape(str(restored.data_dir))
    if not restored.secret:
        console.print(
            f"  [yellow]密钥不在备份中[/]：启动之前请把 secret 文件放回 {data}（权限 600），或设置 CHENGCE_SECRET。"
        )
    console.print(f"  下一步        用 CHENGCE_DATA_DIR={data} 启动平台；消息流由日志重建。启动后请重新做一次备份。")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _refuse(f"看不懂时刻 {text}。请写成 2026-09-22T09:30:00；上海时间，或带时区如 2026-09-22T01:30:00Z。")
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _refuse(said: str) -> NoReturn:
    console.print(f"[red]{escape(said)}[/]")
    raise typer.Exit(1)


@contextmanager
def _explaining() -> Iterator[None]:
    try:
        yield
    except (BackupError, DataDirectoryInUse, EmbeddedServerError) as error:
        console.print(f"[red]{escape(str(error))}[/]")
        raise typer.Exit(1) from error


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), TextColumn("{task.fields[done]}"), TimeElapsedColumn(), console=console
    )


def _print(result: dict[str, object]) -> None:
    typer.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2, default=str).decode())
