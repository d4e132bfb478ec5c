"""Making a plan: from a support list, or from what was approved for an item."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

import structlog
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import exists, null
from sqlmodel import col, func, or_, select

from services.application.decider import ApplicationState, application
from services.application.decider.grant import GrantState, grant
from services.application.decider.payment import PlanPayment
from services.application.decider.payment_plan import (
    ApprovePlan,
    ConcludeMaking,
    OpenPlan,
    PlanState,
    ResubmitPlan,
    about,
    payment_plan,
)
from services.application.decider.payout import MOVED
from services.application.each import at_present, chunks
from services.application.events.grant import GrantListOpened
from services.application.grants.commands import list_of
from services.application.payments.together import Source, planning
from services.application.readmodels.grants import GrantRow, KnownEnterpriseRow
from services.application.readmodels.offers import OfferRow
from services.application.readmodels.payments import PaymentRow
from services.application.readmodels.track import ApplicationRow
from shared.calendar import civil_date
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

log = structlog.get_logger(__name__)
_NUMBERS = UUID("0b9a7c0e-53a1-4f0b-9f5e-0d1f5a2e7c44")


class PlanForm(BaseModel):
    """What is to be paid: a support list, or the approved applications of an item; one of the two."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"grant_list": "MS2026-5A3B1C2D"}]})

    grant_list: str | None = Field(None, max_length=80, description="免申即享名单编号")
    item_code: str | None = Field(None, max_length=80, description="事项编号（已审核通过的申报）")


class Figures(BaseModel):
    """Payments and fen of a plan, by status."""

    rows: dict[str, int]
    fen: dict[str, int]

    def of(self, *statuses: str) -> dict[str, int]:
        """As commands want them."""
        return {
            "rows": sum(self.rows.get(status, 0) for status in statuses),
            "total_fen": sum(self.fen.get(status, 0) for status in statuses),
        }


async def open_plan(runtime: Runtime, form: PlanForm, actor: Actor, sent: str | None) -> Receipt:
    """Begins one; the platform puts each payment on it. Raises `Refused`."""
    item: OfferRow | GrantListOpened
    if (form.grant_list is None) == (form.item_code is None):
        message = "请填写免申即享名单编号或事项编号中的一项。"
        wrong = FieldError(field="grant_list", code="one-of", message=message)
        raise Refused("application.payment-plan-invalid", message, [wrong], Because.INVALID)
    if form.grant_list is not None:
        found = await list_of(runtime, form.grant_list)
        if found.status != "concluded":
            raise Refused("application.support-list-open", "扶持名单尚未形成，请在确认扶持名单后再编制拨付计划。")
        item = found.opened
    else:
        offer = await runtime.reads.one(OfferRow, form.item_code or "")
        if offer is None:
            raise Refused("application.item-unknown", "没有找到这个事项，请核对事项编号。", because=Because.NOT_FOUND)
        item = offer
    of_item = {name: getattr(item, name) for name in ("item_id", "item_code", "item_title", "department")}
    command = OpenPlan(**of_item, grant_list=form.grant_list)
    return await runtime.execute(payment_plan, _number(runtime, actor, sent), command, actor, idempotency_key=sent)


def _number(runtime: Runtime, actor: Actor, sent: str | None) -> str:
    made = uuid5(_NUMBERS, f"{actor.subject}:{sent}") if sent else uuid4()
    return f"BF{civil_date(runtime.clock.now()):%Y}-{made.hex[:12].upper()}"


async def make(runtime: Runtime, key: str) -> None:
    """Puts every payment on a plan, and hands it to finance; begun anew, it does the rest."""
    state: PlanState = await runtime.state(payment_plan, key)
    await at_present(runtime)
    of_list = state.opened.grant_list is not None
    source: Source = "grant" if of_list else "application"
    async for commands in _of_list(runtime, state, key) if of_list else _of_item(runtime, state, key):
        await _put_on(runtime, source, commands)
    found = await figures(runtime, key)
    await runtime.execute(payment_plan, key, ConcludeMaking(**found.of("planned")))


