"""What makes up a server's address and outlives a restart: its port and its password, kept in files."""

import os
import secrets
import socket
from pathlib import Path

from shared.embedded.process import EmbeddedServerError

USER = "chengce"
HOST = "127.0.0.1"


def choose_port(kept: Path, wanted: int | None = None, *, other_than: int | None = None) -> int:
    """The wanted port, else the one in the file `kept` when it is free, else a free one; written to `kept`.

    `other_than`: a port chosen a moment ago for the same server, which is not taken yet.

    :raises EmbeddedServerError: the wanted port is in use.
    """
    if wanted is not None:
        if not is_free(wanted):
            raise EmbeddedServerError(f"port {wanted} on {HOST} is in use by another program")
        port = wanted
    else:
        port = int(kept.read_text()) if kept.exists() else _any_free_port()
        while port == other_than or not is_free(port):
            port = _any_free_port()
    replace_text(kept, f"{port}\n")
    return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        # As the servers do: connections of the last run still in TIME_WAIT do not take the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def reserved_port() -> socket.socket:
    """A loopback port that nobody else is given while this socket is open: no other program that asks for a free one, and no
    connection that goes out. A server that listens on it with SO_REUSEADDR, as all of ours do, can have it.
    """
    holder = socket.socket()
    holder.bind((HOST, 0))
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # only now: the bind had to be alone
    return holder


def _any_free_port() -> int:
    with reserved_port() as holder:
        return port_of(holder)


def port_of(holder: socket.socket) -> int:
    """The port of a socket on loopback."""
    return int(holder.getsockname()[1])


def kept_password(path: Path, known: str | None = None) -> str:
    """The password in the file, made at the first call; safe in URLs, readable by the owner only.

    `known`: what it was before, for a file that was lost.
    """
    if not path.exists():
        replace_text(path, (known or secrets.token_urlsafe(24)) + "\n")
    return path.read_text().strip()


def replace_text(path: Path, text: str) -> None:
    """Write a file of mode 0600 whole or not at all, also when the process or the machine dies halfway."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
