"""What names a ticket: the source it comes from, and its number there."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
_PLAIN_NUMBER = re.compile(r"[A-Za-z0-9._-]+")


def _checked(source: str) -> str:
    if not _SOURCE.fullmatch(source):
        raise ValueError(
            "来源名称只能用字母、数字、点、横线和下划线，且以字母或数字开头（最多60个字符），请改用例如 12345 的名称。"
        )
    return source


SourceName = Annotated[
    str,
    AfterValidator(_checked),
    Field(description="来源：12345、seat（一企来专席）、portal、visit，或导入文件的名称", examples=["12345"]),
]
TicketNumber = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    Field(description="来源系统中的工单编号", examples=["JY12345-2026-000001"]),
]


def ticket_key(source: str, number: str) -> str:
    """`<source>-<number>`, which makes a ticket that is sent twice one ticket; of letters, digits, dots, `-` and `_`.

    Where that form would be unsafe, or could stand for another source and number, a digest of both tells them apart.
    """
    if "-" not in source and _PLAIN_NUMBER.fullmatch(number):
        return f"{source}-{number}"
    digest = hashlib.sha256(f"{source}\0{number}".encode()).hexdigest()[:16]
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "_", number)[:60]
    return f"{source}-{cleaned}.{digest}"
