"""A data directory from a backup: as it was at the backup's end, at a later moment, or at the last that is archived.

Databases and files come back together. Recovery runs beside what is there and takes its place only when it has succeeded;
what was there is kept. Streams are not restored: the relays make them again from the logs.
"""

import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

import psycopg
from pydantic import ValidationError

from shared.backup.making import MANIFEST, SECRET, BackupError, Manifest, digest, server_connection
from shared.backup.objects import OBJECTS, gather_objects
from shared.calendar import SHANGHAI, ClockFace
from shared.embedded.address import replace_text
from shared.embedded.archive import fetching
from shared.embedded.postgres import EmbeddedPostgres, programs
from shared.embedded.process import EmbeddedServerError, wait_until
from shared.embedded.servers import ARCHIVE, held, in_use
from shared.objects.folder import ARCHIVED

STAGING = "restore.new"  # in the data directory, while a restore is at work
LATEST = "latest"
_ARCHIVED_SECONDS = 60.0
_RECOVERY_SECONDS = 24 * 3600.0
_NOT_CONTENT = {"lock", SECRET, STAGING}
_SETTINGS = """\
hot_standby = off
recovery_target_timeline = 'current'
recovery_target_action = 'promote'
"""


@dataclass(frozen=True)
class Restored:
    """What a restore brought back."""

    data_dir: Path
    moment: datetime | None
    """The real time it was restored to; None for the last that is archived."""
    last_commit: datetime | None
    """The last transaction that was replayed after the backup began, where there was one."""
    databases: list[str]
    clock: ClockFace | None
    secret: bool
    """Whether the data directory has its secret."""
    replaced: Path | None
    """Where what was there before is now."""


def restore(
    backup: Path,
    data_dir: Path,
    at: datetime | str | None = None,
    *,
    platform_time: bool = False,
    wal: Path | None = None,
    replace: bool = False,
    say: Callable[[str], None],
) -> Restored:
    """Fill `data_dir`, new or of a platform that is stopped.

    `at`: a moment, `LATEST`, or None for the backup's end; real time, unless `platform_time` says that it is one of the
    demonstration clock. `wal`: the archive, where it is no longer at the place the backup remembers. `replace`: what is
    in `data_dir` may be moved aside. `say` is told each step.

    :raises BackupError: with what to do.
    :raises DataDirectoryInUse: a platform runs there.
    """
    data_dir = data_dir.resolve()
    with held(data_dir):
        if not replace and any(path.name not in _NOT_CONTENT for path in data_dir.iterdir()):
            raise BackupError(
                f"数据目录 {data_dir} 不是空的。请用 --data 另选一个目录；"
                "如果要在原处恢复，请加 --yes：现有数据库会移到 replaced-… 文件夹中保留。"
            )
        staging = data_dir / STAGING
        if staging.exists():
            shutil.rmtree(staging)
        staging.mkdir()
        try:
            return _Restore(backup, data_dir, staging, wal, say).run(at, platform_time)
        except (OSError, tarfile.TarError) as error:
            raise BackupError(f"恢复没有完成：{error}。原有数据没有改动，请排除原因后再恢复。") from error
        finally:
            if staging.exists():
                shutil.rmtree(staging)


