"""Backups of a real PostgreSQL, restored to the moments between real commits."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from shared.backup.making import BackupError, Made, make_backup
from shared.backup.restoring import LATEST, Restored, restore
from shared.calendar import ClockFace
from shared.embedded import DataDirectoryInUse, Servers
from shared.embedded.process import wait_until
from shared.embedded.servers import ARCHIVE
from tests.support.servers import database_address

SECOND = timedelta(seconds=1)


class Source:
    """A platform's data directory whose database holds words."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.servers = Servers(data_dir, nats_url="nats://elsewhere")

    def write(self, word: str) -> datetime:
        """Commits a word; a moment after that and before whatever comes next."""
        with self.session() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
            connection.execute("INSERT INTO kept VALUES (%s)", [word])
        return datetime.now(UTC)

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(database_address(self.servers.database_url, "postgres"), autocommit=True) as connection:
            yield connection

    def words(self) -> list[str]:
        with self.session() as connection:
            return [word for (word,) in connection.execute("SELECT word FROM kept ORDER BY word")]

    def switch(self) -> str:
        """Closes the segment of the log that is being written; its name, once it is in the archive."""
        self.write("-")
        with self.session() as connection:
            row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row
        assert wait_until((self.data_dir / ARCHIVE / row[0]).exists, 30), "never archived"
        return str(row[0])


def backed_up(source: Source, to: Path | None = None, **wishes: int | bool) -> Made:
    return make_backup(source.data_dir, to, progress=lambda done, total: None, **wishes)  # type: ignore[arg-type]


def restored(
    backup: Path, data_dir: Path, at: datetime | str | None = None, **wishes: bool | Path
) -> tuple[Restored, list[str]]:
    """What the restore says, and the words that are there afterwards."""
    result = restore(backup, data_dir, at, say=lambda step: None, **wishes)  # type: ignore[arg-type]
    there = Source(data_dir)
    with there.servers:
        return result, there.words()


def refusal(backup: Path, data_dir: Path, at: datetime | str | None = None, **wishes: bool | Path) -> str:
    with pytest.raises(BackupError) as refused:
        restore(backup, data_dir, at, say=lambda step: None, **wishes)  # type: ignore[arg-type]
    return str(refused.value)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Source, Path, datetime]]:
    """A running source with `a` in its backup, `b` and `c` after it; the moment is between these two."""
    source = Source(tmp_path_factory.mktemp("history") / "data")
    with source.servers:
        source.write("a")
        made = backed_up(source)
        moment = source.write("b")
        source.write("c")
        yield source, made.path, moment


def test_a_backup_alone_brings_back_its_own_end(history: tuple[Source, Path, datetime], tmp_path: Path) -> None:
    _, backup, _ = history
    moved = Path(shutil.copytree(backup, tmp_path / "moved"))  # to a machine without the archive
    manifest = json.loads((moved / "backup.json").read_text())
    (moved / "backup.json").write_text(json.dumps(manifest | {"source": str(tmp_path / "nowhere")}))
    result, words = restored(moved, tmp_path / "data")
    assert words == ["a"]
    assert not result.secret


def test_a_moment_between_two_commits_comes_back_while_the_source_runs(
    history: tuple[Source, Path, datetime], tmp_path: Path
) -> None:
    _, backup, moment = history
    result, words = restored(backup, tmp_path / "data", moment)
    assert words == ["a", "b"]
    assert result.moment == moment
    assert result.last_commit is not None
    assert result.last_commit <= moment


def test_all_that_was_committed_so_far_comes_back(history: tuple[Source, Path, datetime], tmp_path: Path) -> None:
    _, backup, _ = history
    assert restored(backup, tmp_path / "data", LATEST)[1] == ["a", "b", "c"]


