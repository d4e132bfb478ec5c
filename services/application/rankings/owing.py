"""What a confirmed ranking owes: its word to each application."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider import ConcludeRank, application
from services.application.decider.ranking import ConcludeRanking, RankingState, ranking
from services.application.each import CHUNK, do_all
from services.application.events.review import RankingConcluded, RankingConfirmed
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

RANKING = "ranking"


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """Settled by the event that concludes it."""
    match happened.event:
        case RankingConfirmed():
            return [Owed(RANKING, happened.at)]
        case RankingConcluded():
            return [Settled(RANKING)]
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Does what is owed; False where it is not a ranking's. Killed in its middle and begun anew, it does the rest."""
    if row.kind != RANKING:
        return False
    key = row.aggregate_id.partition("-")[2]
    state: RankingState = await runtime.state(ranking, key)
    entries = state.entries
    told = [
        (
            application,
            each.number,
            ConcludeRank(rank=each.rank, of=len(entries), granted=each.granted, amount_fen=each.amount_fen),
        )
        for each in entries
    ]
    for start in range(0, len(told), CHUNK):
        await do_all(runtime, told[start : start + CHUNK])
    await runtime.execute(ranking, key, ConcludeRanking())
    return True
