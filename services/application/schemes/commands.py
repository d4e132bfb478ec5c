"""Laying down a scheme, together with what there is of its period."""

from __future__ import annotations

from sqlmodel import col, func, select

from services.application.admission import Given
from services.application.decider.allotment import SetAllotment, allotment
from services.application.decider.allotment import key_of as allotment_of
from services.application.decider.scheme import SetScheme, scheme
from services.application.definition.process import Process
from services.application.definition.rules import Rules
from services.application.departments import unknown_of
from services.application.each import at_present
from services.application.readmodels.offers import OfferRow
from services.application.readmodels.track import ApplicationRow
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

OF_ITEM = ("item_code", "department", "procedure", "promised_days", "closes_on")
GIVEN_UP = ("not-accepted", "withdrawn", "revoked")


async def lay_down(
    runtime: Runtime, offer: OfferRow, rules: Rules, process: Process | None, actor: Actor, key: str | None
) -> Receipt:
    """The next version of an item's scheme, with the places and money of its period, or nothing. Raises `Refused`."""
    command = SetScheme(
        **{name: getattr(offer, name) for name in OF_ITEM},
        unknown=await unknown_of(runtime, _others(process, offer.department)),
        applied=await _applied(runtime, offer.item_code, rules.period),
        rules=rules,
        process=process,
    )
    commands: list[Given] = [(scheme, offer.item_code, command)]
    if rules.award == "first-come":  # ranked: places are shared when all have been scored
        of = {"item_code": offer.item_code, "period": rules.period}
        bounds = SetAllotment(**of, places=rules.places, budget_fen=rules.budget_fen)
        commands.append((allotment, allotment_of(**of), bounds))
    return (await runtime.execute_together(commands, actor, idempotency_key=key))[0]


def _others(process: Process | None, own: str) -> set[str]:
    """Departments of steps beside the item's own, which has published it."""
    steps = process.steps if process else ()
    return {code for step in steps for code in step.departments} - {own}


async def _applied(runtime: Runtime, item_code: str, period: str) -> int:
    await at_present(runtime)
    query = (
        select(func.count())
        .select_from(ApplicationRow)
        .where(ApplicationRow.item_code == item_code, ApplicationRow.period == period)
        .where(col(ApplicationRow.status).not_in(GIVEN_UP))
    )
    async with runtime.reads.session() as session:
        return int((await session.execute(query)).scalar_one())
