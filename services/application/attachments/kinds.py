"""What a file is, by its content: the name that came with it says nothing."""

from __future__ import annotations

import io
import zipfile

_BEGINS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_WITHIN = (
    ("word/document.xml", f"{_OFFICE}.wordprocessingml.document"),
    ("xl/workbook.xml", f"{_OFFICE}.spreadsheetml.sheet"),
    ("OFD.xml", "application/ofd"),
)


def media_type_of(content: bytes) -> str | None:
    """One of those that forms can ask for (`definition.designing.ACCEPTED`); None for anything else."""
    for begin, media_type in _BEGINS:
        if content.startswith(begin):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except zipfile.BadZipFile:
        return None
    return next((media_type for name, media_type in _WITHIN if name in names), "application/zip")
