"""What a file is, by its content: the name that came with it says nothing.

Its first bytes tell, but for what is a ZIP inside: there the directory at its end does, and only that is read.
"""

from __future__ import annotations

import struct
import zipfile

BEGINNING = 12  # bytes, with which everything is told that can be told by the beginning
ENDING = 2**16 + 128  # bytes: the end of a directory stands in them, whatever comment follows it
MOST_DIRECTORY = 2 * 2**20  # bytes from the beginning of the directory; some ten thousand names

ZIP = "application/zip"
_BEGINS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"PK\x03\x04", ZIP),
)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_WITHIN = (
    ("word/document.xml", f"{_OFFICE}.wordprocessingml.document"),
    ("xl/workbook.xml", f"{_OFFICE}.spreadsheetml.sheet"),
    ("OFD.xml", "application/ofd"),
)
# Whatever a made-up directory can raise in the library.
_TORN = (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, OSError)


class More(Exception):
    """The directory begins before the bytes at hand: at the offset `start`."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


def by_beginning(beginning: bytes) -> str | None:
    """One of those that forms can ask for (`definition.designing.ACCEPTED`); None for anything else. `ZIP` may be more."""
    for begin, media_type in _BEGINS:
        if beginning.startswith(begin):
            return media_type
    return "image/webp" if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP" else None


def by_directory(ending: bytes, size: int) -> str | None:
    """What a ZIP of so many bytes is, by its last ones; None when it is torn. Raises `More` when they are too few."""
    try:
        with zipfile.ZipFile(_Ending(ending, size)) as folder:
            names = set(folder.namelist())
    except _TORN:
        return None
    return next((media_type for name, media_type in _WITHIN if name in names), ZIP)


class _Ending:
    """A file of which only the end is at hand, as `zipfile` reads one."""

    def __init__(self, ending: bytes, size: int) -> None:
        self._ending = ending
        self._size = size
        self._at = 0

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        at = offset + (0, self._at, self._size)[whence]
        if at < 0:
            raise OSError("before the beginning")
        self._at = at
        return at

    def tell(self) -> int:
        return self._at

    def read(self, length: int = -1) -> bytes:
        start = self._at - (self._size - len(self._ending))
        if start < 0 and length != 0:
            raise More(self._at)
        read = self._ending[start:] if length < 0 else self._ending[start : start + length]
        self._at += len(read)
        return read
