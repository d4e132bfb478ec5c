"""The formats of answers: what they look like, how they are normalised, and the sentence for one that is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from jsonschema import FormatChecker
from stdnum.cn import ric

from shared.contracts.identifiers import is_uscc

MOST_FEN = 2**62


@dataclass(frozen=True, slots=True)
class Format:
    """`right` judges the normalised text; `wrong` is the sentence for the applicant."""

    right: Callable[[str], bool]
    wrong: str
    normal: Callable[[str], str] = lambda text: text


def _joined(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def fen_of(yuan: str) -> int | None:
    """An amount in yuan as people write it (`1,234.50`) in fen; None where it is none, or has less than a fen."""
    try:
        fen = Decimal(yuan.replace(",", "").removesuffix("元")) * 100
    except InvalidOperation:
        return None
    return int(fen) if fen.is_finite() and fen == fen.to_integral_value() and 0 <= fen <= MOST_FEN else None


def yuan_of(fen: int) -> str:
    """Fen as an amount in yuan, in the way that `fen_of` reads."""
    return f"{fen // 100}.{fen % 100:02d}"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_phone(text: str) -> bool:
    return bool(re.fullmatch(r"1[3-9]\d{9}|0\d{9,11}|400\d{7}", text))


FORMATS: Mapping[str, Format] = {
    "uscc": Format(is_uscc, "应为18位统一社会信用代码，且校验位正确", _joined),
    "identity-number": Format(ric.is_valid, "应为18位公民身份号码，且校验位正确", _joined),
    "phone": Format(_is_phone, "应为手机号码，或带区号的固定电话", _joined),
    "bank-account": Format(lambda text: bool(re.fullmatch(r"\d{8,30}", text)), "应为8至30位数字的银行账号", _joined),
    "postal-code": Format(lambda text: bool(re.fullmatch(r"\d{6}", text)), "应为6位邮政编码", _joined),
    "email": Format(
        lambda text: bool(re.fullmatch(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", text)),
        "应为电子邮箱，例如 name@example.cn",
    ),
    "date": Format(_is_day, "应为存在的日期，例如 2026-03-02"),
    "amount": Format(
        lambda text: fen_of(text) is not None,
        "应为以元为单位、不小于零、最多两位小数的金额，例如 40000.50",
        lambda text: re.sub(r"[\s,，￥¥]", "", text).removesuffix("元"),
    ),
    "file": Format(lambda text: bool(re.fullmatch(r"[0-9A-Za-z-]{1,80}", text)), "应为已上传的文件编号"),
}
SEALED = frozenset({"identity-number", "phone", "bank-account"})

CHECKER = FormatChecker(formats=())
for _name, _format in FORMATS.items():
    CHECKER.checks(_name)(lambda value, right=_format.right: not isinstance(value, str) or right(value))


def normal(schema: Mapping[str, Any], value: Any) -> Any:
    """A text without what people type beside it: outer blanks, full-width digits, separators of its format."""
    if not isinstance(value, str):
        return value
    kind = FORMATS.get(schema.get("format", ""))
    if kind is None:
        return value.strip()
    return kind.normal(unicodedata.normalize("NFKC", value).strip())