class _Restore:
    def __init__(
        self, backup: Path, data_dir: Path, staging: Path, wal: Path | None, say: Callable[[str], None]
    ) -> None:
        self._say = say
        self._data_dir = data_dir
        self._staging = staging
        self._backup = _unpacked(backup, staging / "backup")
        self._manifest = _manifest_of(self._backup)
        self._archive = wal.absolute() if wal else Path(self._manifest.source) / ARCHIVE
        self._home = self._archive.parent  # the data directory that the backup is of
        self._cluster = staging / "postgres" / "cluster"

    def run(self, at: datetime | str | None, platform_time: bool) -> Restored:
        moment = self._moment(at, platform_time)
        self._verify()
        settings = _SETTINGS + self._target(at, moment)
        self._unpack_cluster()
        last_commit, databases = self._recover(settings, moment)
        self._say("正在放回文件")
        gather_objects(self._backup, self._later_objects() if at else [], self._staging / OBJECTS)
        clock = self._clock_at(moment or datetime.now(UTC))
        replaced = self._take_place(clock)
        has_secret = (self._data_dir / SECRET).exists()
        return Restored(self._data_dir, moment, last_commit, databases, clock, has_secret, replaced)

    def _moment(self, at: datetime | str | None, platform_time: bool) -> datetime | None:
        """In real time; None for the last that is archived."""
        if at is None:
            return self._manifest.ended_at
        if not isinstance(at, datetime):
            return None
        moment = self._in_real_time(at) if platform_time else at
        if moment < self._manifest.ended_at:
            raise BackupError(
                f"要恢复到的时刻 {shown(moment)} 早于这个备份完成的时刻 {shown(self._manifest.ended_at)}。"
                "请改用更早的备份，或给出更晚的 --at。"
            )
        if moment > datetime.now(UTC):
            raise BackupError(f"要恢复到的时刻 {shown(moment)} 还没有到。请给出已经过去的 --at（真实时间）。")
        return moment

    def _in_real_time(self, at: datetime) -> datetime:
        for face in self._clocks():
            wall = face.origin + (at - face.at) / face.speed if face.speed else face.origin
            if wall >= face.origin:
                return wall
        raise BackupError(
            "备份和原数据目录都没有走到过这个时刻的演示时钟，无法把平台时间换算成真实时间。"
            "请去掉 --platform-time，用真实时间给出 --at。"
        )

    def _clocks(self) -> list[ClockFace]:
        """The demonstration clock as it runs now, and as it ran when the backup was made."""
        paths = (self._home / "clock.json", self._backup / "clock.json")
        return [ClockFace.from_json(path.read_bytes()) for path in paths if path.exists()]

    def _clock_at(self, moment: datetime) -> ClockFace | None:
        return next((face for face in self._clocks() if face.origin <= moment), None)

    def _verify(self) -> None:
        self._say("正在核对备份的校验和")
        for name, expected in self._manifest.sha256.items():
            path = self._backup / name
            if not path.is_file() or digest(path) != expected:
                raise BackupError(f"备份中的 {name} 缺失或已损坏（校验和不符）。请改用另一个备份。")

    def _target(self, at: datetime | str | None, moment: datetime | None) -> str:
        if at is None:  # the backup has all the log it needs
            return "recovery_target = 'immediate'\nrestore_command = 'false'\n"
        if not self._archive.is_dir():
            raise BackupError(
                f"没有找到预写日志的归档 {self._archive}，只能恢复到备份完成的时刻（不带 --at）。"
                "如果归档已搬走，请用 --wal 指明它现在的位置。"
            )
        if self._home != self._data_dir and in_use(self._home):
            self._say("原平台正在运行，正在把最新的日志归档")
            _archive_all(self._home, self._archive)
        own = self._home / "postgres" / "cluster" / "pg_wal"
        folders = [self._archive, own, *sorted(self._home.glob("replaced-*/postgres/cluster/pg_wal"))]
        target = f"recovery_target_time = '{moment.isoformat(sep=' ')}'\n" if moment else ""
        return fetching([folder for folder in folders if folder.is_dir()]) + target

    def _unpack_cluster(self) -> None:
        self._say("正在解开备份")
        self._cluster.parent.mkdir()
        self._cluster.mkdir(mode=0o700)
        for name, folder in (("base", self._cluster), ("pg_wal", self._cluster / "pg_wal")):
            with tarfile.open(self._backup / f"{name}.tar.gz", "r:gz") as tar:
                tar.extractall(folder, filter="data")
        shutil.copy2(self._backup / "postgres" / "password", self._cluster.parent / "password")
        manifest = self._backup / "backup_manifest"
        command = [str(programs() / "pg_verifybackup"), "--quiet", f"--manifest-path={manifest}", str(self._cluster)]
        verified = subprocess.run(command, capture_output=True, text=True, check=False)
        if verified.returncode != 0:
            raise BackupError(f"解开的备份没有通过 PostgreSQL 的核对，请改用另一个备份。\n{verified.stderr.strip()}")
        (self._cluster / "recovery.signal").touch(mode=0o600)

    def _recover(self, settings: str, moment: datetime | None) -> tuple[datetime | None, list[str]]:
        self._say("正在重放日志" + (f"，直到 {shown(moment)}" if moment else "，直到归档的末尾"))
        server = EmbeddedPostgres(
            self._cluster.parent,
            archive=self._data_dir / ARCHIVE,  # of an earlier life here: learns of the new timeline
            more_settings=settings,
            start_seconds=_RECOVERY_SECONDS,
        )
        try:
            server.start()
            last_commit = _last_commit(server.process.log_lines())
            with psycopg.connect(f"{server.url}/postgres") as connection:
                found = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY datname")
                databases = [str(name) for (name,) in found if name != "postgres"]
        except EmbeddedServerError as error:
            raise _explained(error, server.process.log_lines(), moment) from error
        finally:
            server.stop()
        return last_commit, databases

    def _later_objects(self) -> list[Path]:
        """Where objects are that were written or deleted after the backup."""
        earlier = sorted(self._home.glob(f"replaced-*/{OBJECTS}"))
        return [self._archive / ARCHIVED, self._home / OBJECTS, *earlier]

    def _take_place(self, clock: ClockFace | None) -> Path | None:
        """What is new takes the place of what was there. Killed in its middle it leaves STAGING, and `up` refuses."""
        streams = self._data_dir / "nats" / "store"
        if streams.exists():
            shutil.rmtree(streams)
        (self._data_dir / "addresses.json").unlink(missing_ok=True)
        for name in ("nats/password", SECRET):
            if (self._backup / name).exists() and not (self._data_dir / name).exists():
                (self._data_dir / name).parent.mkdir(exist_ok=True, mode=0o700)
                shutil.copy2(self._backup / name, self._data_dir / name)
        if clock:
            replace_text(self._staging / "clock.json", clock.to_json())
        port = self._data_dir / "postgres" / "port"
        (self._staging / "postgres" / "port").unlink()
        if port.exists():  # those who know the address find it again
            shutil.copy2(port, self._staging / "postgres" / "port")
        return _exchange(self._data_dir, self._staging, "postgres", OBJECTS, "clock.json")


