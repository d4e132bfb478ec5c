"""One process per service, as on Kubernetes: started, watched, started again, stopped together.

Processes are forked from one that has imported every service already: a start takes a third of the time, and seven
services share the memory of one program text.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from types import FrameType, TracebackType
from typing import Any

import httpx
import orjson
import structlog

from shared.cli.serving import served_apart
from shared.embedded.address import port_of, replace_text, reserved_port
from shared.runtime.host import service_modules
from shared.runtime.settings import Settings

log = structlog.get_logger(__name__)
PROCESSES = "processes.json"  # in the data directory: which process is which service's, and its port
START_SECONDS = 180.0
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.5  # a stop signal is seen at least this often
DOOR = "portal"


@dataclass
class Child:
    """A service process and how to start it again."""

    name: str
    port: int
    environment: dict[str, str]
    process: ForkServerProcess
    restarts: int = 0

    def shown(self) -> dict[str, Any]:
        """For whoever looks for the process of a service."""
        return {"service": self.name, "port": self.port, "pid": self.process.pid}


class Children:
    """While entered, every service runs in processes of its own; the portal listens on the platform's port.

    A child that dies is started again, as a cluster would. Enter it from the main thread: children die with it.
    """

    def __init__(
        self, settings: Settings, environment: Callable[[Settings], dict[str, str]], services: list[str], replicas: int
    ) -> None:
        self._children: list[Child] = []
        self._known = settings.data_dir / PROCESSES
        self._stopping = False
        self._open = ExitStack()
        ports = {name: (settings.port if name == DOOR else self._own_port()) for name in services}
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        base = environment(settings.model_copy(update={"service_urls": urls}))
        self._plan = [
            (name, ports[name] if n == 0 else self._own_port(), base)
            for name in services
            for n in range(1 if name == DOOR else replicas)
        ]

    @property
    def count(self) -> int:
        """How many processes there are."""
        return len(self._plan)

    def _own_port(self) -> int:
        """A port that is a child's for as long as the platform runs, also while the child is started again."""
        return port_of(self._open.enter_context(reserved_port()))

    def __enter__(self) -> Children:
        for sign in (signal.SIGINT, signal.SIGTERM):
            previous = signal.signal(sign, self._stop)
            self._open.callback(signal.signal, sign, previous)
        multiprocessing.set_forkserver_preload([served_apart.__module__, *service_modules()])
        for name, port, base in self._plan:
            environment = base | {"CHENGCE_PORT": str(port), "CHENGCE_HOST": "127.0.0.1"}
            self._children.append(Child(name, port, environment, _start(name, environment)))
        self._tell()
        try:
            self._wait_until_ready()
        except BaseException:
            self._end()  # while the servers that they use are still there
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._stopping = True
        for child in self._children:
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.process.join(max(0.1, deadline - time.monotonic()))
            if child.process.is_alive():
                log.warning("child_killed", service=child.name)
                child.process.kill()
                child.process.join()
        self._known.unlink(missing_ok=True)
        self._open.close()

    def watch(self) -> None:
        """Until a stop signal: starts a child that died again."""
        while not self._stopping:
            ended = set(wait([child.process.sentinel for child in self._children], LOOK_SECONDS))
            for child in self._children:
                if child.process.sentinel in ended and not self._stopping:
                    child.process.join()
                    child.restarts += 1
                    code = child.process.exitcode
                    log.warning("child_died", service=child.name, code=code, restarts=child.restarts)
                    child.process = _start(child.name, child.environment)
            if ended:
                self._tell()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        with httpx.Client(timeout=2.0) as client:
            for child in self._children:
                while not _answers(client, child):
                    if (why := self._given_up(child, deadline)) is not None:
                        raise RuntimeError(f"service {child.name} did not become ready: {why}; see the log above")
                    time.sleep(0.1)

    def _given_up(self, child: Child, deadline: float) -> str | None:
        if self._stopping:
            return "asked to stop"
        if not child.process.is_alive():
            return f"it ended with exit code {child.process.exitcode}"
        return f"not within {START_SECONDS:g} s" if time.monotonic() > deadline else None

    def _tell(self) -> None:
        shown = [child.shown() for child in self._children]
        replace_text(self._known, orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True
        for child in self._children:
            child.process.terminate()


def _answers(client: httpx.Client, child: Child) -> bool:
    try:
        return client.get(f"http://127.0.0.1:{child.port}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _start(name: str, environment: dict[str, str]) -> ForkServerProcess:
    process = multiprocessing.get_context("forkserver").Process(
        target=served_apart,
        args=(name, environment),
        name=name,
        daemon=True,  # never awaited by a parent that failed
    )
    process.start()
    return process
