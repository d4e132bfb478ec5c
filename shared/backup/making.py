"""One backup of all databases and files of a running embedded platform, from which it can be restored to any later moment.

PostgreSQL's base backup of the whole cluster, with the log that makes it consistent; beside it the files that its events
name, what else the platform needs from its data directory, and a manifest with checksums. The first backup begins the
archive of the write-ahead log (`shared.embedded.archive`), which leads from the backup to later moments.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import orjson
import psycopg
from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from shared.backup.objects import OBJECTS, copy_objects, forget_objects
from shared.calendar import SHANGHAI
from shared.embedded.address import HOST, USER, replace_text
from shared.embedded.archive import remove_before
from shared.embedded.postgres import programs
from shared.embedded.servers import ARCHIVE

MANIFEST = "backup.json"
BACKUPS = "backups"  # in the data directory, where nothing else is said
SECRET = "secret"  # noqa: S105 - the name of the file
KEPT_WITH_IT = ("clock.json", "postgres/password", "nats/password")
_REGISTER = "backups.json"
_CONNECT_SECONDS = 5

Progress = Callable[[int, int], None]
"""Told how many kilobytes are done, of how many."""


class BackupError(RuntimeError):
    """A backup cannot be made, read or restored; the text is for the user and says what to do."""


class Manifest(BaseModel):
    """What a backup is of, and the SHA-256 of each of its files."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    product: str
    server: str
    system: str
    first_segment: str
    began_at: AwareDatetime
    ended_at: AwareDatetime
    source: str
    sha256: dict[str, str]


class Kept(BaseModel):
    """A backup that the archive is kept for."""

    path: Path
    first_segment: str
    ended_at: AwareDatetime


@dataclass(frozen=True)
class Made:
    """A finished backup, and what became of older ones."""

    path: Path
    manifest: Manifest
    bytes: int
    archive_bytes: int
    objects: int
    removed: list[Path]


