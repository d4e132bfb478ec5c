"""What the room once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from services.application.events import grant as events
from shared.calendar import LimitClock
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor, Role
from tests.services.application.applications import CALENDAR, USCC
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj", source="127.0.0.1")
ITEM = {"item_id": "i", "item_code": "gxj-9", "item_title": "奖励（样例）", "department": "gxj", "period": "2026"}
GRANT = {**ITEM, "grant_list": "MS2026-5A3B1C2D", "enterprise": USCC, "name": "样例公司", "amount_fen": 5_000_000}
CLOCK = LimitClock.start(CALENDAR, 10, DAY)
OF_LIST: list[Event] = [
    events.GrantListOpened(**ITEM, term_days=10, basis="年度认定结果（样例）。", opened_on=DAY),
    events.GrantListSubmitted(**ITEM, rows=2, total_fen=10_000_000, by="officer"),
    events.GrantListReturned(**ITEM, reason="金额有误。"),
    events.GrantListAccepted(**ITEM, rows=2, total_fen=10_000_000, clock=CLOCK),
    events.GrantOffersMade(**ITEM, clock=CLOCK),
    events.GrantTermMoved(**ITEM, clock=CLOCK),
    events.GrantTermOver(**ITEM, confirmed=1, declined=0, lapsed=1),
    events.SupportListConfirmed(**ITEM, rows=1, total_fen=5_000_000, by="head"),
    events.SupportListConcluded(**ITEM),
]
OF_GRANT: list[Event] = [
    events.GrantListed(**GRANT, basis="认定。"),
    events.GrantUnlisted(**GRANT, reason="重复。"),
    events.GrantOffered(**GRANT, confirm_by=date(2026, 3, 16), provisional=False),
    events.GrantConfirmed(**GRANT, account="sealed", account_end="1234"),
    events.GrantDeclined(**GRANT, reason="不需要。"),
    events.GrantLapsed(**GRANT),
    events.GrantSupported(**GRANT, supported_on=DAY),
    events.GrantPayeeChanged(**GRANT, account="sealed", account_end="5678"),
]
EXPECTED = [
    Recorded(aggregate, 1, AT, event, OFFICER, f"command-{n}")
    for n, (aggregate, event) in enumerate(
        [
            *(("grantlist-MS2026-5A3B1C2D", each) for each in OF_LIST),
            *((f"grant-gxj-9.2026.{USCC}", each) for each in OF_GRANT),
        ],
        1,
    )
]


def test_every_stored_event_of_grants_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