def test_moments_that_cannot_be_reached_are_refused(history: tuple[Source, Path, datetime], tmp_path: Path) -> None:
    _, backup, moment = history
    assert "早于这个备份完成的时刻" in refusal(backup, tmp_path / "data", moment - timedelta(days=1))
    assert "还没有到" in refusal(backup, tmp_path / "data", datetime.now(UTC) + timedelta(hours=1))
    assert "请用 --wal 指明" in refusal(backup, tmp_path / "data", moment, wal=tmp_path / "nowhere")
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_moment_beyond_the_archive_is_refused_with_the_last_that_is_in_it(
    history: tuple[Source, Path, datetime], tmp_path: Path
) -> None:
    source, backup, _ = history
    source.switch()
    shutil.copytree(source.data_dir / ARCHIVE, tmp_path / "elsewhere" / ARCHIVE)
    moment = source.write("-")
    said = refusal(backup, tmp_path / "data", moment, wal=tmp_path / "elsewhere" / ARCHIVE)
    assert "归档没有延续到" in said
    assert "归档中最后一笔提交是" in said
    with source.session() as connection:
        connection.execute("DELETE FROM kept WHERE word = '-'")


def test_a_directory_in_use_or_not_empty_is_refused(history: tuple[Source, Path, datetime], tmp_path: Path) -> None:
    source, backup, _ = history
    with pytest.raises(DataDirectoryInUse, match="正由另一个平台进程"):
        restore(backup, source.data_dir, replace=True, say=lambda step: None)
    (tmp_path / "data" / "something").mkdir(parents=True)
    assert "请加 --yes" in refusal(backup, tmp_path / "data")


