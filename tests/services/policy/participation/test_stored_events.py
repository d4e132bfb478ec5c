"""What participation once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from services.policy.events import participation as events
from shared.eventstore.events import Event, Recorded
from tests.services.policy.catalogue import CODE, OFFICER
from tests.services.policy.participation.examples import (
    ARTICLE,
    COMMENT,
    DAY,
    ENTERPRISE,
    ITEM,
    PLACE,
    approved,
    drafted,
    published,
    submitted,
)
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_ITEM = {"code": CODE, "title": "设备补助（样例）", "department": "gxj"}
_FINDING = events.Finding(
    rule="refused",
    figures={"approved": 4, "rejected": 6, "not-accepted": 1},
    sentence="已有结果的11件申报中，7件未获受理或通过，占63%，超过50%。",
)
EVENTS: list[tuple[str, Event]] = [
    (f"article-{ARTICLE}", drafted()),
    (f"article-{ARTICLE}", published()),
    (f"article-{ARTICLE}", events.ArticleAmended(**dict(drafted(body="三、时间。")), revision=2, reason="补充时间。")),
    (
        f"article-{ARTICLE}",
        events.ArticleWithdrawn(code=ARTICLE, kind="interpretation", department="gxj", reason="有误。"),
    ),
    (f"comments-{PLACE}", submitted()),
    (f"comment-{COMMENT}", approved()),
    (f"comment-{COMMENT}", events.CommentReplied(comment=COMMENT, about=ITEM, reply="可以。")),
    (f"comment-{COMMENT}", events.CommentRejected(comment=COMMENT, about=ITEM, reason="含联系方式。", was_public=True)),
    (
        f"views-{DAY}",
        events.ViewsCounted(day=DAY, counts=(events.ViewCount(kind="item", key=CODE, department="gxj", views=3),)),
    ),
    (
        f"assessment-{CODE}",
        events.AssessmentBegun(**_ITEM, watched_from=DAY, uptake_due_on=date(2026, 5, 28), provisional=False),
    ),
    (f"assessment-{CODE}", events.OutcomeCounted(**_ITEM, number="SB-2026-0001", outcome="rejected")),
    (f"assessment-{CODE}", events.ItemFlagged(**_ITEM, findings=(_FINDING,))),
    (
        f"assessment-{CODE}",
        events.AssessmentAnswered(code=CODE, department="gxj", rules=("refused",), done="已简化申报材料。"),
    ),
    (f"assessment-{CODE}", events.AssessmentEnded(code=CODE, department="gxj")),
]
EXPECTED = [
    Recorded(
        aggregate, 1, AT, event, ENTERPRISE if isinstance(event, events.CommentSubmitted) else OFFICER, f"command-{n}"
    )
    for n, (aggregate, event) in enumerate(EVENTS, 1)
]


def test_every_stored_event_of_participation_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
