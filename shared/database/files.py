"""Files of a service, beside its log: kept by their content's digest, or under a name of their own; never changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import LiteralString

from sqlalchemy import text

from shared.database.sessions import Database

DDL: LiteralString = """
CREATE SCHEMA IF NOT EXISTS platform;
CREATE TABLE IF NOT EXISTS platform.files (
    digest text PRIMARY KEY, media_type text NOT NULL, content bytea NOT NULL, stored_at timestamptz NOT NULL DEFAULT now());
ALTER TABLE platform.files ALTER COLUMN content SET STORAGE EXTERNAL;
"""


@dataclass(frozen=True)
class StoredFile:
    """A file's bytes and what they are."""

    content: bytes
    media_type: str


class Files:
    """Content-addressed, in the service's own database: every replica sees it, and a backup has it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, content: bytes, media_type: str, name: str | None = None) -> str:
        """Stores a file. Without `name` the SHA-256 of its content, in hexadecimal digits, is its name: the same content is
        one file. Under a name of its own it can be deleted without regard to others."""
        digest = name or hashlib.sha256(content).hexdigest()
        async with self._database.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO platform.files (digest, media_type, content) VALUES (:digest, :media_type, :content)"
                    " ON CONFLICT (digest) DO NOTHING"
                ),
                {"digest": digest, "media_type": media_type, "content": content},
            )
        return digest

    async def get(self, digest: str) -> StoredFile | None:
        """The file of that name, None where there is none."""
        async with self._database.transaction() as session:
            found = await session.execute(
                text("SELECT content, media_type FROM platform.files WHERE digest = :digest"), {"digest": digest}
            )
            row = found.one_or_none()
        return StoredFile(bytes(row.content), row.media_type) if row else None

    async def delete(self, name: str) -> None:
        """Done twice it does nothing the second time."""
        async with self._database.transaction() as session:
            await session.execute(text("DELETE FROM platform.files WHERE digest = :name"), {"name": name})
