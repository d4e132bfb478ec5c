"""Connections that do not wait for ever: a server that vanished without a word is given up after so many seconds.

TCP alone notices a peer behind a black hole after a quarter of an hour, and a peer that takes everything and says
nothing never. So every question has a time within which PostgreSQL answers it; afterwards the connection is closed, and
whoever asked gets psycopg's `OperationalError`. At the other end PostgreSQL is told to give up as well: a transaction
whose client has vanished holds its locks no longer than that.
"""

from __future__ import annotations

import time
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict

ANSWER_SECONDS: Final = 30.0
RV = TypeVar("RV")
_INTERVAL_SECONDS = 0.1
_CONNECT_SECONDS = 5


def session_settings(url: str, answer_seconds: float) -> dict[str, Any]:
    """What is said when connecting to `url`, for both ends to notice that the other one has vanished."""
    noticed = max(1, round(answer_seconds))
    given = str(conninfo_to_dict(url).get("options") or "")
    options = {
        "idle_in_transaction_session_timeout": f"{noticed * 1000}",
        "tcp_keepalives_idle": f"{noticed}",
        "tcp_keepalives_interval": f"{max(1, noticed // 3)}",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": f"{noticed * 1000}",
    }
    return {
        "connect_timeout": min(max(2, noticed), _CONNECT_SECONDS),  # two are libpq's least
        "options": " ".join([given, *(f"-c {name}={value}" for name, value in options.items())]).strip(),
    }


class AnsweringConnection(psycopg.AsyncConnection[Any]):
    """psycopg's connection, closed when the server answers nothing for `answer_seconds`."""

    answer_seconds: float = ANSWER_SECONDS

    async def wait(
        self,
        gen: PQGen[RV],
        interval: float = _INTERVAL_SECONDS,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> RV:
        """As psycopg's. Raises `OperationalError` when there was no answer."""
        begun = time.monotonic()
        try:
            return await super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.OperationalError as error:
            if timeout is None and time.monotonic() - begun >= self.answer_seconds:
                raise _given_up(self, self.answer_seconds) from error
            raise


class AnsweringThreadConnection(psycopg.Connection[Any]):
    """The same for threads."""

    answer_seconds: float = ANSWER_SECONDS

    def wait(self, gen: PQGen[RV], interval: float = _INTERVAL_SECONDS, timeout: float | None = None) -> RV:
        """As psycopg's. Raises `OperationalError` when there was no answer."""
        begun = time.monotonic()
        try:
            return super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.OperationalError as error:
            if timeout is None and time.monotonic() - begun >= self.answer_seconds:
                raise _given_up(self, self.answer_seconds) from error
            raise


def _given_up(connection: psycopg.BaseConnection[Any], seconds: float) -> psycopg.OperationalError:
    connection.pgconn.finish()
    return psycopg.OperationalError(f"PostgreSQL has not answered for {seconds:g} s")


async def connect(url: str, answer_seconds: float = ANSWER_SECONDS, **settings: Any) -> AnsweringConnection:
    """A connection that gives up after `answer_seconds`; `settings` are psycopg's. Raises its `OperationalError`."""
    session = session_settings(url, answer_seconds)
    session["options"] += " " + settings.pop("options", "")
    connection: AnsweringConnection = await AnsweringConnection.connect(url, **session, **settings)
    connection.answer_seconds = answer_seconds
    return connection
