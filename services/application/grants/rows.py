"""A row of a list, as departments keep them: Chinese or English headers, amounts in yuan."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from shared.contracts.identifiers import Uscc

HEADERS: Mapping[str, Sequence[str]] = {
    "enterprise": ("统一社会信用代码", "社会信用代码", "信用代码", "uscc"),
    "name": ("企业名称", "单位名称", "名称"),
    "amount": (
        "金额",
        "金额（元）",
        "金额(元)",
        "扶持金额",
        "扶持金额（元）",
        "奖补金额",
        "奖补金额（元）",
        "amount_yuan",
    ),
    "basis": ("依据", "认定依据", "备注"),
}
_FIELDS = {header: field for field, headers in HEADERS.items() for header in (field, *headers)}
MOST_YUAN = Decimal(10) ** 13


def fen_of(value: object) -> int:
    """Fen of an amount in yuan, as people write it (`1,234.50元`). Raises ValueError with a Chinese sentence."""
    text = re.sub(r"[\s,，元¥￥]", "", str(value))
    try:
        yuan = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"金额“{str(value)[:30]}”不是数字，请以元为单位填写，如 50000 或 1234.50。") from None
    if not yuan.is_finite() or not 0 < yuan < MOST_YUAN:
        raise ValueError("金额应大于零，以元为单位。")
    if yuan != yuan.quantize(Decimal("0.01")):
        raise ValueError("金额最多保留两位小数（到分）。")
    return int(yuan * 100)


class GrantForm(BaseModel):
    """An enterprise and what it is to have."""

    model_config = ConfigDict(
        extra="ignore",  # departments' tables have columns of their own
        json_schema_extra={
            "examples": [
                {"enterprise": "91320281MA0Y00016Q", "name": "江阴样例机械有限公司（样例）", "amount": "50000"}
            ]
        },
    )

    enterprise: Uscc
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    amount: Annotated[int, BeforeValidator(fen_of)] = Field(description="金额（元，最多两位小数）；保存为分")
    basis: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


def normalised(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row under the form's own names; empty cells are absent."""
    named = ((_FIELDS.get(re.sub(r"\s", "", str(header))), value) for header, value in row.items())
    return {name: value for name, value in named if name is not None and value not in (None, "")}
