"""Objects as files of a folder, for a platform on one machine."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from shared.objects.store import NoSuchObject, ObjectStoreAway, Opened, Stored, checked

INCOMING = ".incoming"  # in the folder: what is being written
ARCHIVED = "objects"  # in the archive: what was deleted, each service's in a folder of its own
_GATHERED = 2**20  # bytes between two ways to the disk
_PIECE = 2**18
_LISTED = 500


class FolderStore:
    """`put` writes under another name, flushes, renames and flushes the folder: an object is there whole, or not at all,
    also when the power fails.

    `archive`: from when it exists, backups lead to later moments, and what is deleted goes there, for such a moment may
    need it. Its time is then that of its deletion.
    """

    def __init__(self, folder: Path, archive: Path | None = None) -> None:
        self._folder = folder
        self._incoming = folder / INCOMING
        self._archive = archive

    async def put(self, name: str, content: AsyncIterator[bytes]) -> None:
        """See the port."""
        target, unfinished = self._folder / checked(name), self._incoming / uuid4().hex
        with _explained():
            file = await asyncio.to_thread(self._begin, unfinished)
            try:
                gathered = bytearray()
                async for piece in content:
                    gathered += piece
                    if len(gathered) >= _GATHERED:
                        await asyncio.to_thread(file.write, gathered)
                        gathered = bytearray()
                await asyncio.to_thread(self._finish, file, gathered, unfinished, target)
            finally:  # whoever has cancelled it: nothing stays but what is whole
                unfinished.unlink(missing_ok=True)
                file.close()

    async def open(self, name: str, start: int = 0, end: int | None = None) -> Opened:
        """See the port. A file that is deleted meanwhile is read to its end."""
        with _explained():
            try:
                file = await asyncio.to_thread((self._folder / checked(name)).open, "rb")
            except FileNotFoundError:
                raise NoSuchObject(name) from None
            size = os.fstat(file.fileno()).st_size
        return Opened(size, _pieces(file, start, size if end is None else min(end, size)))

    async def delete(self, name: str) -> None:
        """See the port."""
        with _explained():
            await asyncio.to_thread(self._remove, self._folder / checked(name))

    async def listed(self) -> AsyncIterator[list[Stored]]:
        """See the port."""
        with _explained():
            found = await asyncio.to_thread(self._files)
            while some := await asyncio.to_thread(lambda: [*islice(found, _LISTED)]):
                yield some

    async def tidy(self, before: datetime) -> int:
        """See the port."""
        with _explained():
            return await asyncio.to_thread(self._tidied, before.timestamp())

    async def look(self) -> None:
        """See the port."""
        with _explained():
            await asyncio.to_thread(_made, self._incoming)
            if not os.access(self._incoming, os.W_OK | os.X_OK):
                raise ObjectStoreAway(f"{self._incoming} cannot be written")

    def _begin(self, unfinished: Path) -> BinaryIO:
        _made(self._incoming)
        return os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def _finish(self, file: BinaryIO, rest: bytearray, unfinished: Path, target: Path) -> None:
        file.write(rest)
        file.flush()
        os.fsync(file.fileno())
        unfinished.rename(target)
        _flush(self._folder)

    def _remove(self, path: Path) -> None:
        try:
            os.utime(path)
        except FileNotFoundError:
            return
        archive = self._archive
        if archive is not None and (archive.exists() or archive.is_symlink()):  # a link whose disk is away fails
            _move(path, archive / ARCHIVED / self._folder.name / path.name)
        else:
            path.unlink(missing_ok=True)
        _flush(self._folder)

    def _files(self) -> Iterator[Stored]:
        if self._folder.is_dir():
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if not entry.name.startswith(".") and (found := _stat(entry)):
                        yield Stored(entry.name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def _tidied(self, before: float) -> int:
        left = [path for path in self._incoming.glob("*") if (found := _stat(path)) and found.st_mtime < before]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)


def _stat(entry: os.DirEntry[str] | Path) -> os.stat_result | None:
    """None for what has just gone."""
    try:
        return entry.stat()
    except FileNotFoundError:
        return None


async def _pieces(file: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    with file, _explained():
        await asyncio.to_thread(file.seek, start)
        while (left := end - start) > 0 and (piece := await asyncio.to_thread(file.read, min(_PIECE, left))):
            start += len(piece)
            yield piece


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # full, read-only, gone
        raise ObjectStoreAway(repr(error)) from error


def _made(folder: Path) -> None:
    """The folder, so that it is there after a power failure too."""
    if not folder.is_dir():
        _made(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _flush(folder.parent)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _move(path: Path, target: Path) -> None:
    """Also to another disk, whole or not at all."""
    _made(target.parent)
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        unfinished = target.with_name(f".{target.name}.new")
        shutil.copy2(path, unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(target)
        path.unlink(missing_ok=True)
    _flush(target.parent)
