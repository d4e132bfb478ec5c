"""Takes what was sent by the same forms and commands as the HTTP doors; what cannot be taken is kept and shown to the desk.

A message is a JSON object, one row, or a list of up to 1,000. There is no answer but the server's acknowledgement.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any, cast

import orjson
from pydantic import BaseModel

from services.hotline.commands import receive_ticket, update_ticket
from services.hotline.events.refusal import RowKind
from services.hotline.forms import TicketForm, UpdateForm
from services.hotline.inbox.refusing import Row, refuse, settle_taken
from shared.eventstore.decider import FieldError
from shared.http.batches import MOST_ROWS, CommandFor, take_batch
from shared.messaging.inbox import Inbox, Posted
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role

INTAKE = Actor(subject="intake", name="NATS 接入", roles=(Role.HOTLINE_AGENT,), source="nats")
KINDS: dict[RowKind, tuple[type[BaseModel], Callable[[Runtime, Any], Awaitable[CommandFor]]]] = {
    "tickets": (TicketForm, receive_ticket),
    "updates": (UpdateForm, update_ticket),
}


async def take(runtime: Runtime, posted: Sequence[Posted]) -> None:
    """Everything is in the log when it returns, taken or refused; in the order it was sent, so that news finds its ticket."""
    for kind, together in groupby(posted, key=lambda each: cast(RowKind, each.kind)):
        rows: list[Row] = []
        refused: list[tuple[Row, Sequence[FieldError]]] = []
        for each in together:
            readable, unreadable = _rows_of(kind, each.body)
            rows += readable
            refused += unreadable
        for start in range(0, len(rows), MOST_ROWS):
            refused += await _take(runtime, kind, rows[start : start + MOST_ROWS])
        await refuse(runtime, refused, INTAKE)


async def set_aside(runtime: Runtime, posted: Posted, error: Exception) -> None:
    """Keeps a message that brought the platform itself to fail."""
    wrong = FieldError(
        field="", code="failed", message=f"平台处理这条数据时出错（{type(error).__name__}），请联系运维人员。"
    )
    await refuse(runtime, [(Row(cast(RowKind, posted.kind), posted.body), [wrong])], INTAKE)


async def _take(runtime: Runtime, kind: RowKind, rows: Sequence[Row]) -> list[tuple[Row, Sequence[FieldError]]]:
    form, command_of = KINDS[kind]
    answer = await take_batch(
        runtime, INTAKE, [row.content or {} for row in rows], form, lambda each: command_of(runtime, each)
    )
    wrong = {each.row: each.errors for each in answer.refused}
    if kind == "tickets":
        await settle_taken(runtime, [row for number, row in enumerate(rows) if number not in wrong], INTAKE)
    return [(rows[number], errors) for number, errors in wrong.items()]


def _rows_of(kind: RowKind, body: bytes) -> tuple[list[Row], list[tuple[Row, Sequence[FieldError]]]]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return [], [(Row(kind, body), [_wrong("json", "不是合法的 JSON（UTF-8 编码），请改正后重新发送。")])]
    rows = content if isinstance(content, list) else [content]
    if len(rows) > MOST_ROWS:
        message = f"一条消息最多{MOST_ROWS}条数据，请分开发送。"
        return [], [(Row(kind, body), [_wrong("too-many", message)])]
    good = [Row(kind, orjson.dumps(row), row) for row in rows if isinstance(row, dict)]
    bad = [Row(kind, orjson.dumps(row)) for row in rows if not isinstance(row, dict)]
    return good, [(row, [_wrong("object", "每条数据应为 JSON 对象，请改正后重新发送。")]) for row in bad]


def _wrong(code: str, message: str) -> FieldError:
    return FieldError(field="", code=code, message=message)


inbox = Inbox(tuple(KINDS), take, set_aside)
