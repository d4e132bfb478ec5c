"""What the room does when asked: look up, load, decide, append."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, func, select

from services.application.decider.grant import GrantCommand, GrantState, ListGrant, grant, key_of
from services.application.decider.grant_list import (
    AcceptGrantList,
    ConfirmSupportList,
    GrantListState,
    OpenGrantList,
    Period,
    SubmitGrantList,
    Text,
    about,
    grant_list,
)
from services.application.each import at_present, chunks, do_all
from services.application.grants.rows import GrantForm, normalised
from services.application.readmodels.grants import GrantRow, KnownEnterpriseRow
from services.application.readmodels.offers import OfferRow
from shared.eventstore.decider import Because, Decider, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.http.batches import BatchAnswer, CommandFor, take_batch
from shared.runtime.service import Runtime
from shared.security.actor import Actor


class GrantListForm(BaseModel):
    """A list for one period of an item."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"item_code": "gxj-2026-009", "period": "2026", "basis": "年度认定结果（样例）", "term_days": 10}
            ]
        },
    )

    item_code: str = Field(min_length=1, max_length=80)
    period: Period
    term_days: int = Field(10, ge=1, le=60, description="企业确认的期限，工作日")
    basis: Text = Field(description="名单的依据")
    part: int = Field(1, ge=1, le=99, description="同一期次分几份名单时的序号")


class Figures(BaseModel):
    """Enterprises and fen of a list, by status."""

    rows: dict[str, int]
    fen: dict[str, int]


async def open_list(runtime: Runtime, form: GrantListForm, actor: Actor, sent: str | None) -> Receipt:
    """Under a key of item, period and part: opened twice it is the same list. Raises `Refused`."""
    offer = await runtime.reads.one(OfferRow, form.item_code)
    if offer is None:
        error = FieldError(field="item_code", code="unknown", message="没有这个事项，或事项尚未发布。")
        raise Refused("application.item-unknown", "没有找到这个事项，请核对事项编号。", [error], Because.NOT_FOUND)
    digest = hashlib.sha256(f"{form.item_code}\0{form.period}\0{form.part}".encode()).hexdigest()[:8].upper()
    of_item = {name: getattr(offer, name) for name in ("item_id", "item_code", "item_title", "department", "procedure")}
    command = OpenGrantList(**of_item, period=form.period, term_days=form.term_days, basis=form.basis)
    key = f"MS{form.period}-{digest}"
    return await runtime.execute(grant_list, key, command, actor, idempotency_key=sent)


async def list_of(runtime: Runtime, key: str) -> GrantListState:
    """As the record has it. Raises `Refused`."""
    state: GrantListState | None = await runtime.state(grant_list, key)
    if state is None:
        raise Refused("application.grant-list-unknown", "没有这份名单，请核对名单编号。", because=Because.NOT_FOUND)
    return state


async def take_rows(runtime: Runtime, key: str, actor: Actor, rows: Sequence[dict[str, Any]]) -> BatchAnswer:
    """Puts enterprises on a list, row by row: known to the platform, by their registered names, once in a period."""
    state = await list_of(runtime, key)
    forms = [normalised(row) for row in rows]
    known = await names_of(runtime, {str(form.get("enterprise", "")).replace(" ", "").upper() for form in forms})

    async def command_of(form: GrantForm) -> CommandFor:
        return of_row(state, key, form, known)

    return await take_batch(runtime, actor, forms, GrantForm, command_of)


async def names_of(runtime: Runtime, codes: Collection[str]) -> dict[str, str]:
    """The registered names of enterprises that the platform can reach."""
    async with runtime.reads.session() as session:
        found = await session.execute(
            select(KnownEnterpriseRow.uscc, KnownEnterpriseRow.name).where(col(KnownEnterpriseRow.uscc).in_(codes))
        )
        return {row.uscc: row.name for row in found}


def of_row(
    state: GrantListState, key: str, form: GrantForm, known: Mapping[str, str], *, leave: bool = False
) -> tuple[Decider[GrantState, GrantCommand], str, ListGrant]:
    """The command of a row. Raises `Refused` where the enterprise is not known, or by another name."""
    _check_known(form, known.get(form.enterprise))
    command = ListGrant(
        **about(state),
        grant_list=key,
        list_open=state.status == "draft",
        enterprise=form.enterprise,
        name=form.name,
        amount_fen=form.amount,
        basis=form.basis,
        leave=leave,
    )
    return grant, key_of(state.opened.item_code, state.opened.period, form.enterprise), command


def _check_known(form: GrantForm, name: str | None) -> None:
    if name is None:
        message = "平台还没有登记这家企业，无法推送；请先登记企业，再导入这一行。"
        wrong = FieldError(field="enterprise", code="unknown", message=message)
        raise Refused("application.enterprise-unknown", message, [wrong], Because.INVALID)
    if name != form.name:
        message = f"企业名称与登记的“{name}”不一致，请核对代码与名称。"
        wrong = FieldError(field="name", code="differs", message=message)
        raise Refused("application.enterprise-name", message, [wrong], Because.INVALID)


async def figures(runtime: Runtime, key: str) -> Figures:
    """What stands on a list, by status, up to what the record holds now."""
    await at_present(runtime)
    query = (
        select(GrantRow.status, func.count(), func.coalesce(func.sum(col(GrantRow.amount_fen)), 0))
        .where(GrantRow.grant_list == key)
        .group_by(GrantRow.status)
    )
    async with runtime.reads.session() as session:
        found = (await session.execute(query)).all()
    rows = {status: int(number) for status, number, _ in found}
    return Figures(rows=rows, fen={status: int(fen) for status, _, fen in found})


async def submit(runtime: Runtime, key: str, actor: Actor) -> Receipt:
    """Hands a list in with what it amounts to."""
    return await runtime.execute(grant_list, key, SubmitGrantList(**await _counted(runtime, key, "listed")), actor)


async def accept(runtime: Runtime, key: str, actor: Actor) -> Receipt:
    """Takes a list, if it is still what was handed in."""
    return await runtime.execute(grant_list, key, AcceptGrantList(**await _counted(runtime, key, "listed")), actor)


async def confirm_support(runtime: Runtime, key: str, actor: Actor) -> Receipt:
    """Confirms the support list of those who want it."""
    found = await figures(runtime, key)
    command = ConfirmSupportList(
        rows=found.rows.get("confirmed", 0),
        total_fen=found.fen.get("confirmed", 0),
        waiting=found.rows.get("offered", 0),
    )
    return await runtime.execute(grant_list, key, command, actor)


async def _counted(runtime: Runtime, key: str, status: str) -> dict[str, int]:
    found = await figures(runtime, key)
    return {"rows": found.rows.get(status, 0), "total_fen": found.fen.get(status, 0)}


async def to_each(runtime: Runtime, key: str, status: str, command: GrantCommand) -> None:
    """The same command for every grant of a list in a status; done twice it does nothing the second time."""
    async for rows in chunks(runtime, GrantRow, GrantRow.grant_list == key, GrantRow.status == status):
        await do_all(runtime, [(grant, row.key, command) for row in rows])
