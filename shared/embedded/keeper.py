"""The thread that keeps servers running: it starts them, starts one again that ended by itself, and stops them.

One thread does all three, because a server dies with the thread that started it (see `shared.embedded.process`).
"""

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Protocol

import structlog

from shared.embedded.process import EmbeddedServerError, ServerProcess, StartAbandoned, readable

ATTEMPTS = 5  # starts in a row that may fail, with 1, 2, 4 and 8 seconds between them
_SHORTEST_LIFE_SECONDS = 1.0  # a server that ends at once is not started more often than this
log = structlog.get_logger(__name__)


class ServerLost(EmbeddedServerError):
    """A server ended and could not be started again; the text is for the user."""


class Server(Protocol):
    """What can be kept: started, started again as it was, stopped."""

    name: str
    process: ServerProcess

    def start(self, abandoned: Callable[[], bool]) -> None:
        """Returns when it takes connections; raises `StartAbandoned` soon after `abandoned` says so."""

    def stop(self) -> None:
        """Returns when it is gone."""


class Keeper:
    """While entered, the servers run; one that ends is started again at its address, with its data.

    When one cannot be started again the process gets SIGINT, as from Ctrl-C, and leaving raises `ServerLost`.
    """

    def __init__(self, servers: Sequence[Server], hold: AbstractContextManager[None]) -> None:
        """`hold`: entered before the first server starts, left after the last has stopped."""
        self._servers = servers
        self._hold = hold
        self._up: Future[None] = Future()
        self._order = _StopOrder()
        self._thread = ThreadPoolExecutor(1, "embedded-servers")
        self._keeping: Future[None] | None = None

    def __enter__(self) -> "Keeper":
        """:raises EmbeddedServerError: a server did not start; and what `hold` raises."""
        self._keeping = self._thread.submit(self._keep)
        try:
            wait([self._up, self._keeping], return_when=FIRST_COMPLETED)
            if not self._up.done():
                self._keeping.result()
        except BaseException:  # Ctrl-C too leaves no server behind
            self._stop()
            raise
        self._keeping.add_done_callback(self._call_for_help)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self._order.give()
        self._thread.shutdown()
        self._order.close()
        if self._up.done() and self._keeping is not None:
            with suppress(StartAbandoned):
                self._keeping.result()

    def _keep(self) -> None:
        with ExitStack() as running:
            running.enter_context(self._hold)
            for server in self._servers:
                running.callback(server.stop)
                server.start(self._order.given)
            self._up.set_result(None)
            while (ended := self._first_to_end()) is not None:
                self._start_again(ended)

    def _first_to_end(self) -> Server | None:
        """Waits until a server ends; None when the order to stop came first."""
        watched = select.poll()
        watched.register(self._order.descriptor, select.POLLIN)
        for server in self._servers:
            watched.register(server.process.descriptor, select.POLLIN)
        happened = {descriptor for descriptor, _ in watched.poll()}
        if self._order.descriptor in happened:
            return None
        return next(server for server in self._servers if server.process.descriptor in happened)

    def _start_again(self, server: Server) -> None:
        began, code = time.monotonic(), server.process.code
        self._pause(server.process.started_at + _SHORTEST_LIFE_SECONDS - began)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                server.start(self._order.given)
            except StartAbandoned:
                raise
            except (EmbeddedServerError, OSError, subprocess.SubprocessError) as error:
                log.warning("server_start_failed", server=server.name, attempt=attempt, error=str(error))
                if attempt == ATTEMPTS:
                    raise ServerLost(
                        f"{server.name} 意外结束，连续 {ATTEMPTS} 次重新启动都没有成功，平台因此停止。请按下面的原因处理"
                        f"（常见的是磁盘已满、端口被其他程序占用、数据目录的权限或文件被改动），然后再启动平台。\n{error}"
                    ) from error
                self._pause(2.0 ** (attempt - 1))
            else:
                seconds = round(time.monotonic() - began, 2)
                log.warning("server_restarted", server=server.name, code=code, attempt=attempt, seconds=seconds)
                return

    def _pause(self, seconds: float) -> None:
        if self._order.given(max(0.0, seconds)):
            raise StartAbandoned("the platform stops")

    def _call_for_help(self, keeping: Future[None]) -> None:
        if keeping.exception() is not None and not self._order.given():
            # The main thread, wherever it waits: both layouts stop in order at Ctrl-C.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


class _StopOrder:
    """Given once, for good; can be waited for together with other descriptors."""

    def __init__(self) -> None:
        self.descriptor = os.eventfd(0, os.EFD_CLOEXEC)

    def give(self) -> None:
        os.eventfd_write(self.descriptor, 1)

    def given(self, seconds: float = 0.0) -> bool:
        """Whether it was given; waits for it."""
        return readable(self.descriptor, seconds)

    def close(self) -> None:
        """Nobody waits any more."""
        os.close(self.descriptor)