def _exchange(data_dir: Path, staging: Path, *names: str) -> Path | None:
    """Move these aside, and those of `staging` to their places; all or, when a step fails, none. Where the old are."""
    aside = _unused(data_dir / f"replaced-{datetime.now(SHANGHAI):%Y%m%d-%H%M%S}")
    done: list[tuple[Path, Path]] = []
    try:
        for name in names:
            for old, new in ((data_dir / name, aside / name), (staging / name, data_dir / name)):
                if old.exists():
                    new.parent.mkdir(exist_ok=True, mode=0o700)
                    old.rename(new)
                    done.append((old, new))
    except BaseException:  # an interruption too must not leave the directory without its database
        for old, new in reversed(done):
            new.rename(old)
        raise
    return aside if aside.exists() else None


def _unused(wanted: Path) -> Path:
    """The path itself, or with a number behind it: what an earlier restore of the same second keeps is never touched."""
    numbered = (wanted.with_name(f"{wanted.name}-{number}") for number in count(2))
    return next(path for path in chain((wanted,), numbered) if not path.exists())


def shown(moment: datetime) -> str:
    """A moment in Shanghai, to the millisecond."""
    return moment.astimezone(SHANGHAI).isoformat(sep=" ", timespec="milliseconds")


def _unpacked(backup: Path, folder: Path) -> Path:
    """The backup as a folder."""
    if backup.is_dir():
        return backup
    try:
        with tarfile.open(backup) as tar:
            tar.extractall(folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise BackupError(
            f"{backup} 不能作为备份打开：{error}。请给出 chengce backup 写出的文件夹或 .tar 文件。"
        ) from error
    found = list(folder.glob(f"*/{MANIFEST}"))
    return found[0].parent if found else folder


def _manifest_of(backup: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((backup / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise BackupError(
            f"{backup} 不是完整的备份：读不出其中的 {MANIFEST}。请给出 chengce backup 写出的文件夹或 .tar 文件。"
        ) from error


def _archive_all(home: Path, archive: Path) -> None:
    """Bring all that was committed so far into the archive of a platform that runs."""
    try:
        with server_connection(home) as connection:
            # A commit of its own, so that recovery sees one after any moment before now.
            connection.execute("SELECT pg_current_xact_id()")
            row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    except (OSError, psycopg.OperationalError) as error:
        raise BackupError(
            f"原平台 {home} 的 PostgreSQL 没有应答（{error}）。请等它恢复，或停止它，再重新恢复。"
        ) from error
    if row is None or not wait_until(lambda: (archive / str(row[0])).exists(), _ARCHIVED_SECONDS):
        raise BackupError(
            f"原平台 {home} 的日志没有在 {_ARCHIVED_SECONDS:.0f} 秒内归档到 {archive}。"
            f"请检查磁盘空间与 {home / 'postgres' / 'postgresql.log'} 中 archive command 的报错，再重新恢复。"
        )


def _last_commit(log: list[str]) -> datetime | None:
    found = [match[1] for line in log if (match := re.search(r"last completed transaction was at log time (.+)", line))]
    return datetime.fromisoformat(found[-1]) if found else None


def _explained(error: EmbeddedServerError, log: list[str], moment: datetime | None) -> BackupError:
    """PostgreSQL's refusal in the user's words."""
    text = "\n".join(log)
    if moment and "recovery ended before configured recovery target was reached" in text:
        last = _last_commit(log)
        until = f"归档中最后一笔提交是 {shown(last)}" if last else "归档中没有备份之后的提交"
        return BackupError(
            f"归档没有延续到 {shown(moment)}：{until}。请把缺少的归档文件放回，或给出更早的 --at；"
            "如果原平台此后没有再写入，用 --latest 恢复到归档的末尾。"
        )
    return BackupError(f"PostgreSQL 没有完成恢复，原有数据没有改动。请按下面的原因处理后再恢复。\n{error}")
