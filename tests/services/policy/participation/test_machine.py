"""Articles, comments and assessments, whoever does whatever in whatever order: what always holds of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from services.policy.decider.article import PublishArticle, WithdrawArticle, article
from services.policy.decider.assessment import (
    AnswerAssessment,
    BeginAssessment,
    CountOutcome,
    EndAssessment,
    LookAtUptake,
    assessment,
)
from services.policy.decider.comment import (
    MOST_A_DAY,
    ApproveComment,
    RejectComment,
    ReplyToComment,
    comment,
    comments,
)
from services.policy.decider.rights import EDITORS
from services.policy.events.participation import (
    ArticleAmended,
    ArticlePublished,
    ArticleWithdrawn,
    AssessmentAnswered,
    CommentApproved,
    CommentRejected,
    CommentReplied,
    ItemFlagged,
    OutcomeCounted,
    SubjectRef,
)
from shared.calendar import civil_date
from shared.eventstore.decider import Refused
from shared.security.actor import Actor, Role
from tests.services.policy.catalogue import BUREAU, CODE, HEAD, OF_ANOTHER, OFFICER
from tests.services.policy.participation.examples import (
    DOCUMENT,
    ENTERPRISE,
    ITEM,
    PERSON,
    WITHHELD,
    amend,
    draft,
    submit,
    submitted,
)
from tests.support.living import WALKS, Life

actors = st.sampled_from([OFFICER, HEAD, BUREAU, OF_ANOTHER, ENTERPRISE, PERSON])
subjects = st.sampled_from([None, ITEM, DOCUMENT, WITHHELD])
texts = st.sampled_from(["", "设备怎样申报（样例）", "另题（样例）"])


class ArticleLife(Life):
    """One code, whose subject is now public and now not."""

    decider = article

    @rule(actor=actors, about=subjects, title=texts, kind=st.sampled_from(["interpretation", "special"]))
    def it_is_drafted(self, actor: Actor, **changes: Any) -> None:
        self.give(draft(**changes), actor)

    @rule(actor=actors, about=subjects)
    def it_is_published(self, actor: Actor, about: SubjectRef | None) -> None:
        self.give(PublishArticle(about=about), actor)

    @rule()
    def it_is_drafted_and_published_as_it_should_be(self) -> None:
        self.give(draft(), OFFICER)
        self.give(PublishArticle(about=ITEM), OFFICER)

    @rule(actor=actors, about=subjects, title=texts, moved=st.integers(-1, 1), reason=st.sampled_from(["", "更正。"]))
    def it_is_amended(self, actor: Actor, moved: int, **changes: Any) -> None:
        revision = (self.state.revision if self.state else 0) + moved
        self.give(amend(expected_revision=revision, **changes), actor)

    @rule(actor=actors, reason=st.sampled_from(["", "有误。"]))
    def it_is_withdrawn(self, actor: Actor, reason: str) -> None:
        self.give(WithdrawArticle(reason=reason), actor)

    @invariant()
    def nothing_is_public_about_what_was_withheld(self) -> None:
        for kind in (ArticlePublished, ArticleAmended):
            for each in self.of(kind):
                assert each.event.about is None or each.event.about.public
                assert each.event.kind == "special" or each.event.about is not None
                assert all((each.event.title, each.event.summary, each.event.body))

    @invariant()
    def revisions_count_and_public_is_what_was_said_last(self) -> None:
        shown = [each.event for each in self.happened if isinstance(each.event, (ArticlePublished, ArticleAmended))]
        assert [event.revision for event in shown] == list(range(1, len(shown) + 1))
        turns = [
            isinstance(each.event, ArticlePublished)
            for each in self.happened
            if isinstance(each.event, (ArticlePublished, ArticleWithdrawn))
        ]
        assert all(now is (number % 2 == 0) for number, now in enumerate(turns)), "public twice, or withdrawn twice"
        assert self.state is None or self.state.public == bool(turns and turns[-1])

    @invariant()
    def only_its_department_or_the_bureau_writes_it(self) -> None:
        for each in self.happened:
            assert each.context.actor in (OFFICER, HEAD, BUREAU)


class CommentsLife(Life):
    """One person's day."""

    decider = comments

    @rule(actor=actors, about=st.sampled_from([ITEM, DOCUMENT, WITHHELD]), number=st.integers(0, 12))
    def somebody_comments(self, actor: Actor, about: SubjectRef, number: int) -> None:
        self.give(submit(text="" if number == 0 else f"意见{number}", about=about), actor)

    @invariant()
    def there_are_at_most_ten_different_ones_by_users_about_public_things(self) -> None:
        assert len(self.happened) <= MOST_A_DAY
        said = [(each.event.about.kind, each.event.text) for each in self.happened]
        assert len(said) == len(set(said))
        assert len({each.event.comment for each in self.happened}) == len(said)
        for each in self.happened:
            assert each.context.actor.has(Role.APPLICANT)
            assert each.event.about.public
            assert each.context.actor.subject not in each.event.model_dump_json()


