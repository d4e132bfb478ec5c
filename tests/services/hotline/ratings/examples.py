"""Ratings and who gives them, for the tests of the room."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.hotline.decider.rating import GiveRating
from services.hotline.events.rating import FollowUpBegun, Matter, RatingGiven
from shared.calendar import LimitClock, WorkingCalendar
from shared.security.actor import Actor, Role

USCC = "91320281000000019H"
DAY = date(2026, 3, 2)  # a Monday
ENTERPRISE = Actor(subject="applicant", roles=(Role.APPLICANT,), enterprise=USCC)
OTHER_ENTERPRISE = Actor(subject="other", roles=(Role.APPLICANT,), enterprise="91320281000000027C")
REVIEWER = Actor(subject="reviewer", roles=(Role.REVIEWER,), department="gxj")
VISITOR = Actor(subject="visitor")
TAGS = ("办事效率高", "办理太慢")


def matter(**changes: Any) -> Matter:
    """An application of gxj's that was decided."""
    fields = {
        "kind": "application",
        "key": "a-1",
        "title": "设备补助（样例）",
        "department": "gxj",
        "enterprise": USCC,
        "item": "SX-1",
        "finished_on": DAY,
    }
    return Matter(**fields | changes)


def give(grade: int = 1, **changes: Any) -> GiveRating:
    """The command that rates it."""
    fields = {"matter": matter(), "grade": grade, "text": "等了很久。", "known_tags": TAGS, "follow_up_days": 5}
    return GiveRating(**fields | changes)


def given_rating(grade: int = 1, **changes: Any) -> RatingGiven:
    """What it leads to."""
    fields = {
        "matter": matter(), "grade": grade, "anonymous": False, "tags": (), "text": "等了很久。",
        "channel": "platform", "open": True, "given_on": DAY,
    }  # fmt: skip
    return RatingGiven(**fields | changes)


def begun(days: int = 5, **changes: Any) -> FollowUpBegun:
    """The follow-up of it; begun on Monday 2 March, five working days end on Monday 9 March."""
    calendar = WorkingCalendar.announced()
    fields = {
        "matter": matter(), "grade": 1, "anonymous": False,
        "clock": LimitClock.start(calendar, days, DAY), "warn_on": date(2026, 3, 6),
    }  # fmt: skip
    return FollowUpBegun(**fields | changes)
