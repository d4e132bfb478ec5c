"""Rows that could not be taken: kept sealed, shown to the desk, corrected, or dismissed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlmodel import col, select

from services.hotline.decider.refusal import RefusalState, RefuseRow, SettleRow, ShowRow, refusal
from services.hotline.events.refusal import RowKind
from services.hotline.keys import SourceName, TicketNumber, ticket_key
from services.hotline.readmodels.refusals import RefusalRow
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor
from shared.security.personal import ErasedError

_SOURCE: TypeAdapter[str] = TypeAdapter(SourceName)
_NUMBER: TypeAdapter[str] = TypeAdapter(TicketNumber)


@dataclass(frozen=True)
class Row:
    """A row as it came, and what it says when it is an object."""

    kind: RowKind
    body: bytes
    content: dict[str, Any] | None = None

    @property
    def digest(self) -> str:
        """The same for the same bytes."""
        return hashlib.sha256(self.body).hexdigest()[:24]

    def named(self) -> tuple[str | None, str | None]:
        """Source and number, where the row has them in their form."""
        content = self.content or {}
        return _valid(_SOURCE, content.get("source", "12345")), _valid(_NUMBER, content.get("number"))

    @property
    def key(self) -> str:
        """A ticket's own, so that the corrected row settles the refused one; else the digest's."""
        source, number = self.named()
        if self.kind == "tickets" and source and number:
            return f"tickets-{ticket_key(source, number)}"
        return f"{self.kind}-{self.digest}"


async def refuse(runtime: Runtime, refused: Sequence[tuple[Row, Sequence[FieldError]]], actor: Actor) -> None:
    """Keeps the rows with what is wrong; the same row once more changes nothing."""
    if not refused:
        return
    commands = []
    for row, errors in refused:
        source, number = row.named()
        text = row.body.decode("utf-8", "backslashreplace")
        original = await runtime.in_thread(runtime.vault.seal, person_of(row.key, row.digest), text)
        told = {"kind": row.kind, "source": source, "number": number, "digest": row.digest}
        commands.append((refusal, row.key, RefuseRow(**told, original=original, errors=tuple(errors))))
    for verdict in await runtime.execute_all(commands, actor):
        if isinstance(verdict, Refused):
            raise verdict


async def settle_taken(runtime: Runtime, taken: Sequence[Row], actor: Actor) -> None:
    """Rows whose number was once refused are settled by the corrected row."""
    keys = [row.key for row in taken]
    query = select(RefusalRow).where(col(RefusalRow.key).in_(keys), col(RefusalRow.open))
    known = await runtime.reads.all(RefusalRow, query) if keys else []
    for row in known:
        await settle(runtime, row.key, actor)


async def settle(runtime: Runtime, key: str, actor: Actor, sent: str | None = None) -> Receipt:
    """It is a ticket now: what was kept of it is no longer needed, and becomes unreadable."""
    receipt = await runtime.execute(refusal, key, SettleRow(taken=True), actor, idempotency_key=sent)
    state: RefusalState = await runtime.state(refusal, key)
    await runtime.in_thread(runtime.vault.erase, person_of(key, state.refused.digest))
    return receipt


async def dismiss(runtime: Runtime, key: str, reason: str, actor: Actor, sent: str | None) -> Receipt:
    """It needs no ticket; it stays readable, for whoever asks why."""
    return await runtime.execute(refusal, key, SettleRow(taken=False, reason=reason), actor, idempotency_key=sent)


async def shown(runtime: Runtime, key: str, actor: Actor) -> tuple[RefusalState, str]:
    """The row in the clear; who has looked is recorded first."""
    await runtime.execute(refusal, key, ShowRow(), actor)
    state: RefusalState = await runtime.state(refusal, key)
    return state, await original_of(runtime, state)


async def original_of(runtime: Runtime, state: RefusalState) -> str:
    """What was sent. Raises `Refused` when it is a ticket by now."""
    try:
        return await runtime.in_thread(runtime.vault.open, state.refused.original)
    except ErasedError:
        title = "这条数据已接收为工单，原文不再保留，请查看工单。"
        raise Refused("hotline.row-erased", title, because=Because.NOT_FOUND) from None


def content_of(original: str) -> dict[str, Any]:
    """The row as an object. Raises `Refused` when it is none: it has to be sent in another form."""
    try:
        content = orjson.loads(original)
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict):
        title = "原文不是一条可以改正的数据，请填写改正后的全部内容（row）再提交。"
        raise Refused("hotline.row-unreadable", title, because=Because.INVALID)
    return content


def person_of(key: str, digest: str) -> str:
    """Under which an original is sealed: each of its own, for another one may come when the first is erased."""
    return f"refusal:{key}:{digest}"


def _valid(form: TypeAdapter[str], given: object) -> str | None:
    try:
        return form.validate_python(given)
    except ValidationError:
        return None
