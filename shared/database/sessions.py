"""Databases and sessions in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from shared.database.answering import ANSWER_SECONDS, AnsweringConnection, connect

PREPARE_LOCK = 0x70726570  # "prep"


def create_database(maintenance_url: str, url: str) -> None:
    """Creates the database of `url` unless it exists."""
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (PREPARE_LOCK,))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))


class Database:
    """Asynchronous sessions in a service's database, each in one transaction with its read models in sight.

    A statement that PostgreSQL does not answer within `answer_seconds` is given up with SQLAlchemy's `OperationalError`.
    """

    def __init__(self, url: str, pool_size: int = 5, answer_seconds: float = ANSWER_SECONDS) -> None:
        async def opened(**given: Any) -> AnsweringConnection:
            return await connect(url, answer_seconds, context=given["context"])  # SQLAlchemy's adapters

        self.engine = create_async_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            connect_args={"async_creator_fn": opened},
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            pool_timeout=answer_seconds,
        )

    @asynccontextmanager
    async def transaction(self, schemas: Sequence[str] = ()) -> AsyncIterator[AsyncSession]:
        """One transaction; unqualified tables are those of `schemas`, the versioned homes of read models."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            if schemas:
                await session.execute(
                    text("SELECT set_config('search_path', :path, true)"),
                    {"path": ", ".join(f'"{schema}"' for schema in schemas)},
                )
            yield session

    async def close(self) -> None:
        """Closes all connections."""
        await self.engine.dispose()