@pytest.mark.parametrize("name", ["base.tar.gz", "backup_manifest"])
def test_a_damaged_backup_is_refused_before_anything_is_made_of_it(
    name: str, history: tuple[Source, Path, datetime], tmp_path: Path
) -> None:
    damaged = Path(shutil.copytree(history[1], tmp_path / "damaged"))
    content = bytearray((damaged / name).read_bytes())
    content[len(content) // 2] ^= 1
    (damaged / name).write_bytes(content)
    assert f"备份中的 {name} 缺失或已损坏" in refusal(damaged, tmp_path / "data")
    (damaged / name).unlink()
    assert f"备份中的 {name} 缺失或已损坏" in refusal(damaged, tmp_path / "data")


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.tar").write_text("text")
    assert "不是完整的备份" in refusal(tmp_path / "empty", tmp_path / "data")
    assert "不能作为备份打开" in refusal(tmp_path / "text.tar", tmp_path / "data")
    assert "不能作为备份打开" in refusal(tmp_path / "missing.tar", tmp_path / "data")


def test_one_file_holds_a_backup_with_its_secret_when_asked(
    history: tuple[Source, Path, datetime], tmp_path: Path
) -> None:
    source, _, _ = history
    with pytest.raises(BackupError, match="去掉 --with-secret"):
        backed_up(source, tmp_path / "one.tar", with_secret=True)
    assert list(tmp_path.iterdir()) == []
    (source.data_dir / "secret").write_text("x" * 40)
    made = backed_up(source, tmp_path / "one.tar", with_secret=True)
    (source.data_dir / "secret").unlink()
    assert made.path == tmp_path / "one.tar"
    assert made.path.stat().st_mode & 0o777 == 0o600
    with tarfile.open(made.path) as tar:
        assert "one/backup.json" in tar.getnames()
    assert [path.name for path in tmp_path.iterdir()] == ["one.tar"]
    with pytest.raises(BackupError, match="已经存在"):
        backed_up(source, tmp_path / "one.tar")
    result, words = restored(made.path, tmp_path / "data")
    assert words == ["a", "b", "c"]
    assert result.secret
    assert (tmp_path / "data" / "secret").read_text() == "x" * 40


def test_a_moment_of_the_demonstration_clock_is_found_in_real_time(
    history: tuple[Source, Path, datetime], tmp_path: Path
) -> None:
    source, backup, moment = history
    shown = datetime(2026, 10, 12, 1, 0, tzinfo=UTC)
    face = ClockFace(at=shown, origin=moment - SECOND, speed=86_400.0)
    (source.data_dir / "clock.json").write_text(face.to_json())
    try:
        wanted = face.reads(moment)
        result, words = restored(backup, tmp_path / "data", wanted, platform_time=True)
        assert words == ["a", "b"]
        assert result.clock == face
        assert ClockFace.from_json((tmp_path / "data" / "clock.json").read_text()) == face
        early = refusal(backup, tmp_path / "other", shown - timedelta(days=1), platform_time=True)
        assert "无法把平台时间换算成真实时间" in early
    finally:
        (source.data_dir / "clock.json").unlink()


def test_in_place_what_was_there_is_kept_and_another_moment_can_be_chosen_afterwards(tmp_path: Path) -> None:
    source = Source(tmp_path / "data")
    with source.servers:
        source.write("a")
        backup = backed_up(source).path
        moment = source.write("b")
        source.write("c")
        url = source.servers.database_url
    (tmp_path / "data" / "secret").write_text("x" * 40)
    (tmp_path / "data" / "nats" / "store").mkdir(parents=True)
    result, words = restored(backup, tmp_path / "data", moment, replace=True)
    assert words == ["a", "b"]
    assert result.secret
    assert result.replaced is not None
    assert (result.replaced / "postgres" / "cluster").is_dir()
    assert not (tmp_path / "data" / "nats" / "store").exists()
    assert backup.exists()
    with source.servers:
        assert source.servers.database_url.rpartition(":")[2] == url.rpartition(":")[2]
        source.write("another life")
        source.switch()  # goes into the same archive without a quarrel
        second = backed_up(source).path
        after = source.write("later")
        source.write("too late")
    assert restored(backup, tmp_path / "data", LATEST, replace=True)[1] == ["a", "b", "c"]
    assert restored(second, tmp_path / "data", after, replace=True)[1] == ["-", "a", "another life", "b", "later"]


def test_older_backups_and_what_only_they_needed_go(tmp_path: Path) -> None:
    source = Source(tmp_path / "data")
    archive = tmp_path / "data" / ARCHIVE
    with source.servers:
        first = backed_up(source, tmp_path / "first")
        of_first = source.switch()
        second = backed_up(source, tmp_path / "second")
        of_second = source.switch()
        assert (archive / of_first).exists()
        third = backed_up(source, tmp_path / "third", keep=2)
        assert third.removed == [first.path]
        assert not first.path.exists()
        assert not (archive / of_first).exists()
        assert (archive / of_second).exists()
        shutil.rmtree(second.path)  # by hand
        backed_up(source, tmp_path / "fourth")
        assert not (archive / of_second).exists()
        assert restored(third.path, tmp_path / "other", LATEST)[1]


def test_before_the_first_backup_nothing_is_archived_and_a_quiet_segment_takes_little_room(tmp_path: Path) -> None:
    source = Source(tmp_path / "data")
    with source.servers:
        source.write("a")
        with source.session() as connection:
            connection.execute("SELECT pg_switch_wal()")
        assert not (tmp_path / "data" / ARCHIVE).exists()
        backed_up(source)
        source.switch()
        segment = tmp_path / "data" / ARCHIVE / source.switch()
        assert segment.stat().st_size == 16 * 1024 * 1024
        assert segment.stat().st_blocks * 512 < 1024 * 1024


def test_an_archive_whose_disk_is_away_makes_the_server_keep_its_log(tmp_path: Path) -> None:
    source = Source(tmp_path / "data")
    with source.servers:
        backed_up(source)
        archive, disk = tmp_path / "data" / ARCHIVE, tmp_path / "disk"
        archive.rename(disk)
        archive.symlink_to(tmp_path / "away")
        source.write("a")
        with source.session() as connection:
            connection.execute("SELECT pg_switch_wal()")

            def failures() -> int:
                row = connection.execute("SELECT failed_count FROM pg_stat_archiver").fetchone()
                return int(row[0]) if row else 0

            assert wait_until(lambda: failures() > 0, 30)
        archive.unlink()
        archive.symlink_to(disk)
        source.switch()
