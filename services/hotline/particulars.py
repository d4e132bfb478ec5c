"""Numbers of persons in a text (telephone, identity card, bank card, e-mail): taken out before it is stored; pure.

Callers dictate them to the agent, and the ticket's text is read by many: they are sealed with the caller, and a mark stands
in their place (个人信息保护法, article 6: no more than is needed).
"""

from __future__ import annotations

import re
from datetime import date

_FOUND = re.compile(
    r"(?<![\w.+-])(?P<mail>[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})"
    r"|(?<![0-9A-Za-z])(?:"
    r"(?P<identity>[1-9]\d{5}(?P<born>(?:19|20)\d{6})\d{3}[0-9Xx])"
    r"|(?P<bank>\d{16}|\d{19})"
    r"|(?P<mobile>(?:\+?86[- ]?)?1[3-9]\d{9})"
    r"|(?P<phone>0\d{2,3}[- ]?[2-9]\d{6,7})"
    r")(?![0-9A-Za-z])",
    re.ASCII,
)
_MARKS = {"mail": "邮箱", "identity": "证件号", "bank": "银行卡号", "mobile": "电话", "phone": "电话"}


def without_particulars(text: str) -> tuple[str, list[str]]:
    """The text with marks such as 〔电话1〕 in their place, and the numbers in their order; the same text gives the same."""
    found: list[str] = []

    def mark(match: re.Match[str]) -> str:
        kind = next(name for name in _MARKS if match[name])
        if kind == "identity" and not _is_day(match["born"]):
            return match[0]
        found.append(match[0])
        return f"〔{_MARKS[kind]}{len(found)}〕"

    return _FOUND.sub(mark, text), found


def _is_day(text: str) -> bool:
    """An identity number carries a birthday (GB 11643)."""
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
