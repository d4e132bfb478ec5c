"""Articles, comments, visits and assessment: given, when, then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from services.policy.decider.article import PublishArticle, WithdrawArticle, article
from services.policy.decider.assessment import (
    AnswerAssessment,
    BeginAssessment,
    CountOutcome,
    EndAssessment,
    HearHotSpot,
    LookAtUptake,
    assessment,
)
from services.policy.decider.comment import (
    MOST_A_DAY,
    ApproveComment,
    RejectComment,
    ReplyToComment,
    comment,
    comment_id,
    comments,
)
from services.policy.decider.views import CountViews, views
from services.policy.events.participation import (
    ArticleAmended,
    ArticleWithdrawn,
    AssessmentAnswered,
    AssessmentBegun,
    AssessmentEnded,
    CommentRejected,
    CommentReplied,
    Finding,
    ItemFlagged,
    Outcome,
    OutcomeCounted,
    ViewCount,
    ViewsCounted,
)
from shared.calendar import SHANGHAI
from shared.eventstore.decider import Because
from shared.eventstore.events import Event
from shared.security.actor import Actor
from tests.services.policy.catalogue import BUREAU, CODE, HEAD, OF_ANOTHER, OFFICER
from tests.services.policy.participation.examples import (
    ARTICLE,
    COMMENT,
    DAY,
    DOCUMENT,
    ENTERPRISE,
    ITEM,
    PERSON,
    PLACE,
    WITHHELD,
    amend,
    approved,
    draft,
    drafted,
    published,
    submit,
    submitted,
)
from tests.support.deciding import Outcome as Decided
from tests.support.deciding import given

# Articles


def test_an_article_is_drafted_by_its_department_and_the_same_draft_again_is_nothing_new() -> None:
    given(article).when(draft(), actor=OFFICER).then(drafted())
    given(article, drafted()).when(draft(), actor=HEAD).then()
    given(article, drafted()).when(draft(title="新题"), actor=BUREAU).then(drafted(title="新题"))
    given(article).when(draft(), actor=OF_ANOTHER).refused("policy.not-your-department")
    given(article).when(draft(), actor=PERSON).refused("policy.not-your-department")


def test_a_code_belongs_to_the_department_that_used_it_first() -> None:
    theirs = draft(department="kjj", kind="special")
    given(article, drafted()).when(theirs, actor=OF_ANOTHER).refused("policy.article-exists", ["department"])


def test_an_interpretation_says_of_what_and_is_written_by_who_made_it() -> None:
    given(article).when(draft(about=None), actor=OFFICER).refused("policy.article-invalid", ["about"])
    special = draft(about=None, kind="special")
    given(article).when(special, actor=OFFICER).then(drafted(about=None, kind="special"))
    theirs = draft(department="kjj")
    refusal = given(article).when(theirs, actor=OF_ANOTHER).refused("policy.article-invalid")
    assert [error.code for error in refusal.errors] == ["not-yours"]
    given(article).when(theirs.model_copy(update={"kind": "special"}), actor=OF_ANOTHER).then(
        drafted(department="kjj", kind="special")
    )


def test_what_another_department_withholds_is_unknown_to_an_author() -> None:
    theirs = draft(department="kjj", kind="special", about=WITHHELD)
    refusal = given(article).when(theirs, actor=OF_ANOTHER).refused("policy.article-invalid")
    assert [error.code for error in refusal.errors] == ["unknown"]


def test_an_article_is_published_once_about_its_subject_as_it_is_then() -> None:
    renamed = ITEM.model_copy(update={"title": "改名（样例）"})
    given(article, drafted()).when(PublishArticle(about=renamed), actor=OFFICER).then(published(about=renamed))
    given(article, drafted(), published()).when(PublishArticle(about=ITEM), actor=OFFICER).then()
    given(article).when(PublishArticle(), actor=OFFICER).refused("policy.article-unknown")


@pytest.mark.parametrize(("about", "code"), [(WITHHELD, "withheld"), (None, "unknown")])
def test_nothing_is_published_about_what_is_withheld_or_gone(about: object, code: str) -> None:
    refusal = (
        given(article, drafted()).when(PublishArticle(about=about), actor=OFFICER).refused("policy.article-invalid")
    )
    assert [error.code for error in refusal.errors] == [code]


def test_everything_that_an_article_lacks_is_named_at_once() -> None:
    empty = drafted(title="", summary=" ", body="")
    when = given(article, empty).when(PublishArticle(about=WITHHELD), actor=OFFICER)
    when.refused("policy.article-invalid", ["title", "summary", "body", "about"])


def test_an_amendment_rests_on_the_last_revision_has_a_reason_and_changes_something() -> None:
    past = (drafted(), published())
    changed = ArticleAmended(**dict(drafted(body="三、时间。")), revision=2, reason="补充时间。")
    given(article, *past).when(amend(), actor=OFFICER).then(changed)
    given(article, *past).when(amend(expected_revision=2), actor=OFFICER).refused(
        "policy.revision-moved", ["expected_revision"]
    )
    wrong = amend(reason=" ", title="", kind="special", department="kjj")
    given(article, *past).when(wrong, actor=OFFICER).refused(
        "policy.article-invalid", ["kind", "department", "reason", "title"]
    )
    same = amend(body="一、对象。二、比例。")
    given(article, *past).when(same, actor=OFFICER).refused("policy.nothing-changed")
    given(article, drafted()).when(amend(), actor=OFFICER).refused("policy.article-not-public")


def test_an_article_is_withdrawn_with_a_reason_and_can_be_published_again() -> None:
    past = (drafted(), published())
    gone = ArticleWithdrawn(code=ARTICLE, kind="interpretation", department="gxj", reason="有误。")
    given(article, *past).when(WithdrawArticle(reason="有误。"), actor=OFFICER).then(gone)
    given(article, *past).when(WithdrawArticle(), actor=OFFICER).refused("policy.article-invalid", ["reason"])
    given(article, *past, gone).when(WithdrawArticle(reason="有误。"), actor=OFFICER).then()
    given(article, *past, gone).when(PublishArticle(about=ITEM), actor=OFFICER).then(published(revision=2))
    given(article, *past).when(draft(title="另题"), actor=OFFICER).refused("policy.article-exists", ["code"])


# Comments


def test_a_user_comments_and_who_it_was_is_not_in_the_event() -> None:
    given(comments).when(submit(), actor=ENTERPRISE).then(submitted())
    given(comments).when(submit(), actor=PERSON).then(submitted().model_copy(update={"author": "individual"}))
    given(comments, submitted()).when(submit(), actor=ENTERPRISE).then()
    given(comments).when(submit(text=" "), actor=ENTERPRISE).refused("policy.comment-invalid", ["text"])
    given(comments).when(submit(), actor=OFFICER).refused("policy.comment-by-users-only")
    refusal = given(comments).when(submit(about=WITHHELD), actor=PERSON).refused("platform.not-found")
    assert refusal.because is Because.NOT_FOUND


def test_the_eleventh_comment_of_a_day_waits_for_tomorrow() -> None:
    ten = [submitted(number, f"意见{number}") for number in range(1, MOST_A_DAY + 1)]
    given(comments, *ten[:-1]).when(submit(text=f"意见{MOST_A_DAY}"), actor=ENTERPRISE).then(ten[-1])
    given(comments, *ten).when(submit(text="又一条"), actor=ENTERPRISE).refused("policy.too-many-comments", ["text"])
    given(comments, *ten).when(submit(text="意见3"), actor=ENTERPRISE).then()


def test_names_of_comments_do_not_show_that_one_person_wrote_them() -> None:
    names = [comment_id(PLACE, number) for number in range(1, 11)]
    assert len({name[:6] for name in names}) == 10
    assert not any(PLACE.partition("-")[2][:8] in name for name in names)


def test_the_department_approves_rejects_with_a_reason_and_replies() -> None:
    approve = ApproveComment(submitted=submitted(), public=True)
    given(comment).when(approve, actor=HEAD).then(approved())
    given(comment, approved()).when(approve, actor=HEAD).then()
    for somebody in (OF_ANOTHER, ENTERPRISE):
        given(comment).when(approve, actor=somebody).refused("policy.not-your-department")
    rejected = CommentRejected(comment=COMMENT, about=ITEM, reason="含联系方式。", was_public=False)
    reject = RejectComment(submitted=submitted(), reason="含联系方式。")
    given(comment).when(reject, actor=OFFICER).then(rejected)
    given(comment, rejected).when(reject, actor=OFFICER).then()
    given(comment, rejected).when(approve, actor=OFFICER).then(approved())
    taken_back = rejected.model_copy(update={"was_public": True})
    given(comment, approved()).when(reject, actor=OFFICER).then(taken_back)
    nothing = RejectComment(submitted=submitted(), reason=" ")
    given(comment).when(nothing, actor=OFFICER).refused("policy.comment-invalid", ["reason"])
    reply = ReplyToComment(submitted=submitted(), reply="可以。")
    replied = CommentReplied(comment=COMMENT, about=ITEM, reply="可以。")
    given(comment).when(reply, actor=OFFICER).refused("policy.comment-not-public")
    given(comment, approved()).when(reply, actor=OFFICER).then(replied)
    given(comment, approved(), replied).when(reply, actor=OFFICER).then()
    empty = ReplyToComment(submitted=submitted(), reply=" ")
    given(comment, approved()).when(empty, actor=OFFICER).refused("policy.comment-invalid", ["reply"])


def test_a_comment_on_what_became_withheld_is_not_let_through() -> None:
    command = ApproveComment(submitted=submitted(), public=False)
    given(comment).when(command, actor=OFFICER).refused("policy.subject-withheld")


# Visits


def test_only_what_was_looked_at_is_kept() -> None:
    seen = ViewCount(kind="item", key=CODE, department="gxj", views=3)
    nobody = ViewCount(kind="document", key=DOCUMENT.key, department="gxj", views=0)
    given(views).when(CountViews(day=DAY, counts=(seen, nobody))).then(ViewsCounted(day=DAY, counts=(seen,)))
    given(views).when(CountViews(day=DAY, counts=(nobody,))).then()


# Assessment

NAMED = {"code": CODE, "title": "设备补助（样例）", "department": "gxj"}
BEGIN = BeginAssessment(**NAMED, watched_from=DAY)
LAST = date(2026, 5, 28)  # the 60th working day after 2 March 2026: Qingming and Labour Day in between
BEGUN = AssessmentBegun(**NAMED, watched_from=DAY, uptake_due_on=LAST, provisional=False)
AFTER = datetime(2026, 5, 29, 0, 1, tzinfo=SHANGHAI)


def counted(number: int, outcome: Outcome) -> OutcomeCounted:
    return OutcomeCounted(**NAMED, number=f"SB-{number}", outcome=outcome)


def count(number: int, outcome: Outcome) -> CountOutcome:
    return CountOutcome(**NAMED, number=f"SB-{number}", outcome=outcome)


def outcomes(approved: int, rejected: int, not_accepted: int = 0) -> list[Event]:
    kinds: Sequence[Outcome] = ["approved"] * approved + ["rejected"] * rejected + ["not-accepted"] * not_accepted
    return [counted(number, kind) for number, kind in enumerate(kinds)]


def flagged(when: Decided) -> list[Finding]:
    return [finding for event in when.events if isinstance(event, ItemFlagged) for finding in event.findings]


def test_an_item_is_watched_for_sixty_working_days() -> None:
    given(assessment).when(BEGIN).then(BEGUN)
    given(assessment, BEGUN).when(BEGIN).then()
    unwatched = BEGUN.model_copy(update={"watched_from": None, "uptake_due_on": None})
    given(assessment).when(BEGIN.model_copy(update={"watched_from": None})).then(unwatched)
    given(assessment, counted(1, "submitted")).when(BEGIN).then(unwatched)


def test_an_item_that_nobody_applied_for_is_flagged_once() -> None:
    (finding,) = flagged(given(assessment, BEGUN).when(LookAtUptake(), at=AFTER))
    assert (finding.rule, finding.figures) == ("no-application", {"submitted": 0})
    raised = ItemFlagged(**NAMED, findings=(finding,))
    given(assessment, BEGUN, raised).when(LookAtUptake(), at=AFTER).then()
    given(assessment, BEGUN, counted(1, "submitted")).when(LookAtUptake(), at=AFTER).then()
    given(assessment, BEGUN, AssessmentEnded(code=CODE, department="gxj")).when(LookAtUptake(), at=AFTER).then()
    early = BEGUN.model_copy(update={"uptake_due_on": LAST - timedelta(days=7)})
    given(assessment, early).when(LookAtUptake(), at=AFTER - timedelta(days=7)).then(BEGUN)


def test_a_hot_spot_of_tickets_on_the_item_is_flagged_once_until_it_is_answered() -> None:
    command = HearHotSpot(code=CODE, about="申报入口打不开（样例）", tickets=6, days=14)
    given(assessment).when(command).then()  # no item of ours
    (finding,) = flagged(given(assessment, BEGUN).when(command))
    assert (finding.rule, finding.figures) == ("hot-spot", {"tickets": 6})
    raised = ItemFlagged(**NAMED, findings=(finding,))
    given(assessment, BEGUN, raised).when(command.model_copy(update={"tickets": 12})).then()
    given(assessment, BEGUN, AssessmentEnded(code=CODE, department="gxj")).when(command).then()


def test_an_application_counts_once_whatever_is_heard_again() -> None:
    given(assessment).when(count(1, "submitted")).then(counted(1, "submitted"))
    given(assessment, counted(1, "submitted")).when(count(1, "submitted")).then()
    given(assessment, counted(1, "submitted")).when(count(1, "rejected")).then(counted(1, "rejected"))
    given(assessment, counted(1, "rejected")).when(count(1, "rejected")).then()
    given(assessment, counted(1, "rejected")).when(count(1, "submitted")).then()


@pytest.mark.parametrize(
    ("before", "outcome", "expected"),
    [
        ((4, 5), "rejected", {"approved": 4, "rejected": 6, "not-accepted": 0}),
        ((4, 3, 2), "not-accepted", {"approved": 4, "rejected": 3, "not-accepted": 3}),
        ((5, 4), "rejected", None),  # half of them is not more than half
        ((0, 8), "rejected", None),  # nine are too few to say
        ((0, 9), "approved", {"approved": 1, "rejected": 9, "not-accepted": 0}),
    ],
)
def test_an_item_is_flagged_when_more_than_half_of_at_least_ten_are_refused(
    before: tuple[int, ...], outcome: Outcome, expected: dict[str, int] | None
) -> None:
    findings = flagged(given(assessment, *outcomes(*before)).when(count(99, outcome)))
    assert [(each.rule, each.figures) for each in findings] == ([("refused", expected)] if expected else [])


@pytest.mark.parametrize(("well", "bad", "found"), [(2, 1, False), (3, 1, True), (5, 1, False), (7, 2, True)])
def test_an_item_is_flagged_when_thirty_percent_of_at_least_five_ratings_are_bad(
    well: int, bad: int, found: bool
) -> None:
    """Judged with one more bad rating: of 4, 5, 7 and 10 ratings 2, 2, 2 and 3 are bad."""
    kinds: Sequence[Outcome] = ["rated-well"] * well + ["rated-bad"] * bad
    past = [counted(number, kind) for number, kind in enumerate(kinds)]
    findings = flagged(given(assessment, *past).when(count(99, "rated-bad")))
    assert [each.rule for each in findings] == (["rated-bad"] if found else [])


def test_a_rating_counts_once_and_is_no_application() -> None:
    given(assessment, counted(1, "rejected")).when(count(1, "rated-bad")).then(counted(1, "rated-bad"))
    given(assessment, counted(1, "rated-bad")).when(count(1, "rated-well")).then()
    (finding,) = flagged(given(assessment, BEGUN, counted(1, "rated-bad")).when(LookAtUptake(), at=AFTER))
    assert finding.rule == "no-application"


def test_it_is_flagged_again_only_after_an_answer_and_by_new_figures() -> None:
    past = outcomes(0, 10)
    finding = Finding(rule="refused", figures={}, sentence="样例。")
    raised = ItemFlagged(**NAMED, findings=(finding,))
    given(assessment, *past, raised).when(count(99, "rejected")).then(counted(99, "rejected"))
    answered = AssessmentAnswered(code=CODE, department="gxj", rules=("refused",), done="已简化。")
    answer = AnswerAssessment(done="已简化。")
    given(assessment, *past, raised).when(answer, actor=OFFICER).then(answered)
    given(assessment, *past, raised, answered).when(count(99, "rejected")).then(counted(99, "rejected"))
    again = [counted(100 + number, "rejected") for number in range(9)]
    assert flagged(given(assessment, *past, raised, answered, *again).when(count(99, "rejected")))


def test_only_its_department_answers_what_was_found_and_says_something() -> None:
    raised = ItemFlagged(**NAMED, findings=(Finding(rule="refused", figures={}, sentence="样例。"),))
    past = given(assessment, BEGUN, raised)
    somebody: Actor
    for somebody in (OF_ANOTHER, ENTERPRISE):
        past.when(AnswerAssessment(done="好。"), actor=somebody).refused("policy.not-your-department")
    past.when(AnswerAssessment(done=" "), actor=OFFICER).refused("policy.answer-invalid", ["done"])
    given(assessment, BEGUN).when(AnswerAssessment(done="好。"), actor=OFFICER).refused("policy.nothing-flagged")
    given(assessment).when(AnswerAssessment(done="好。"), actor=OFFICER).refused("policy.assessment-unknown")


def test_of_an_item_that_is_no_longer_offered_nothing_is_found() -> None:
    ended = AssessmentEnded(code=CODE, department="gxj")
    given(assessment, BEGUN).when(EndAssessment()).then(ended)
    given(assessment, BEGUN, ended).when(EndAssessment()).then()
    given(assessment).when(EndAssessment()).then()
    assert not flagged(given(assessment, BEGUN, *outcomes(0, 9), ended).when(count(99, "rejected")))
    given(assessment, BEGUN, ended).when(BEGIN).then(BEGUN)
