"""What matching owes when; rows of the book, so that a crash forgets nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from services.policy.decider.matching import matching
from services.policy.events.catalogue import ItemAmended, ItemPublished, ItemRepealed
from services.policy.events.matching import (
    ClosingReminded,
    DayMatched,
    DigestDue,
    ItemMatched,
    MatchesFound,
    NamedConditionDefined,
)
from services.policy.matching.digests import send_digest
from services.policy.matching.pushing import DAYS, match_day, match_item, remind
from shared.calendar import SHANGHAI, civil_date, start_of
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime

MATCH, DAY, REMIND, DIGEST = "match", "match-day", "remind", "digest"
REMIND_DAYS = 7  # civil days before a window closes
MORNING = time(9)  # Asia/Shanghai; nobody is told of a digest or a closing at night


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """Items are matched at once when they are published or amended; all open ones again when a day begins."""
    match happened.event:
        case ItemPublished() | ItemAmended() as event:
            return list(_of_item(event, happened))
        case ItemRepealed(code=code):
            return [Settled(REMIND, of=matching.id_of(code))]
        case ItemMatched(revision=revision):
            return [Settled(f"{MATCH}-{revision}")]
        case ClosingReminded():
            return [Settled(REMIND)]
        case DayMatched():
            return [Owed(DAY, start_of(civil_date(happened.at) + timedelta(days=1)))]
        case NamedConditionDefined(version=version) if version > 1:
            return [Owed(DAY, happened.at, of=matching.id_of(DAYS))]
        case MatchesFound(digest=digest):
            at = next_morning(happened.at)
            return [Owed(DIGEST, at, of=f"interest-{uscc}") for uscc in digest]
        case DigestDue():
            return [Settled(DIGEST)]
    return []


def _of_item(event: ItemPublished | ItemAmended, happened: Happened) -> Iterator[Owed | Settled]:
    of = matching.id_of(event.code)
    if event.document.disclosure != "public":
        yield Settled(REMIND, of=of)
        return
    revision = event.revision if isinstance(event, ItemAmended) else 1
    if event.eligibility is not None:
        yield Settled(f"{MATCH}-{revision - 1}", of=of)
        yield Owed(f"{MATCH}-{revision}", happened.at, of=of)
        yield Owed(DAY, start_of(civil_date(happened.at) + timedelta(days=1)), of=matching.id_of(DAYS))
    closes_on = event.window.closes_on
    if event.eligibility is not None and closes_on is not None and closes_on >= civil_date(happened.at):
        yield Owed(REMIND, max(_morning(closes_on - timedelta(days=REMIND_DAYS)), happened.at), of=of)
    else:
        yield Settled(REMIND, of=of)


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING, SHANGHAI)


def next_morning(instant: datetime) -> datetime:
    """The next nine o'clock in Shanghai after an instant."""
    morning = _morning(civil_date(instant))
    return morning if morning > instant else _morning(civil_date(instant) + timedelta(days=1))


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Does what is owed; False where it is not matching's."""
    key = row.aggregate_id.partition("-")[2]
    match row.kind.partition("-"):
        case ("remind", _, _):
            await remind(runtime, key)
        case ("digest", _, _):
            await send_digest(runtime, key)
        case ("match", _, "day"):
            await match_day(runtime)
        case ("match", _, revision):
            await match_item(runtime, key, int(revision))
        case _:
            return False
    return True