class CommentLife(Life):
    """What becomes of one comment."""

    decider = comment

    @rule(actor=actors, public=st.booleans())
    def it_is_approved(self, actor: Actor, public: bool) -> None:
        self.give(ApproveComment(submitted=submitted(), public=public), actor)

    @rule(actor=actors, reason=st.sampled_from(["", "含联系方式。", "重复。"]))
    def it_is_rejected(self, actor: Actor, reason: str) -> None:
        self.give(RejectComment(submitted=submitted(), reason=reason), actor)

    @rule(actor=actors, text=st.sampled_from(["", "可以。", "不可以。"]))
    def it_is_answered(self, actor: Actor, text: str) -> None:
        self.give(ReplyToComment(submitted=submitted(), reply=text), actor)

    @invariant()
    def it_is_let_through_and_taken_back_in_turn_by_its_department(self) -> None:
        public = False
        for each in self.happened:
            match each.event:
                case CommentApproved():
                    assert not public
                    assert each.command.public
                    public = True
                case CommentRejected(was_public=was_public, reason=reason):
                    assert was_public is public
                    assert reason
                    public = False
                case CommentReplied(reply=reply):
                    assert public
                    assert reply
            assert each.context.actor.has(*EDITORS)
            assert each.context.actor.of_department("gxj")
        assert self.state is None or (self.state.status == "approved") is public


class AssessmentLife(Life):
    """One item, whose applications come to something as days go by."""

    decider = assessment

    @rule(days=st.integers(1, 60))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days)

    @rule(watched=st.booleans())
    def it_is_published_or_amended(self, watched: bool) -> None:
        watched_from = civil_date(self.now) if watched else None
        named = {"code": CODE, "title": "设备补助（样例）", "department": "gxj"}
        self.give(BeginAssessment(**named, watched_from=watched_from), OFFICER)

    @rule(
        first=st.integers(0, 40),
        many=st.integers(1, 12),
        outcome=st.sampled_from(["submitted", "approved", "rejected", "rejected", "not-accepted"]),
    )
    def applications_come_to_something(self, first: int, many: int, outcome: Any) -> None:
        for number in range(first, first + many):
            named = {"code": CODE, "title": "设备补助（样例）", "department": "gxj"}
            self.give(CountOutcome(**named, number=f"SB-{number}", outcome=outcome), OFFICER)

    @rule()
    def the_day_comes(self) -> None:
        self.give(LookAtUptake(), OFFICER)

    @rule(actor=actors, done=st.sampled_from(["", "已简化材料。"]))
    def somebody_answers(self, actor: Actor, done: str) -> None:
        outcome = self.give(AnswerAssessment(done=done), actor)
        if actor in (OF_ANOTHER, ENTERPRISE, PERSON):
            assert isinstance(outcome, Refused)

    @rule()
    def it_is_repealed(self) -> None:
        self.give(EndAssessment(), OFFICER)

    @invariant()
    def an_application_is_decided_once(self) -> None:
        decided = [each.event.number for each in self.of(OutcomeCounted) if each.event.outcome != "submitted"]
        assert len(decided) == len(set(decided))

    @invariant()
    def a_rule_is_raised_once_until_it_is_answered_and_with_figures_that_hold(self) -> None:
        waiting: set[str] = set()
        figures: dict[str, int] = {}
        for each in self.happened:
            match each.event:
                case OutcomeCounted(outcome=outcome):
                    figures[outcome] = figures.get(outcome, 0) + 1
                case ItemFlagged(findings=findings):
                    rules = {finding.rule for finding in findings}
                    assert rules.isdisjoint(waiting)
                    waiting |= rules
                    if "refused" in rules:
                        refused = figures.get("rejected", 0) + figures.get("not-accepted", 0)
                        assert refused + figures.get("approved", 0) >= 10
                        assert refused > figures.get("approved", 0)
                case AssessmentAnswered(rules=rules_answered):
                    assert set(rules_answered) == waiting
                    waiting, figures = set(), {}
        assert self.state is None or set(self.state.flagged) == waiting


TestArticleLife = ArticleLife.TestCase
TestArticleLife.settings = WALKS
TestCommentsLife = CommentsLife.TestCase
TestCommentsLife.settings = WALKS
TestCommentLife = CommentLife.TestCase
TestCommentLife.settings = WALKS
TestAssessmentLife = AssessmentLife.TestCase
TestAssessmentLife.settings = WALKS
