"""Published of what other systems send: rows that could not be taken."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from shared.contracts.base import Published


class RowRefused(Published):
    """A row that was sent has `errors` mistakes; the desk looks at it by `look_by`. `kind`: tickets or updates."""

    TYPE: ClassVar[str] = "hotline.row-refused"
    TITLE: ClassVar[str] = "推送的数据未能接收"

    refusal_id: str
    kind: str
    source: str | None = None
    errors: int
    look_by: date


class RowWaiting(Published):
    """Nobody has looked at it in time."""

    TYPE: ClassVar[str] = "hotline.row-waiting"
    TITLE: ClassVar[str] = "未接收的数据逾期未处理"

    refusal_id: str
    kind: str
    source: str | None = None
    due_on: date
