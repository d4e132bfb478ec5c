"""One process per service, as on Kubernetes: started, watched, started again, stopped together."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from types import FrameType, TracebackType

import httpx
import structlog

from shared.embedded.process import dying_with_holder
from shared.runtime.settings import Settings

log = structlog.get_logger(__name__)
START_SECONDS = 60.0
STOP_SECONDS = 30.0
LOOK_SECONDS = 0.5  # a stop signal is seen at least this often
DOOR = "portal"


@dataclass
class Child:
    """A service process and how to start it again."""

    name: str
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    restarts: int = 0


class Children:
    """While entered, every service runs in processes of its own; the portal listens on the platform's port.

    A child that dies is started again, as a cluster would. Enter it from the main thread: children die with it.
    """

    def __init__(
        self, settings: Settings, environment: Callable[[Settings], dict[str, str]], services: list[str], replicas: int
    ) -> None:
        self._children: list[Child] = []
        self._stopping = False
        self._open = ExitStack()
        ports = {name: (settings.port if name == DOOR else free_port()) for name in services}
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        base = environment(settings.model_copy(update={"service_urls": urls}))
        self._plan = [
            (name, ports[name] if n == 0 else free_port(), base)
            for name in services
            for n in range(1 if name == DOOR else replicas)
        ]

    @property
    def count(self) -> int:
        """How many processes there are."""
        return len(self._plan)

    def __enter__(self) -> Children:
        for sign in (signal.SIGINT, signal.SIGTERM):
            previous = signal.signal(sign, self._stop)
            self._open.callback(signal.signal, sign, previous)
        for name, port, base in self._plan:
            environment = base | {"CHENGCE_PORT": str(port), "CHENGCE_HOST": "127.0.0.1"}
            self._children.append(Child(name, port, environment, _start(name, environment)))
        self._wait_until_ready()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        for child in self._children:
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("child_killed", service=child.name)
                child.process.kill()
                child.process.wait()
        self._open.close()

    def watch(self) -> None:
        """Until a stop signal: starts a child that died again."""
        while not self._stopping:
            ended = _wait_for_end(self._children)
            for child in ended if not self._stopping else []:
                child.restarts += 1
                log.warning("child_died", service=child.name, code=child.process.poll(), restarts=child.restarts)
                child.process = _start(child.name, child.environment)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        with httpx.Client(timeout=2.0) as client:
            for child in self._children:
                while not _answers(client, child):
                    if child.process.poll() is not None or time.monotonic() > deadline or self._stopping:
                        raise RuntimeError(f"service {child.name} did not become ready; see the log above")
                    time.sleep(0.1)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True
        for child in self._children:
            child.process.terminate()


def _wait_for_end(children: list[Child]) -> list[Child]:
    descriptors = {os.pidfd_open(child.process.pid): child for child in children}
    try:
        ended, _, _ = select.select(list(descriptors), [], [], LOOK_SECONDS)
        return [descriptors[descriptor] for descriptor in ended]
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _answers(client: httpx.Client, child: Child) -> bool:
    try:
        return client.get(f"http://127.0.0.1:{child.port}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _start(name: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "shared.cli", "serve", name],
        env=environment,
        start_new_session=True,  # Ctrl-C reaches the parent, which stops the children in order
        preexec_fn=dying_with_holder(signal.SIGTERM),
    )


def free_port() -> int:
    """A TCP port that is free on loopback at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
