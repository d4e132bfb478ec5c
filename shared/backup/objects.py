"""The files beside the databases: copied into a backup, put together again for a restore.

An object is written before the event that names it, never changed, and deleted after the event that lets it go. So all
that a backup's databases name was there when they were copied; what is copied after them, with what was deleted since the
backup began, has each of them. What is deleted from then on goes to the archive, and leads to later moments.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from shared.objects.folder import ARCHIVED

OBJECTS = "objects"  # in the data directory and in a backup: a folder for each service


def copy_objects(data_dir: Path, archive: Path, since: datetime, backup: Path) -> None:
    """Into a backup whose databases are copied already: what is there, and what was deleted `since`.

    What is there first: what is deleted meanwhile is in the archive then.
    """
    target = backup / OBJECTS
    for path, name in _objects(data_dir / OBJECTS):
        _copy(path, target / name)
    for path, name in _objects(archive / ARCHIVED):
        if path.stat().st_mtime >= since.timestamp():
            _copy(path, target / name)


def gather_objects(backup: Path, others: list[Path], target: Path) -> None:
    """Into a new folder: those of a backup, and of folders that go on from it; what no event names is swept later."""
    for path, name in _objects(backup / OBJECTS):
        _copy(path, target / name)
    for folder in others:
        for path, name in _objects(folder):
            if not (target / name).exists():
                _take(path, target / name)
    if target.exists():
        os.sync()


def forget_objects(archive: Path, before: datetime) -> None:
    """Those that were deleted before the oldest backup was made: no moment that can be restored has them."""
    for path, _ in _objects(archive / ARCHIVED):
        if path.stat().st_mtime < before.timestamp():
            path.unlink()


def _objects(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each with its service's folder before its name; none that is still being written."""
    for service in sorted(folder.glob("[!.]*")):
        for path in service.glob("[!.]*"):
            yield path, f"{service.name}/{path.name}"


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        shutil.copy2(path, target)
    except FileNotFoundError:  # deleted meanwhile
        target.unlink(missing_ok=True)


def _take(path: Path, target: Path) -> None:
    """Without a second copy where both are on one disk: an object never changes."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        target.hardlink_to(path)
    except OSError:
        shutil.copy2(path, target)