def make_backup(
    data_dir: Path, to: Path | None, *, with_secret: bool = False, keep: int | None = None, progress: Progress
) -> Made:
    """Back up the platform that runs on `data_dir`, under a temporary name until it is whole.

    `to`: a folder in which the backup becomes a folder named by its time, or a name that ends in `.tar`; by default the
    folder `backups` in the data directory. `keep`: remove older backups so that this many stay.

    :raises BackupError: the platform does not run, or a step failed.
    """
    data_dir = data_dir.resolve()
    began = datetime.now(UTC)
    to = (to or data_dir / BACKUPS).absolute()
    path = to if to.suffix == ".tar" else to / f"chengce-{began.astimezone(SHANGHAI):%Y%m%d-%H%M%S}"
    if path.exists():
        raise BackupError(f"{path} 已经存在，备份不会覆盖它。请用 --to 另取名字，或稍后再试。")
    with _connected(data_dir) as connection, _only_one(data_dir):
        unfinished = path.with_name(f".{path.name}.new")
        try:
            _begin_archive(data_dir, connection)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            manifest = _fill(unfinished, data_dir, connection, began, with_secret, progress)
            if path.suffix == ".tar":
                unfinished = _packed(unfinished, path.stem)
            unfinished.rename(path)
        except OSError as error:
            raise BackupError(f"备份没有写成：{error}。请检查 {path.parent} 的剩余空间与权限，再重新备份。") from error
        finally:
            for left in path.parent.glob(f".{path.name}.new*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        removed = _retain(data_dir / ARCHIVE, Kept(path=path, **manifest.model_dump(include=_REMEMBERED)), keep)
    objects = sum(name.startswith(f"{OBJECTS}/") for name in manifest.sha256)
    return Made(path, manifest, size_of(path), size_of(data_dir / ARCHIVE), objects, removed)


_REMEMBERED = {"first_segment", "ended_at"}


def size_of(path: Path) -> int:
    """Bytes that a file or a folder takes on the disk, holes left out."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_blocks * 512 for file in files if file.is_file())


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def server_connection(data_dir: Path) -> psycopg.Connection[Any]:
    """A session in the embedded server of a platform that runs. :raises psycopg.OperationalError: it does not."""
    folder = data_dir / "postgres"
    return psycopg.connect(
        host=HOST,
        port=int((folder / "port").read_text()),
        user=USER,
        password=(folder / "password").read_text().strip(),
        dbname="postgres",
        autocommit=True,
        connect_timeout=_CONNECT_SECONDS,
    )


@contextmanager
def _connected(data_dir: Path) -> Iterator[psycopg.Connection[Any]]:
    try:
        connection = server_connection(data_dir)
    except (OSError, psycopg.OperationalError) as error:
        raise BackupError(
            f"数据目录 {data_dir} 的平台没有运行，或它的 PostgreSQL 没有应答（{error}）。"
            "请先用 make run 启动平台再备份，或用 CHENGCE_DATA_DIR 指明数据目录。"
        ) from error
    with connection:
        yield connection


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """One backup at a time, because each decides which parts of the archive go."""
    descriptor = os.open(data_dir / "backup.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise BackupError("这个数据目录的另一个备份正在进行，请等它结束后再备份。") from error
    finally:
        os.close(descriptor)


def _begin_archive(data_dir: Path, connection: psycopg.Connection[Any]) -> None:
    """Before the backup begins, so that nothing is missing between its first segment and the archive."""
    folder = data_dir / ARCHIVE
    if _value(connection, "SELECT current_setting('archive_mode')") != "on":
        raise BackupError("平台是由不带归档的旧版本启动的。请停止平台，用现在的版本再启动一次，然后备份。")
    if not folder.exists():
        folder.mkdir(mode=0o700)
        owner = (data_dir / "postgres" / "cluster").stat()
        os.chown(folder, owner.st_uid, owner.st_gid)


def _fill(
    folder: Path,
    data_dir: Path,
    connection: psycopg.Connection[Any],
    began: datetime,
    with_secret: bool,
    progress: Progress,
) -> Manifest:
    """All files of the backup, the manifest last."""
    folder.mkdir(mode=0o700)
    _base_backup(data_dir, folder, progress)
    copy_objects(data_dir, data_dir / ARCHIVE, began, folder)
    for name in KEPT_WITH_IT + ((SECRET,) if with_secret else ()):
        if (data_dir / name).exists():
            (folder / name).parent.mkdir(exist_ok=True, mode=0o700)
            shutil.copy2(data_dir / name, folder / name)
        elif name == SECRET:
            raise BackupError(
                f"{data_dir / SECRET} 不存在：密钥由 CHENGCE_SECRET 给出，不在数据目录中。"
                "请去掉 --with-secret 再备份，并另行保管这个密钥。"
            )
    ranges = orjson.loads((folder / "backup_manifest").read_bytes())["WAL-Ranges"]
    manifest = Manifest(
        product=version("chengce"),
        server=str(_value(connection, "SELECT current_setting('server_version')")),
        system=str(_value(connection, "SELECT system_identifier FROM pg_control_system()")),
        first_segment=str(_value(connection, "SELECT pg_walfile_name(%s)", ranges[0]["Start-LSN"])),
        began_at=began,
        ended_at=_value(connection, "SELECT clock_timestamp()"),
        source=str(data_dir),
        sha256={str(f.relative_to(folder)): digest(f) for f in sorted(folder.rglob("*")) if f.is_file()},
    )
    replace_text(folder / MANIFEST, manifest.model_dump_json(indent=2))
    return manifest


def _base_backup(data_dir: Path, folder: Path, progress: Progress) -> None:
    command = [
        str(programs() / "pg_basebackup"), f"--host={HOST}", f"--port={(data_dir / 'postgres' / 'port').read_text().strip()}",
        f"--username={USER}", "--no-password", f"--pgdata={folder}", "--format=tar", "--compress=gzip:1",
        "--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256", "--progress",
    ]  # fmt: skip
    password = (data_dir / "postgres" / "password").read_text().strip()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"PGPASSWORD": password}
    said = []
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            if found := re.match(r"\s*(\d+)/(\d+) kB", line):
                progress(int(found[1]), int(found[2]))
            else:
                said.append(line.strip())
    if process.returncode != 0:
        raise BackupError(
            f"PostgreSQL 的基础备份没有完成：{'；'.join(said[-5:])}。"
            f"请检查 {folder.parent} 的剩余空间和平台是否仍在运行（chengce status），再重新备份。"
        )


def _packed(folder: Path, name: str) -> Path:
    """The backup as one file; what can be compressed in it is already."""
    packed = folder.with_name(folder.name + ".tar")
    with packed.open("xb") as file:
        packed.chmod(0o600)
        with tarfile.open(fileobj=file, mode="w") as tar:
            tar.add(folder, arcname=name)
        file.flush()
        os.fsync(file.fileno())
    return packed


def _retain(archive: Path, made: Kept, keep: int | None) -> list[Path]:
    """Remember the backup, remove older ones beyond `keep`, and what the archive holds for none that is left."""
    register = archive / _REGISTER
    many = TypeAdapter(list[Kept])
    known = many.validate_json(register.read_bytes()) if register.exists() else []
    kept = sorted([*(each for each in known if each.path.exists()), made], key=lambda each: each.ended_at)
    surplus = kept[: max(0, len(kept) - keep)] if keep else []
    for each in surplus:
        shutil.rmtree(each.path) if each.path.is_dir() else each.path.unlink()
    kept = kept[len(surplus) :]
    replace_text(register, many.dump_json(kept).decode())
    remove_before(archive, min((each.first_segment for each in kept), key=lambda segment: segment[8:]))
    forget_objects(archive, min(each.ended_at for each in kept))
    return [each.path for each in surplus]


def _value(connection: psycopg.Connection[Any], query: str, *parameters: object) -> Any:
    row = connection.execute(query.encode(), parameters).fetchone()
    return row[0] if row else None
