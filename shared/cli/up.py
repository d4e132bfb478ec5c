"""`chengce up` and `prepare`: start the platform, and what must exist before it runs."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from shared.backup.restoring import STAGING
from shared.calendar import SHANGHAI, ClockFace
from shared.cli.connection import keep_addresses
from shared.cli.kinds import LoadError
from shared.cli.loading import load_files
from shared.cli.serving import server_of
from shared.cli.split import Children
from shared.embedded import DataDirectoryInUse, EmbeddedServerError, Servers
from shared.embedded.address import replace_text
from shared.runtime.host import installed_services, prepare, service_names
from shared.runtime.settings import Settings
from shared.telemetry.logs import set_up_logs
from shared.telemetry.tracing import set_up_tracing

console = Console(stderr=True, highlight=False)
SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def up(
    split: Annotated[bool, typer.Option("--split", help="每个服务一个进程，与 Kubernetes 上相同")] = False,
    replicas: Annotated[int, typer.Option(min=1, max=5, help="与 --split 合用：除门户外每个服务的副本数")] = 1,
    at: Annotated[datetime | None, typer.Option(help="演示：平台时间从这一刻开始（上海时间）")] = None,
    speed: Annotated[float | None, typer.Option(help="演示：平台时间是真实时间的多少倍，如 86400 为一秒一天")] = None,
    samples: Annotated[bool, typer.Option(help="载入随产品提供的样例资料")] = True,
) -> None:
    """Start the whole platform: servers (unless their addresses are given), all services, sample material."""
    settings = Settings()
    level = settings.log_level if "log_level" in settings.model_fields_set else "WARNING"
    settings = settings.model_copy(update={"log_level": level})  # of the services' processes too
    set_up_tracing(settings.otlp_endpoint)
    began = time.monotonic()
    try:
        with ExitStack() as stack:
            console.print(f"[bold]澄策之窗[/]  数据目录 {settings.data_dir.resolve()}")
            _refuse_half_restored(settings)
            servers = stack.enter_context(Servers(settings.data_dir, settings.database_url, settings.nats_url))
            _say(began, "PostgreSQL 与 NATS 已就绪")
            settings = _complete(settings, servers, at, speed)
            keep_addresses(settings)
            asyncio.run(_prepare_all(settings))
            _say(began, "数据库、读模型与消息流已就绪")
            if split:
                _run_split(settings, replicas, samples, began)
            else:
                asyncio.run(_run_all(settings, samples, began))
    except (DataDirectoryInUse, NotWhole, EmbeddedServerError, ClockRefused, PortInUse, LoadError) as error:
        console.print(f"[red]{escape(str(error))}[/]", soft_wrap=True)
        raise typer.Exit(1) from error


def prepare_command(
    names: Annotated[list[str] | None, typer.Argument(help="服务名称；省略则为全部")] = None,
) -> None:
    """Create databases, tables, read models and streams; safe to repeat."""
    settings = Settings()
    set_up_logs(settings.log_level, settings.log_format)
    asyncio.run(_prepare_all(settings, names))


class ClockRefused(ValueError):
    """The data directory's clock cannot be set so."""


class NotWhole(RuntimeError):
    """The data directory lacks what a restore has yet to bring back."""


class PortInUse(RuntimeError):
    """Somebody else listens on the port."""


async def _prepare_all(settings: Settings, names: list[str] | None = None) -> None:
    services = installed_services(*(names or []))
    await asyncio.gather(*(prepare(service, settings) for service in services.values()))


def _complete(settings: Settings, servers: Servers, at: datetime | None, speed: float | None) -> Settings:
    """The settings with what the embedded platform provides itself; kept in the environment for child processes."""
    values: dict[str, object] = {"database_url": servers.database_url, "nats_url": servers.nats_url}
    if not settings.secret:
        values["secret"] = _kept_secret(settings.data_dir)
    if "public_url" not in settings.model_fields_set:
        values["public_url"] = f"http://127.0.0.1:{settings.port}"
    if "CHENGCE_DEV_SIGN_IN" not in os.environ:
        values["dev_sign_in"] = True
    if not settings.sms_receipt_token:
        values["sms_receipt_token"] = secrets.token_urlsafe(24)
    face = _clock_face(settings.data_dir, at, speed)
    if face:
        values |= {"clock_at": face.at, "clock_origin": face.origin, "clock_speed": face.speed}
    return settings.model_copy(update=values)


def _refuse_half_restored(settings: Settings) -> None:
    """A new database or a new secret beside what was restored would hide that something is missing."""
    data_dir = settings.data_dir
    if (data_dir / STAGING).exists():
        raise NotWhole(
            f"上一次恢复没有完成，留下了 {data_dir / STAGING}。请重新运行 chengce restore；"
            "如果不再需要恢复，确认 postgres 目录完好后删除这个文件夹，再启动平台。"
        )
    if settings.secret or (data_dir / "secret").exists():
        return
    if (data_dir / "postgres" / "cluster").exists():
        raise NotWhole(
            f"数据目录中有数据库，却没有密钥 {data_dir / 'secret'}，其中加密的个人信息会无法读取。"
            "请把与备份分开保管的 secret 文件放回数据目录（权限 600），或设置 CHENGCE_SECRET，再启动平台。"
        )
    if not settings.database_url:
        _kept_secret(data_dir)  # before the database, so that a database without it is one that lost it


