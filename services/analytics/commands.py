"""What analytics does when asked."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from sqlmodel import col, select

from services.analytics.decider import PublishBulletin, bulletin
from services.analytics.events import DepartmentFigures
from services.analytics.readmodels.daily import DailyRow
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor


async def publish_bulletin(
    runtime: Runtime, actor: Actor, number: str, first_day: date, last_day: date, key: str | None
) -> Receipt:
    """Freezes the figures that the read model shows for these days. Raises `Refused`."""
    query = select(DailyRow).where(col(DailyRow.day) >= first_day, col(DailyRow.day) <= last_day)
    figures: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in await runtime.reads.all(DailyRow, query):
        figures[row.department][row.metric] += row.n
    departments = tuple(
        DepartmentFigures(department=d, figures=dict(sorted(f.items()))) for d, f in sorted(figures.items())
    )
    command = PublishBulletin(number=number, first_day=first_day, last_day=last_day, departments=departments)
    return await runtime.execute(bulletin, number, command, actor, idempotency_key=key)
