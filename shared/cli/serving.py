"""`chengce serve`: one service, or all of them, on one port until a stop signal."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from shared.http.app import platform_app
from shared.runtime.collecting import collect_seldom
from shared.runtime.host import installed_services, service_names
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.telemetry.logs import set_up_logs
from shared.telemetry.tracing import end_tracing, set_up_tracing

SHUTDOWN_SECONDS = 25
UNKEPT = (
    "这个服务要保存文件，却没有说明保存在哪里：请设置 CHENGCE_OBJECT_STORE_URL（如 s3://桶/前缀，各副本共用）；"
    "只有一个副本、数据目录又在可靠的磁盘上时，也可以只设置 CHENGCE_DATA_DIR。见 docs/operations.md。"
)


def serve(
    service: Annotated[str, typer.Argument(help="服务名称，如 policy")],
) -> None:
    """Run one service; servers must exist and be prepared (see `chengce prepare`)."""
    settings = Settings()
    set_up_logs(settings.log_level, settings.log_format)
    set_up_tracing(settings.otlp_endpoint)
    if service not in service_names():
        Console(stderr=True, highlight=False).print(
            f"[red]没有名为 {service} 的服务，可选：{'、'.join(service_names())}[/]"
        )
        raise typer.Exit(2)
    if unkept(settings, installed_services(service)[service]):
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]{UNKEPT}[/]")
        raise typer.Exit(1)
    raise typer.Exit(0 if _served(settings, service) else 1)


def unkept(settings: Settings, service: Service) -> bool:
    """Whether a service would keep files in a folder that nobody has chosen: in a container they go with it."""
    chosen = settings.object_store_url or "data_dir" in settings.model_fields_set
    return service.objects_named is not None and not chosen


def served_apart(service: str, environment: Mapping[str, str]) -> None:
    """One service in a process that was forked for it, with these variables; it ends when its parent does."""
    os.setsid()  # Ctrl-C reaches the parent of all, which stops them in order
    _end_with(multiprocessing.parent_process())
    os.environ.clear()
    os.environ.update(environment)
    settings = Settings()
    set_up_logs(settings.log_level, settings.log_format)
    set_up_tracing(settings.otlp_endpoint)
    started = _served(settings, service)
    end_tracing()  # a forked process ends without the hooks of an interpreter
    raise SystemExit(0 if started else 1)


def _end_with(parent: BaseProcess | None) -> None:
    """Stops this process in order when the one that started it is gone, however it ended.

    The kernel's signal would not do: the forking server in between lives as long as any process it has forked.
    """
    assert parent is not None  # noqa: S101 - `served_apart` runs in a process that somebody has started

    def awaited() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=awaited, name="parent", daemon=True).start()


def _served(settings: Settings, service: str) -> bool:
    server = server_of(settings, [service])
    asyncio.run(server.serve())
    return server.started


class QuietServer(uvicorn.Server):
    """uvicorn that tells when it is ready, and leaves signals to finish what is in hand."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, but does not raise the signal once more after a graceful stop: that was the answer to it."""
        previous = {sign: signal.signal(sign, self.handle_exit) for sign in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sign, handler in previous.items():
                signal.signal(sign, handler)

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        collect_seldom()
        self.ready.set()


def server_of(settings: Settings, names: list[str] | None) -> QuietServer:
    return QuietServer(
        uvicorn.Config(
            platform_app(installed_services(*(names or [])), settings),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