async def _put_on(runtime: Runtime, source: Source, commands: Sequence[PlanPayment]) -> None:
    """All of them in one transaction; where something is in the way of one, each in its own."""
    try:
        together = [given for each in commands for given in planning(source, each)]
        await runtime.execute_together(together, runtime.itself)
    except Refused:
        for each in commands:
            await _put_on_alone(runtime, source, each)


async def _put_on_alone(runtime: Runtime, source: Source, command: PlanPayment) -> None:
    """As its application or grant stands now. What may not be paid, or stands on another plan, is left there."""
    while True:
        try:
            await runtime.execute_together(planning(source, command), runtime.itself)
        except Refused as refused:
            if refused.code != MOVED:
                log.info("not_planned", plan=command.plan, payment=command.payment_id, code=refused.code)
                return
            command = command.model_copy(update=await _present(runtime, source, command.payment_id))
        else:
            return


async def _present(runtime: Runtime, source: Source, key: str) -> dict[str, Any]:
    """The account and amount that the record holds."""
    of_grant = source == "grant"
    state: ApplicationState | GrantState = await runtime.state(grant if of_grant else application, key)
    fen = state.granted_fen or 0 if isinstance(state, ApplicationState) else state.listed.amount_fen
    return {"account": state.account, "account_end": state.account_end, "amount_fen": fen}


async def _of_list(runtime: Runtime, state: PlanState, key: str) -> AsyncIterator[Sequence[PlanPayment]]:
    supported = (GrantRow.grant_list == state.opened.grant_list, GrantRow.status == "supported")
    unpaid = ~exists().where(col(PaymentRow.key) == col(GrantRow.key), col(PaymentRow.status) != "dropped")
    async for rows in chunks(runtime, GrantRow, *supported, unpaid):
        yield [_payment(state, key, row.key, row, row.name, row.amount_fen) for row in rows]


async def _of_item(runtime: Runtime, state: PlanState, key: str) -> AsyncIterator[Sequence[PlanPayment]]:
    approved = (ApplicationRow.item_code == state.opened.item_code, col(ApplicationRow.granted_fen) > 0)
    unpaid = col(ApplicationRow.payment).is_(null())  # nor on any plan: those of years are not decided on again
    settled = or_(col(ApplicationRow.announcement).is_(None), col(ApplicationRow.final))  # what is announced waits
    to = col(ApplicationRow.account).is_not(None)
    async for rows in chunks(runtime, ApplicationRow, *approved, unpaid, settled, to):
        codes = [row.enterprise for row in rows]
        known = await runtime.reads.all(
            KnownEnterpriseRow, select(KnownEnterpriseRow).where(col(KnownEnterpriseRow.uscc).in_(codes))
        )
        names = {row.uscc: row.name for row in known}
        yield [
            _payment(state, key, row.number, row, names.get(row.enterprise, row.enterprise), row.granted_fen)
            for row in rows
        ]


def _payment(state: PlanState, key: str, payment_id: str, row: Any, name: str, fen: int) -> PlanPayment:
    return PlanPayment(
        **about(state),
        payment_id=payment_id,
        plan=key,
        enterprise=row.enterprise,
        name=name,
        amount_fen=fen,
        account=row.account,
        account_end=row.account_end,
    )


async def figures(runtime: Runtime, key: str) -> Figures:
    """What stands on a plan, by status, up to what the record holds now."""
    await at_present(runtime)
    query = (
        select(PaymentRow.status, func.count(), func.coalesce(func.sum(col(PaymentRow.amount_fen)), 0))
        .where(PaymentRow.plan == key)
        .group_by(PaymentRow.status)
    )
    async with runtime.reads.session() as session:
        found = (await session.execute(query)).all()
    rows = {status: int(number) for status, number, _ in found}
    return Figures(rows=rows, fen={status: int(fen) for status, _, fen in found})


async def resubmit(runtime: Runtime, key: str, actor: Actor) -> Receipt:
    """Hands a plan in again with what is left on it."""
    found = await figures(runtime, key)
    return await runtime.execute(payment_plan, key, ResubmitPlan(**found.of("planned")), actor)


async def approve(runtime: Runtime, key: str, actor: Actor) -> Receipt:
    """Approves a plan, if it is still what was handed in."""
    found = await figures(runtime, key)
    return await runtime.execute(payment_plan, key, ApprovePlan(**found.of("planned")), actor)
