"""Files and the databases whose events name them, backed up and restored together."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.backup import making
from shared.backup.making import Made
from shared.backup.restoring import LATEST
from shared.embedded.servers import ARCHIVE
from shared.objects.folder import FolderStore
from shared.objects.store import NoSuchObject, as_pieces, read
from tests.shared.backup.test_backup import Source, backed_up, refusal, restored


def store_of(data_dir: Path) -> FolderStore:
    return FolderStore(data_dir / "objects" / "application", data_dir / ARCHIVE)


class Kept:
    """A source whose words each have a file: written before the word, deleted after it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.store = store_of(source.data_dir)

    async def add(self, word: str) -> datetime:
        await self.store.put(word, as_pieces(word.encode() * 1000))
        return self.source.write(word)

    async def drop(self, word: str) -> datetime:
        with self.source.session() as connection:
            connection.execute("DELETE FROM kept WHERE word = %s", [word])
        await self.store.delete(word)
        return datetime.now(UTC)


async def files_of(data_dir: Path, words: list[str]) -> list[str]:
    """The words of those that have their file, whole."""
    found = []
    for word in words:
        try:
            if await read(store_of(data_dir), word) == word.encode() * 1000:
                found.append(word)
        except NoSuchObject:
            pass
    return found


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    source = Source(tmp_path / "data")
    with source.servers:
        yield Kept(source)


async def test_every_moment_has_the_files_that_its_words_name(kept: Kept, tmp_path: Path) -> None:
    for word in ("a", "b"):
        await kept.add(word)
    made = backed_up(kept.source)
    assert made.objects == 2
    with_c = await kept.add("c")
    with_a = datetime.now(UTC)
    without_a = await kept.drop("a")
    without_c = await kept.drop("c")
    for at, words in (
        (None, ["a", "b"]), (with_c, ["a", "b", "c"]), (with_a, ["a", "b", "c"]), (without_a, ["b", "c"]),
        (without_c, ["b"]), (LATEST, ["b"]),
    ):  # fmt: skip
        place = tmp_path / f"restored-{at}"
        assert restored(made.path, place, at)[1] == words
        assert await files_of(place, words) == words
        shutil.rmtree(place)


async def test_a_backup_alone_has_its_files(kept: Kept, tmp_path: Path) -> None:
    await kept.add("a")
    backup = backed_up(kept.source, tmp_path / "one.tar").path
    await kept.drop("a")
    shutil.rmtree(kept.source.data_dir / "wal-archive")
    assert restored(backup, tmp_path / "new")[1] == ["a"]
    assert await files_of(tmp_path / "new", ["a"]) == ["a"]


async def test_what_is_written_and_deleted_while_the_databases_are_copied_is_in_the_backup(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept.add("a")
    base_backup = making._base_backup

    def meanwhile(*asked: object) -> None:
        """The databases are copied with both words; then both files go, before files are copied."""
        store = store_of(kept.source.data_dir)
        for word in ("a", "b"):
            path = kept.source.data_dir / "objects" / "application" / word
            path.write_bytes(word.encode() * 1000)
        kept.source.write("b")
        base_backup(*asked)  # type: ignore[arg-type]
        for word in ("a", "b"):
            store._remove(kept.source.data_dir / "objects" / "application" / word)

    monkeypatch.setattr(making, "_base_backup", meanwhile)
    made = backed_up(kept.source)
    assert restored(made.path, tmp_path / "new")[1] == ["a", "b"]
    assert await files_of(tmp_path / "new", ["a", "b"]) == ["a", "b"]


async def test_a_file_that_is_damaged_in_the_backup_is_named_before_anything_is_made_of_it(
    kept: Kept, tmp_path: Path
) -> None:
    await kept.add("a")
    made = backed_up(kept.source)
    path = made.path / "objects" / "application" / "a"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert "备份中的 objects/application/a 缺失或已损坏" in refusal(made.path, tmp_path / "new")
    path.unlink()
    assert "备份中的 objects/application/a 缺失或已损坏" in refusal(made.path, tmp_path / "new")


async def test_in_place_the_files_that_were_there_are_kept_and_another_moment_can_be_chosen(tmp_path: Path) -> None:
    source = Source(tmp_path / "data")
    kept = Kept(source)
    with source.servers:
        await kept.add("a")
        backup = backed_up(source).path
        moment = await kept.add("b")
        await kept.drop("a")
        await kept.add("c")
    result, words = restored(backup, source.data_dir, moment, replace=True)
    assert words == ["a", "b"]
    assert await files_of(source.data_dir, words) == words
    assert result.replaced is not None
    assert {path.name for path in (result.replaced / "objects" / "application").glob("[!.]*")} == {"b", "c"}
    assert restored(backup, source.data_dir, LATEST, replace=True)[1] == ["b", "c"]
    assert await files_of(source.data_dir, ["b", "c"]) == ["b", "c"]


async def test_what_was_deleted_is_forgotten_with_the_backups_that_may_need_it(kept: Kept, tmp_path: Path) -> None:
    for word in ("a", "b"):
        await kept.add(word)
    archived = kept.source.data_dir / ARCHIVE / "objects" / "application"

    def made(name: str) -> Made:
        return backed_up(kept.source, tmp_path / name, keep=1)

    made("first")
    await kept.drop("a")
    assert (archived / "a").exists()
    made("second")
    assert not (archived / "a").exists()
    await kept.drop("b")
    assert (archived / "b").exists()
    assert made("third").objects == 0
    assert not (archived / "b").exists()
