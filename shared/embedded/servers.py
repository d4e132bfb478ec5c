"""The servers one platform stands on: those whose addresses are given, and its own for the rest."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from shared.embedded.keeper import Keeper
from shared.embedded.nats import EmbeddedNats
from shared.embedded.postgres import EmbeddedPostgres

ARCHIVE = "wal-archive"  # in the data directory; see `shared.embedded.archive`


class DataDirectoryInUse(RuntimeError):
    """Another platform holds the data directory; the text is for the user."""


class Servers:
    """While entered, `database_url` and `nats_url` answer; servers not given run in `data_dir` and stop at the end.

    A server that ends by itself is started again at the same address; when that fails for good the process gets SIGINT
    and leaving raises `ServerLost`. With both addresses given (CHENGCE_DATABASE_URL, CHENGCE_NATS_URL) nothing is
    started and `data_dir` is not touched.
    """

    def __init__(
        self,
        data_dir: Path,
        database_url: str | None = None,
        nats_url: str | None = None,
        *,
        sync_interval: str = "2m",
    ) -> None:
        self.data_dir = data_dir
        self.postgres = None if database_url else EmbeddedPostgres(data_dir / "postgres", archive=data_dir / ARCHIVE)
        self.nats = None if nats_url else EmbeddedNats(data_dir / "nats", sync_interval=sync_interval)
        self._database_url = database_url
        self._nats_url = nats_url
        self._open = ExitStack()

    @property
    def database_url(self) -> str:
        """The address of PostgreSQL, without a database name when the server is ours."""
        return self.postgres.url if self.postgres else str(self._database_url)

    @property
    def nats_url(self) -> str:
        """The address of NATS, with user and password when it is ours."""
        return self.nats.url if self.nats else str(self._nats_url)

    def __enter__(self) -> "Servers":
        """Hold the directory and start what is missing.

        :raises DataDirectoryInUse: another platform runs there.
        :raises EmbeddedServerError: a server did not start.
        """
        with ExitStack() as opening:
            own = [server for server in (self.postgres, self.nats) if server]
            if own:
                opening.enter_context(Keeper(own, held(self.data_dir)))
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Hold the directory's lock; the kernel gives it back however the holder ends.

    :raises DataDirectoryInUse: a platform, or a restore, holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode().strip() or "未知"
            raise DataDirectoryInUse(
                f"数据目录 {data_dir.resolve()} 正由另一个平台进程（进程号 {holder}）使用。"
                "请先停止该进程，或另选一个数据目录后再启动。"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def in_use(data_dir: Path) -> bool:
    """Whether somebody holds the directory now."""
    try:
        descriptor = os.open(data_dir / "lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
