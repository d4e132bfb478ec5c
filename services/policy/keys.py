"""What names documents and items."""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import AfterValidator, Field

_BRACKETS = str.maketrans({"[": "〔", "]": "〕", "［": "〔", "］": "〕", "【": "〔", "】": "〕"})


def canonical_number(number: str) -> str:
    """A document number (发文字号) without blanks and with the brackets of GB/T 9704: two spellings are one document."""
    return "".join(number.split()).translate(_BRACKETS)


def document_key(department: str, number: str) -> str:
    """The natural key of a document: department and a digest of its number, so a repeat is the same document."""
    digest = hashlib.sha256(f"{department}\0{canonical_number(number)}".encode()).hexdigest()
    return f"{department}-{digest[:16]}"


DocumentNumber = Annotated[
    str,
    AfterValidator(canonical_number),
    Field(max_length=120, description="发文字号，空格与括号会先被规整", examples=["澄工信发〔2026〕1号"]),
]
ItemCode = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,59}$",
        description="事项编码：字母、数字、点、横线和下划线，全平台唯一",
        examples=["gxj-2026-001"],
    ),
]
SubjectKey = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$",
        description="文件编号、事项编码或文章编码",
        examples=["gxj-2026-001"],
    ),
]
