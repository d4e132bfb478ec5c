"""Both kinds of store, real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from shared.objects.folder import FolderStore
from shared.objects.s3 import S3Store
from shared.objects.store import ObjectStore
from tests.support.s3 import S3Server, s3_server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty one."""
    if request.param == "folder":
        return FolderStore(tmp_path / "objects" / "application", tmp_path / "wal-archive")
    server: S3Server = request.getfixturevalue("s3")
    return S3Store(server.address(f"{uuid4().hex}/application"))
