"""A folder keeps what it has acknowledged, whatever is killed, and what backups may need."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.objects.folder import INCOMING, FolderStore
from shared.objects.store import NoSuchObject, ObjectStoreAway, as_pieces, read

WRITER = """
import asyncio, hashlib, os, sys
from pathlib import Path
from shared.objects.folder import FolderStore

async def pieces(content):
    for at in range(0, len(content), 65536):
        yield content[at:at + 65536]

async def writer(store, n):
    for i in range(1000):
        content = os.urandom(3_000_000 + i)
        name = f"{n}-{i}-{hashlib.sha256(content).hexdigest()}"
        await store.put(name, pieces(content))
        print(name, flush=True)

async def main():
    await asyncio.gather(*(writer(FolderStore(Path(sys.argv[1])), n) for n in range(4)))

asyncio.run(main())
"""


async def test_what_was_acknowledged_is_there_whole_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "objects" / "application"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(folder), stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert process.stdout
    acknowledged = {(await process.stdout.readline()).decode().strip() for _ in range(20)}
    process.send_signal(signal.SIGKILL)
    acknowledged |= {line.decode().strip() async for line in process.stdout if line.endswith(b"\n")}
    await process.wait()
    store = FolderStore(folder)
    there = {each.name async for some in store.listed() for each in some}
    assert acknowledged <= there
    for name in there:
        assert hashlib.sha256(await read(store, name)).hexdigest() == name.rpartition("-")[2]
    left = list((folder / INCOMING).iterdir())
    assert left, "it was killed between two writes: nothing was shown"
    assert await store.tidy(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert await store.tidy(datetime.now(UTC) + timedelta(seconds=1)) == len(left)
    assert list((folder / INCOMING).iterdir()) == []


async def test_content_reaches_the_disk_before_its_name_and_the_name_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(tmp_path / "application")
    await store.look()
    happened: list[str] = []
    flush, rename = os.fsync, Path.rename

    def flushed(descriptor: int) -> None:
        where = Path(f"/proc/self/fd/{descriptor}").readlink()
        happened.append("folder flushed" if where.is_dir() else "content flushed")
        flush(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        happened.append("named")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "rename", renamed)
    await store.put("a", as_pieces(b"a"))
    assert happened == ["content flushed", "named", "folder flushed"]


async def test_a_reader_reads_to_the_end_what_is_deleted_meanwhile(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "application")
    await store.put("a", as_pieces(bytes(2**20)))
    opened = await store.open("a")
    first = await anext(opened.pieces)
    await store.delete("a")
    assert len(first) + len(b"".join([piece async for piece in opened.pieces])) == 2**20


async def test_what_is_deleted_goes_to_the_archive_from_when_there_is_one(tmp_path: Path) -> None:
    archive = tmp_path / "wal-archive"
    store = FolderStore(tmp_path / "objects" / "application", archive)
    for name in ("before", "after"):
        await store.put(name, as_pieces(name.encode()))
        os.utime(tmp_path / "objects" / "application" / name, (0, 0))
    await store.delete("before")
    assert not archive.exists()
    archive.mkdir()
    began = datetime.now(UTC).timestamp()
    await store.delete("after")
    await store.delete("after")
    kept = archive / "objects" / "application" / "after"
    assert kept.read_bytes() == b"after"
    assert kept.stat().st_mtime >= began - 0.1  # its time is that of its deletion
    with pytest.raises(NoSuchObject):
        await store.open("after")


async def test_while_the_archives_disk_is_away_nothing_is_deleted(tmp_path: Path) -> None:
    archive = tmp_path / "wal-archive"
    archive.symlink_to(tmp_path / "away")
    store = FolderStore(tmp_path / "objects" / "application", archive)
    await store.put("a", as_pieces(b"a"))
    with pytest.raises(ObjectStoreAway):
        await store.delete("a")
    assert await read(store, "a") == b"a"


FULL = """
import asyncio, resource, sys
from pathlib import Path
from shared.objects.folder import FolderStore
from shared.objects.store import ObjectStoreAway, as_pieces

resource.setrlimit(resource.RLIMIT_FSIZE, (4 * 2**20, 4 * 2**20))  # what a full disk does: a write fails in the middle

async def much():
    for _ in range(64):
        yield bytes(2**20)

async def main():
    store = FolderStore(Path(sys.argv[1]))
    try:
        await store.put("a", much())
    except ObjectStoreAway as error:
        print("away", error)
    await store.put("b", as_pieces(bytes(2**20)))
    print([each.name async for some in store.listed() for each in some], list(Path(sys.argv[1], ".incoming").iterdir()))

asyncio.run(main())
"""


async def test_a_full_disk_is_a_store_that_is_away_and_what_broke_off_leaves_its_room(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FULL, str(tmp_path / "application"), stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    said, there = (await process.communicate())[0].decode().splitlines()
    assert said.startswith("away OSError(27")
    assert there == "['b'] []"


async def test_a_folder_that_cannot_be_made_is_a_store_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = FolderStore(tmp_path / "file" / "application")
    for asked in (store.put("a", as_pieces(b"a")), store.look()):
        with pytest.raises(ObjectStoreAway):
            await asked