def _kept_secret(data_dir: Path) -> str:
    path = data_dir / "secret"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        unfinished = path.with_name(f"secret.{os.getpid()}")
        replace_text(unfinished, secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another platform was first
            os.link(unfinished, path)
        unfinished.unlink()
    return path.read_text().strip()


def _clock_face(data_dir: Path, at: datetime | None, speed: float | None) -> ClockFace | None:
    """The data directory's clock: once it runs, platform time goes on from there, also while the platform is stopped."""
    path = data_dir / "clock.json"
    now = datetime.now(UTC)
    known = ClockFace.from_json(path.read_text()) if path.exists() else None
    if at is None and speed is None:
        return known
    start = at.replace(tzinfo=at.tzinfo or SHANGHAI) if at else None
    if known and start and start < known.reads(now):
        shown = known.reads(now).astimezone(SHANGHAI).isoformat(timespec="minutes")
        raise ClockRefused(f"平台时间已到 {shown}，不能拨回。请给出更晚的 --at，或换一个数据目录。")
    face = known or ClockFace(at=start or now, origin=now, speed=1.0)
    if start:
        face = ClockFace(at=start, origin=now, speed=face.speed)
    face = face.reanchored(now, speed if speed is not None else face.speed)
    data_dir.mkdir(parents=True, exist_ok=True)
    replace_text(path, face.to_json())
    return face


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a child process reads them."""
    values = settings.model_dump(mode="json", exclude_none=True)
    plain = {k: str(v) for k, v in values.items() if not isinstance(v, (dict, list))}
    as_json = {k: _json(v) for k, v in values.items() if isinstance(v, (dict, list))}
    named = {f"CHENGCE_{key.upper()}": value for key, value in (plain | as_json).items()}
    return {k: v for k, v in os.environ.items() if k not in ("PORT", "DATA")} | named


def _json(value: Mapping[str, object] | list[object]) -> str:
    """JSON for a setting that is a mapping or a list."""
    return orjson.dumps(value).decode()


async def _run_all(settings: Settings, samples: bool, began: float) -> None:
    _refuse_taken_port(settings)
    server = server_of(settings, None)
    serving = asyncio.create_task(server.serve())
    ready = asyncio.create_task(server.ready.wait())
    await asyncio.wait([serving, ready], return_when=asyncio.FIRST_COMPLETED)
    if not server.started:
        ready.cancel()
        await serving
        raise EmbeddedServerError("the HTTP door did not open; see the log above")
    loading = asyncio.create_task(_welcome(settings, samples, began))
    await asyncio.wait([serving, loading], return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        loading.cancel()
    else:
        await loading
    await serving
    console.print("已停止。")


def _run_split(settings: Settings, replicas: int, samples: bool, began: float) -> None:
    _refuse_taken_port(settings)
    with Children(settings, environment, service_names(), replicas) as children:
        _say(began, f"{children.count}个服务进程已启动")
        asyncio.run(_welcome(settings, samples, began))
        children.watch()
    console.print("已停止。")


async def _welcome(settings: Settings, samples: bool, began: float) -> None:
    base = f"http://127.0.0.1:{settings.port}"
    if samples and SAMPLES.is_dir():
        rejected = settings.data_dir / "rejected"  # a demonstration clock may be too early for some
        rejected.mkdir(exist_ok=True)
        await load_files(
            base, settings.require_secret(), sorted_samples(), console, quiet_when_known=True, rejected_dir=rejected
        )
    _say(began, "平台已就绪")
    console.print(f"  门户          {base}/")
    console.print(
        f"  接口说明      {base}/api/policy/docs （其他服务把 policy 换成 registry、application、hotline、notify、analytics）"
    )
    console.print(f"  运行状态      {base}/readyz   指标 {base}/metrics")
    console.print("  命令行        chengce status | chengce events tail （使用同一 CHENGCE_DATA_DIR）")
    console.print("  Ctrl-C 停止；再次启动会接着上次继续。")


def sorted_samples() -> list[Path]:
    """The sample files in the order in which they refer to each other."""
    order = (
        "departments", "divisions", "industries", "named-conditions", "enterprises", "facts", "documents", "items",
        "tickets",
    )  # fmt: skip
    return [path for name in order if (path := SAMPLES / f"{name}.json").exists()]


def _refuse_taken_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise PortInUse(f"端口 {settings.port} 已被占用，请用 PORT=其他端口 再启动。") from error


def _say(began: float, what: str) -> None:
    console.print(f"[green]✓[/] {what}  [dim]{time.monotonic() - began:.1f} 秒[/]")
