"""What others hear of articles, comments, visits and assessment; and what policy does about what it hears."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.policy.decider.assessment import BeginAssessment, CountOutcome, EndAssessment
from services.policy.events import participation as events
from services.policy.participation import assessing
from services.policy.participation.people import place_of
from services.policy.publishing import publish
from shared.contracts import application, policy
from shared.contracts.base import Published, subject_of
from shared.contracts.samples import DEPARTMENT, sample_of
from shared.eventstore.events import Event, Recorded
from shared.readmodels.happened import Happened
from tests.services.policy.catalogue import CODE, KEY, OFFICER
from tests.services.policy.participation.examples import (
    ARTICLE,
    COMMENT,
    DAY,
    DOCUMENT,
    ENTERPRISE,
    ITEM,
    approved,
    drafted,
    published,
    submitted,
)

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_ITEM = {"title": "设备补助（样例）", "department": "gxj"}


def told(event: Event, aggregate: str = "article-x") -> Published | None:
    outgoing = publish(Recorded(aggregate, 1, AT, event, ENTERPRISE, "command-1"))
    return outgoing.event if outgoing else None


def test_an_article_is_announced_on_its_departments_subject_and_taken_down() -> None:
    outgoing = publish(Recorded(f"article-{ARTICLE}", 2, AT, published(), OFFICER, "command-1"))
    assert outgoing is not None
    assert outgoing.event == policy.ArticlePublished(
        article_id=ARTICLE, kind="interpretation", title="设备补助怎样申报（样例）", summary="说明对象和比例。",
        department="gxj", item_id=CODE, themes=("技术改造",),
    )  # fmt: skip
    assert subject_of(type(outgoing.event), outgoing.department) == "chengce.policy.article-published.gxj"
    amended = told(events.ArticleAmended(**dict(drafted(about=DOCUMENT)), revision=2, reason="补充。"))
    assert isinstance(amended, policy.ArticlePublished)
    assert (amended.revision, amended.document_id, amended.item_id) == (2, KEY, None)
    gone = events.ArticleWithdrawn(code=ARTICLE, kind="interpretation", department="gxj", reason="涉密。")
    assert told(gone) == policy.ArticleWithdrawn(article_id=ARTICLE, department="gxj")


def test_a_comment_is_announced_when_it_is_let_through_and_without_its_author() -> None:
    event = told(approved(), f"comment-{COMMENT}")
    assert event == policy.CommentPublished(
        comment_id=COMMENT, about_kind="item", about_id=CODE, about_title="设备补助（样例）", department="gxj",
        author="enterprise", text="旧设备能否申报？", submitted_on=DAY,
    )  # fmt: skip
    assert ENTERPRISE.subject not in event.model_dump_json()
    assert str(ENTERPRISE.enterprise) not in event.model_dump_json()
    rejected = events.CommentRejected(comment=COMMENT, about=ITEM, reason="含联系方式。", was_public=True)
    assert told(rejected) == policy.CommentWithdrawn(comment_id=COMMENT, department="gxj")


@pytest.mark.parametrize(
    "event",
    [
        drafted(),
        submitted(),
        events.CommentRejected(comment=COMMENT, about=ITEM, reason="重复。", was_public=False),
        events.CommentReplied(comment=COMMENT, about=ITEM, reply="可以。"),
        events.OutcomeCounted(code=CODE, **_ITEM, number="SB-1", outcome="rejected"),
        events.AssessmentAnswered(code=CODE, department="gxj", rules=("refused",), done="好。"),
    ],
)
def test_drafts_moderation_and_figures_are_nobody_elses_business(event: Event) -> None:
    assert told(event) is None


def test_visits_and_flags_are_announced() -> None:
    counts = (events.ViewCount(kind="item", key=CODE, department="gxj", views=3),)
    heard = told(events.ViewsCounted(day=DAY, counts=counts))
    assert heard == policy.ViewsCounted(
        day=DAY, counts=(policy.ViewCount(kind="item", key=CODE, department="gxj", views=3),)
    )
    finding = events.Finding(rule="refused", figures={"approved": 1}, sentence="样例。")
    flagged = told(events.ItemFlagged(code=CODE, **_ITEM, findings=(finding,)))
    assert flagged == policy.ItemFlagged(
        item_id=CODE, **_ITEM, findings=(policy.Finding(rule="refused", figures={"approved": 1}, sentence="样例。"),)
    )


def test_the_key_of_a_persons_day_tells_neither_the_person_nor_another_day() -> None:
    first = place_of("a-secret", "somebody", DAY)
    assert first == place_of("a-secret", "somebody", DAY)
    others = {
        place_of("a-secret", "somebody", date(2026, 3, 3)),
        place_of("a-secret", "another", DAY),
        place_of("another-secret", "somebody", DAY),
    }
    tags = {place.partition("-")[2] for place in (first, *others)}
    assert len(tags) == 4
    assert first.startswith("20260302-")


def heard(event: Published) -> list[object]:
    happened = Happened("policy", 1, None, "x", AT, event)
    return [intent.command for intent in assessing.react(happened)]


def test_items_are_watched_from_the_day_they_can_be_applied_for() -> None:
    sample = sample_of(policy.ItemPublished)
    named = {"code": sample.code, "title": sample.title, "department": DEPARTMENT}
    year_round = policy.WindowSpan(kind="year-round")
    later = policy.WindowSpan(kind="fixed", opens_on=date(2026, 4, 1), closes_on=date(2026, 6, 1))
    undecided = policy.WindowSpan(kind="undetermined")
    for change, expected in (
        ({"window": year_round}, DAY),
        ({"window": later}, date(2026, 4, 1)),
        ({"window": undecided}, None),
        ({"procedure": "no-application"}, None),
    ):
        command = BeginAssessment(**named, watched_from=expected)
        assert heard(sample.model_copy(update=change)) == [command]
    assert heard(sample_of(policy.ItemRepealed)) == heard(sample_of(policy.ItemWithdrawn)) == [EndAssessment()]


def test_applications_are_counted_by_what_becomes_of_them() -> None:
    sample = sample_of(application.ApplicationSubmitted)
    named = {
        "code": sample.item_id, "title": sample.item_title, "department": DEPARTMENT, "number": sample.number,
    }  # fmt: skip
    rejected = sample_of(application.ReviewCompleted).model_copy(update={"outcome": "rejected"})
    for event, outcome in (
        (sample, "submitted"),
        (rejected, "rejected"),
        (sample_of(application.ReviewCompleted), "approved"),
        (sample_of(application.ApplicationNotAccepted), "not-accepted"),
    ):
        assert heard(event) == [CountOutcome(**named, outcome=outcome)]
    assert heard(sample_of(application.ReviewOverdue)) == []
