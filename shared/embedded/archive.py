"""The archive of PostgreSQL's write-ahead log: what leads from a backup to any later moment.

It begins with the folder: until the first backup makes it, nothing is copied, and a platform nobody backs up pays
nothing. Segments closed before they were full end in zeros; these are left out as holes, so that a quiet hour costs
kilobytes and not 16 MB every five minutes.
"""

import shlex
from pathlib import Path

# At most this much is lost with the disk of the data directory, where the archive is on another one.
SWITCH_SECONDS = 300

# Succeeds without the folder. A link that leads nowhere (its disk is away) fails, and PostgreSQL keeps the segment.
# What is there already is left alone and must be the same: the server may have died before it noted a success.
_COPY = """\
if [ ! -d {folder} ] && [ ! -L {folder} ]; then exit 0; fi; \
if [ -e {folder}/%f ]; then exec cmp -s %p {folder}/%f; fi; \
cp --sparse=always %p {folder}/%f.new && sync {folder}/%f.new && mv {folder}/%f.new {folder}/%f && sync {folder}\
"""

_SETTINGS = """\
archive_mode = on
archive_timeout = {seconds}
archive_command = {command}
"""

_FETCH = """\
for folder in {folders}; do if [ -f "$folder"/%f ]; then exec cp "$folder"/%f %p; fi; done; exit 1\
"""


def archiving(folder: Path) -> str:
    """Lines of postgresql.conf with which finished segments go to `folder` once it exists."""
    command = _COPY.format(folder=_in_shell(folder))
    return _SETTINGS.format(seconds=SWITCH_SECONDS, command=_in_configuration(command))


def fetching(folders: list[Path]) -> str:
    """The line of postgresql.conf with which recovery takes each segment from the first folder that has it."""
    command = _FETCH.format(folders=" ".join(_in_shell(folder) for folder in folders))
    return f"restore_command = {_in_configuration(command)}\n"


def remove_before(folder: Path, first_segment: str) -> int:
    """Remove segments older than this one, on whichever timeline; how many went. Histories of timelines stay."""
    removed = 0
    for path in folder.iterdir():
        name = path.name
        is_segment = len(name) >= 24 and set(name[:24]) <= set("0123456789ABCDEF")
        if is_segment and name[8:24] < first_segment[8:24]:
            path.unlink()
            removed += 1
    return removed


def _in_shell(path: Path) -> str:
    return shlex.quote(str(path)).replace("%", "%%")  # PostgreSQL replaces %p and %f


def _in_configuration(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
