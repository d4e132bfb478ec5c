"""Watching and starting processes from tests."""

import os
import traceback
from collections.abc import Callable
from pathlib import Path


def children_of(pid: int) -> list[int]:
    """The processes whose parent is `pid` now."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = status.read_text().rpartition(")")[2]
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
        if int(after_name.split()[1]) == pid:
            found.append(int(status.parent.name))
    return found


def succeeds_as(user: int, action: Callable[[], None]) -> bool:
    """Whether `action` ends without an error in a fork of this process that gave its rights up to be `user`."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            action()
        except BaseException:  # noqa: BLE001 - the fork must not go on as a second test run
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
