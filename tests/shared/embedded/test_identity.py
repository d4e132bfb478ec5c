"""PostgreSQL refuses to be root; whoever starts it, it must run. The cases only root can try exist only for root."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from shared.embedded import EmbeddedPostgres, EmbeddedServerError, process
from shared.embedded.process import NOBODY
from tests.support.processes import succeeds_as
from tests.support.servers import database_address

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Where everybody may pass; pytest's own folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="chengce-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def serve(directory: Path) -> int:
    """Start, ask, stop; answers with the user the postmaster ran as, seen from outside."""
    postgres = EmbeddedPostgres(directory)
    postgres.start()
    try:
        with psycopg.connect(database_address(postgres.url, "postgres")) as connection:
            assert connection.execute("SELECT count(*) > 0 FROM pg_database").fetchone() == (True,)
        return Path(f"/proc/{postgres.pid}").stat().st_uid
    finally:
        postgres.stop()


def close_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As containers do, whose kernel answers unshare with EPERM."""
    monkeypatch.setattr(process, "user_namespace_works", lambda program: False)


def under_a_closed_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    assert serve(closed / "postgres") == os.geteuid()


def as_nobody_where_namespaces_are_closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close_namespaces(monkeypatch)
    assert serve(folder / "postgres") == NOBODY


def as_root_again_after_it_ran_as_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as closed:
        close_namespaces(closed)
        assert serve(folder / "postgres") == NOBODY
    assert serve(folder / "postgres") == 0
    assert (folder / "postgres" / "cluster" / "PG_VERSION").stat().st_uid == 0


def refusing_a_folder_nobody_cannot_enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close_namespaces(monkeypatch)
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedServerError, match=f"cannot enter {closed}"):
        serve(closed / "postgres")


def started_by_a_plain_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = folder / "own"
    own.mkdir()
    os.chown(own, NOBODY, NOBODY)

    def start_and_check() -> None:
        assert serve(own / "postgres") == NOBODY

    assert succeeds_as(NOBODY, start_and_check)


Case = Callable[[Path, pytest.MonkeyPatch], None]
CASES: list[Case] = [under_a_closed_folder]
if AS_ROOT:
    CASES += [
        as_nobody_where_namespaces_are_closed,
        as_root_again_after_it_ran_as_nobody,
        refusing_a_folder_nobody_cannot_enter,
        started_by_a_plain_user,
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_it_serves(case: Case, open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case(open_folder, monkeypatch)
