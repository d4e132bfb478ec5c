"""What the samples have in common."""

from __future__ import annotations

USCC = "91320281000000019H"
DEPARTMENT = "sample-industry"


def made_up_id(number: int) -> str:
    """The id of that number."""
    return f"00000000-0000-4000-8000-{number:012d}"


DOCUMENT, ITEM, APPLICATION, TICKET, MESSAGE = (made_up_id(n) for n in range(1, 6))
ITEM_TITLE = "样例事项：技术改造设备投入奖励"
