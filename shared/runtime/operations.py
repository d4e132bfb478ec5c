"""What operators do is recorded: who, why, what, and what became of it."""

from __future__ import annotations

import getpass
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import orjson
from sqlalchemy import text

from shared.database.sessions import Database

DDL: LiteralString = """
CREATE TABLE IF NOT EXISTS platform.operations (
    id bigserial PRIMARY KEY, what text NOT NULL, who text NOT NULL, why text NOT NULL, arguments jsonb NOT NULL,
    began_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz,
    outcome text NOT NULL DEFAULT 'running', details jsonb NOT NULL DEFAULT '{}');
"""
DONE, FAILED = "done", "failed"


@dataclass
class Operation:
    """One run of an operator's command. `details` is kept with it; `outcome` is `running`, `done` or `failed`."""

    id: int
    details: dict[str, Any] = field(default_factory=dict)


def operator() -> str:
    """Who works at this command line: account and machine."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


@asynccontextmanager
async def recorded_operation(
    database: Database, what: str, why: str, arguments: Mapping[str, Any], *, who: str | None = None
) -> AsyncIterator[Operation]:
    """Records an operator's command in the service's own database: when it begins, and how it ends.

    A run that was killed stays `running`; `began_at` tells since when.
    """
    async with database.transaction() as session:
        found = await session.execute(
            text(
                "INSERT INTO platform.operations (what, who, why, arguments)"
                " VALUES (:what, :who, :why, CAST(:arguments AS jsonb)) RETURNING id"
            ),
            {"what": what, "who": who or operator(), "why": why, "arguments": _json(arguments)},
        )
        operation = Operation(int(found.scalar_one()))
    try:
        yield operation
    except BaseException as error:
        await _end(database, operation, FAILED, {**operation.details, "error": repr(error)[:2000]})
        raise
    await _end(database, operation, DONE, operation.details)


async def _end(database: Database, operation: Operation, outcome: str, details: Mapping[str, Any]) -> None:
    async with database.transaction() as session:
        await session.execute(
            text(
                "UPDATE platform.operations SET ended_at = now(), outcome = :outcome,"
                " details = CAST(:details AS jsonb) WHERE id = :id"
            ),
            {"id": operation.id, "outcome": outcome, "details": _json(details)},
        )


def _json(content: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(content), default=str).decode()
