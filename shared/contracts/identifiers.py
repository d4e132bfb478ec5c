"""Identifiers that all services share, checked the same way everywhere."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from stdnum.cn import uscc as _uscc

_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")


def is_uscc(code: str) -> bool:
    """True for an 18-character unified social credit code with the right check digit, as written (GB 32100-2015)."""
    return bool(_USCC.fullmatch(code)) and _uscc.is_valid(code)


def _normal(value: object) -> object:
    return re.sub(r"\s", "", value).upper() if isinstance(value, str) else value


def _checked(code: str) -> str:
    if not _USCC.fullmatch(code):
        raise ValueError("统一社会信用代码应为18位数字或大写字母（不含 I、O、S、V、Z），请核对后重新填写。")
    if not _uscc.is_valid(code):
        raise ValueError("统一社会信用代码的校验位不正确，请核对是否有错字。")
    return code


Uscc = Annotated[
    str,
    BeforeValidator(_normal),
    AfterValidator(_checked),
    Field(description="统一社会信用代码（GB 32100-2015），空格与小写会先被规整", examples=["91320281MA0Y00016Q"]),
]

DepartmentCode = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]{1,19}$", description="部门代码，小写字母开头", examples=["gxj"])
]
Phone = Annotated[
    str,
    Field(pattern=r"^(1\d{10}|0\d{2,3}-?\d{7,8}(-\d{1,6})?)$", description="手机或固定电话", examples=["19900000001"]),
]
