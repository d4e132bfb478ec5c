"""The connection to NATS: it reconnects for ever, and says so."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from shared.messaging.connection import Connection

log = structlog.get_logger(__name__)
FIRST_CONNECT_SECONDS = 30.0
_RECONNECT_WAIT_SECONDS = 0.25
# A peer that vanished without a word is given up after three unanswered pings; the client's default is six minutes.
PING_SECONDS = 5
PINGS_UNANSWERED = 2
# More than what a relay and the feeds of one process have in flight at once. A full buffer makes the client wait for a
# flush that a lost connection never finishes, and it swallows the cancellation of whoever waits there.
_BUFFER_BYTES = 32 * 1024 * 1024
_FLUSH_SECONDS = 10.0
_ONLY_SAID = "permissions violation"  # the one error after which the server goes on


class BusUnavailableError(ConnectionError):
    """NATS did not take the first connection in time; the text says where and why."""


class _Lasting(Connection):
    """Comes back after every error: where the server says why it cuts a connection, nats-py closes its own for good."""

    async def _process_err(self, err_msg: str) -> None:
        if _ONLY_SAID in err_msg or not self.is_connected:
            await super()._process_err(err_msg)
            return
        error = Error(f"nats: {err_msg}")
        await self._error_cb(error)
        await self._process_op_err(error)


class _Watch:
    """Logs what becomes of a connection; the same error again and again is logged once."""

    def __init__(self, name: str, client: Client) -> None:
        self._client = client
        self._log = log.bind(connection=name)
        self._last_error = ""

    async def error(self, error: Exception) -> None:
        text = repr(error)
        if text == self._last_error:
            self._log.debug("bus_error", error=text)
        else:
            self._log.warning("bus_error", error=text)
        self._last_error = text

    async def disconnected(self) -> None:
        if self._client.is_closed:  # by ourselves
            self._log.debug("bus_disconnected")
        else:
            self._log.warning("bus_disconnected")

    async def reconnected(self) -> None:
        self._last_error = ""
        self._log.info("bus_reconnected")

    async def closed(self) -> None:
        self._log.debug("bus_closed")


async def connect(url: str, name: str, *, first_connect_seconds: float = FIRST_CONNECT_SECONDS) -> Connection:
    """A connection to the NATS at `url` (several addresses with commas), shown in its monitoring under `name`.

    The first attempt is repeated for `first_connect_seconds`, afterwards it reconnects for ever. Raises
    `BusUnavailableError`.
    """
    client = _Lasting()
    watch = _Watch(name, client)
    try:
        async with asyncio.timeout(first_connect_seconds):
            await client.connect(
                servers=[each.strip() for each in url.split(",")],
                name=name,
                error_cb=watch.error,
                disconnected_cb=watch.disconnected,
                reconnected_cb=watch.reconnected,
                closed_cb=watch.closed,
                max_reconnect_attempts=-1,
                reconnect_time_wait=_RECONNECT_WAIT_SECONDS,  # type: ignore[arg-type] # slept, never counted
                ping_interval=PING_SECONDS,
                max_outstanding_pings=PINGS_UNANSWERED,
                pending_size=_BUFFER_BYTES,
                flush_timeout=_FLUSH_SECONDS,
            )
    except TimeoutError as error:
        reason = repr(client.last_error) if client.last_error else "no answer"
        await client.close()
        raise BusUnavailableError(
            f"NATS at {_without_secrets(url)} took no connection within {first_connect_seconds:g} s: {reason}"
        ) from error
    return client


async def request(
    nc: Client, subject: str, payload: bytes, *, seconds: float, headers: dict[str, str] | None = None
) -> Msg:
    """Ask and wait for the answer. Raises nats-py's `Error`s: `TimeoutError`, `NoRespondersError`.

    The client waits with `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that comes together with
    the answer; a task that is told to stop at that moment would run for ever. Here it stops.
    """
    task = asyncio.current_task()
    cancellations = task.cancelling() if task else 0
    answer = await nc.request(subject, payload, timeout=seconds, headers=headers)
    if task and task.cancelling() > cancellations:
        raise asyncio.CancelledError
    return answer


def _without_secrets(url: str) -> str:
    return ", ".join(urlsplit(each.strip()).netloc.rpartition("@")[2] or each.strip() for each in url.split(","))
