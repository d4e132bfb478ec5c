"""Making and confirming a ranking from what is scored now."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, func, select

from services.application.decider.ranking import Candidate, ConfirmRanking, MakeRanking, RankingState, ranking
from services.application.decider.scheme import SchemeState, scheme
from services.application.definition.rules import Period
from services.application.each import at_present
from services.application.readmodels.offers import OfferRow
from services.application.readmodels.track import ApplicationRow
from shared.calendar import civil_date
from shared.eventstore.decider import Because, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

UNFINISHED = ("submitted", "accepted")


class RankingForm(BaseModel):
    """Of which item and period."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"item_code": "gxj-2026-001", "period": "2026"}]}
    )

    item_code: str = Field(min_length=1, max_length=80)
    period: Period


def key_of(item_code: str, period: str) -> str:
    """One for each period of an item."""
    return f"{item_code}.{period}"


async def make_ranking(runtime: Runtime, form: RankingForm, actor: Actor) -> Receipt:
    """Ranks what is scored, by the rules of its period; made again it is made anew, until it is confirmed. Raises `Refused`."""
    offer = await runtime.reads.one(OfferRow, form.item_code)
    state: SchemeState | None = await runtime.state(scheme, form.item_code)
    if offer is None or state is None:
        raise Refused("application.scheme-unknown", "该事项没有办理方案，请核对事项编号。", because=Because.NOT_FOUND)
    rules = state.periods.get(form.period)
    if rules is None or rules.award != "ranked":
        title = f"该事项{form.period}期没有截止后排序的方案，请核对期次（现行方案为{state.rules.period}期）。"
        raise Refused("application.not-ranked", title, because=Because.INVALID)
    today = civil_date(runtime.clock.now())
    # Once the next period is laid down, nobody can apply for this one any more, whatever the window says by then.
    begun = form.period == state.rules.period
    command = MakeRanking(
        **{name: getattr(offer, name) for name in ("item_id", "item_code", "item_title", "department")},
        period=form.period,
        places=rules.places,
        budget_fen=rules.budget_fen,
        candidates=await _candidates(runtime, form.item_code, form.period),
        unfinished=await _unfinished(runtime, form),
        window_open=begun and offer.takes_more(today),
    )
    return await runtime.execute(ranking, key_of(form.item_code, form.period), command, actor)


async def confirm_ranking(runtime: Runtime, key: str, actor: Actor) -> Receipt:
    """By another hand, if nothing has changed since it was made. Raises `Refused`."""
    state: RankingState | None = await runtime.state(ranking, key)
    found = await _candidates(runtime, state.made.item_code, state.made.period) if state else ()
    command = ConfirmRanking(numbers=frozenset(each.number for each in found))
    return await runtime.execute(ranking, key, command, actor)


async def _candidates(runtime: Runtime, item_code: str, period: str) -> tuple[Candidate, ...]:
    await at_present(runtime)
    query = (
        select(ApplicationRow)
        .where(ApplicationRow.item_code == item_code, ApplicationRow.period == period)
        .where(ApplicationRow.status == "scored")
    )
    rows = sorted(await runtime.reads.all(ApplicationRow, query), key=lambda row: (row.submitted_at, row.number))
    return tuple(
        Candidate(number=row.number, score=row.score or 0.0, amount_fen=row.scored_fen or 0, order=order)
        for order, row in enumerate(rows)
    )


async def _unfinished(runtime: Runtime, form: RankingForm) -> int:
    query = (
        select(func.count())
        .select_from(ApplicationRow)
        .where(ApplicationRow.item_code == form.item_code, ApplicationRow.period == form.period)
        .where(col(ApplicationRow.status).in_(UNFINISHED))
    )
    async with runtime.reads.session() as session:
        return int((await session.execute(query)).scalar_one())
