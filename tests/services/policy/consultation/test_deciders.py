"""What may be asked, said and answered, and when (article 22(1)(2))."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from services.policy.decider.consultation import (
    ConsultationState,
    ExtendConsultation,
    InviteRepresentatives,
    PublishResults,
    RecomputeAnswering,
    WithdrawConsultation,
    consultation,
)
from services.policy.decider.opinion import AnswerOpinion, SubmitOpinion, opinion
from services.policy.events import consultation as events
from services.policy.participation.consultations import counted
from services.policy.readmodels.consultations import mean
from shared.calendar import SHANGHAI
from shared.eventstore.events import Event
from tests.services.policy.catalogue import OF_ANOTHER, OFFICER
from tests.services.policy.consultation.examples import (
    ANSWERED,
    CLOSED,
    END,
    ENTERPRISE,
    NAMED,
    OPENED,
    OPINION,
    PERSON,
    QUESTIONS,
    START,
    SUBMITTED,
    USCC,
    opening,
)
from tests.support.deciding import given


def at(day: date) -> datetime:
    return datetime.combine(day, time(10), SHANGHAI)


def asked(*more: Event) -> ConsultationState:
    state: ConsultationState = given(consultation, OPENED, *more).state
    return state


def submit(**said: Any) -> SubmitOpinion:
    return SubmitOpinion(asked=said.pop("asked", asked()), opinion=OPINION, **{"answers": {"rate": "偏低"}} | said)


def test_a_department_asks_and_the_same_again_is_the_same() -> None:
    given(consultation).when(opening(), actor=OFFICER).then(OPENED)
    given(consultation, OPENED).when(opening(), actor=OFFICER).then()
    given(consultation, OPENED).when(opening(title="另一次"), actor=OFFICER).refused("policy.consultation-exists")
    given(consultation).when(opening(), actor=OF_ANOTHER).refused("policy.not-your-department")


def test_everything_that_is_wrong_with_a_consultation_is_named_at_once() -> None:
    questions = (
        events.Question(key="a", title="一", kind="single", options=("是",)),
        events.Question(key="a", title="二", kind="text", options=("是", "是")),
    )
    short = {"opens_on": START - timedelta(1), "closes_on": START + timedelta(4)}
    given(consultation).when(opening(title=" ", text="", questions=questions, **short), actor=OFFICER).refused(
        "policy.consultation-invalid",
        [
            "title", "text", "opens_on", "closes_on", "questions.0.key", "questions.0.options", "questions.1.key",
            "questions.1.options", "questions.1.options",
        ],
    )  # fmt: skip


def test_it_is_extended_once_with_a_reason_and_only_while_it_is_open() -> None:
    later = END + timedelta(days=15)
    extended = events.ConsultationExtended(**NAMED, closes_on=later, reason="应要求延长。")
    command = ExtendConsultation(closes_on=later, reason="应要求延长。")
    given(consultation, OPENED).when(command, actor=OFFICER).then(extended)
    given(consultation, OPENED, extended).when(command, actor=OFFICER).then()
    again = ExtendConsultation(closes_on=later + timedelta(1), reason="再延长。")
    given(consultation, OPENED, extended).when(again, actor=OFFICER).refused("policy.consultation-extended")
    wrong = ExtendConsultation(closes_on=END, reason="")
    given(consultation, OPENED).when(wrong, actor=OFFICER).refused(
        "policy.consultation-invalid", ["reason", "closes_on"]
    )
    over = at(END + timedelta(days=1))
    given(consultation, OPENED).when(command, at=over, actor=OFFICER).refused("policy.consultation-closed")


def test_it_is_withdrawn_only_before_anybody_has_said_anything() -> None:
    given(consultation, OPENED).when(WithdrawConsultation(reason="稿件有误。", opinions=1), actor=OFFICER).refused(
        "policy.consultation-has-opinions"
    )
    given(consultation, OPENED).when(WithdrawConsultation(reason="", opinions=0), actor=OFFICER).refused(
        "policy.consultation-invalid", ["reason"]
    )
    given(consultation, OPENED).when(WithdrawConsultation(reason="稿件有误。", opinions=0), actor=OFFICER).then(
        events.ConsultationWithdrawn(**NAMED, reason="稿件有误。")
    )


def test_nobody_is_invited_twice() -> None:
    invited = events.RepresentativesInvited(**NAMED, closes_on=END, enterprises=(USCC,))
    command = InviteRepresentatives(enterprises=(USCC, USCC))
    given(consultation, OPENED).when(command, actor=OFFICER).then(invited)
    given(consultation, OPENED, invited).when(command, actor=OFFICER).then()


def test_the_results_are_published_only_when_every_opinion_has_an_answer() -> None:
    open_still = PublishResults(summary="说明。")
    given(consultation, OPENED).when(open_still, actor=OFFICER).refused("policy.consultation-open")
    incomplete = PublishResults(summary="", unanswered=("one", "two"), opinions=3)
    refusal = (
        given(consultation, OPENED, CLOSED)
        .when(incomplete, actor=OFFICER)
        .refused("policy.results-incomplete", ["opinions", "opinions", "summary"])
    )
    assert all(name in "".join(error.message for error in refusal.errors) for name in ("one", "two"))
    late = at(CLOSED.answer_due_on + timedelta(days=1))
    outcome = given(consultation, OPENED, CLOSED).when(open_still, at=late, actor=OFFICER)
    assert [event.late for event in outcome.events] == [True]  # type: ignore[attr-defined]


def test_a_newer_calendar_moves_the_day_for_answers() -> None:
    given(consultation, OPENED, CLOSED).when(RecomputeAnswering()).then()
    old = CLOSED.model_copy(update={"answer_due_on": CLOSED.answer_due_on + timedelta(days=1)})
    given(consultation, OPENED, old).when(RecomputeAnswering()).then(CLOSED)


def test_an_opinion_carries_whether_it_is_a_representatives() -> None:
    invited = asked(events.RepresentativesInvited(**NAMED, closes_on=END, enterprises=(USCC,)))
    said = submit(asked=invited, answers=SUBMITTED.answers, text=SUBMITTED.text, contact="sealed")
    given(opinion).when(said, actor=ENTERPRISE).then(SUBMITTED)
    outcome = given(opinion).when(submit(), actor=PERSON)
    assert [(e.enterprise, e.representative) for e in outcome.events] == [(None, False)]  # type: ignore[attr-defined]


def test_the_same_opinion_is_the_same_and_another_contact_is_a_change() -> None:
    said = submit(answers=SUBMITTED.answers, text=SUBMITTED.text, contact="sealed")
    before = SUBMITTED.model_copy(update={"representative": False})
    given(opinion, before).when(said, actor=ENTERPRISE).then()
    other = said.model_copy(update={"contact": "another"})
    given(opinion, before).when(other, actor=ENTERPRISE).then(before.model_copy(update={"contact": "another"}))


@pytest.mark.parametrize("day", [START - timedelta(1), END + timedelta(1)])
def test_opinions_are_taken_from_the_first_day_to_the_last(day: date) -> None:
    given(opinion).when(submit(), at=at(day), actor=PERSON).refused("policy.consultation-closed")
    for inside in (START, END):
        assert given(opinion).when(submit(), at=at(inside), actor=PERSON).refusal is None


def test_everything_that_is_wrong_with_an_opinion_is_named_at_once() -> None:
    wrong = {"parts": ("对象", "别的"), "grade": 6, "why": 3, "nothing": "x"}
    given(opinion).when(submit(answers=wrong), actor=PERSON).refused(
        "policy.opinion-invalid", [f"answers.{key}" for key in ("rate", "parts", "grade", "why", "nothing")]
    )
    given(opinion).when(submit(), actor=OFFICER).refused("policy.opinion-by-users-only")


def test_one_participant_chooses_each_option_once() -> None:
    twice = {"rate": "偏低", "parts": ("对象", "对象")}
    given(opinion).when(submit(answers=twice), actor=PERSON).refused("policy.opinion-invalid", ["answers.parts"])


def test_an_opinion_says_something() -> None:
    optional = given(consultation, OPENED.model_copy(update={"questions": QUESTIONS[1:]})).state
    for nothing in ({}, {"why": ""}, {"parts": (), "why": "  "}):
        given(opinion).when(submit(asked=optional, answers=nothing), actor=PERSON).refused(
            "policy.opinion-invalid", ["text"]
        )


def test_an_answer_needs_a_reason_unless_all_is_adopted_and_comes_after_the_close() -> None:
    closed = asked(CLOSED)
    partly = AnswerOpinion(asked=closed, opinion=OPINION, outcome="partly", reason="提高到12%。")
    given(opinion, SUBMITTED).when(partly, actor=OFFICER).then(ANSWERED)
    given(opinion, SUBMITTED, ANSWERED).when(partly, actor=OFFICER).then()
    bare = partly.model_copy(update={"reason": ""})
    given(opinion, SUBMITTED).when(bare, actor=OFFICER).refused("policy.answer-invalid", ["reason"])
    adopted = bare.model_copy(update={"outcome": "adopted"})
    assert given(opinion, SUBMITTED).when(adopted, actor=OFFICER).refusal is None
    early = partly.model_copy(update={"asked": asked()})
    given(opinion, SUBMITTED).when(early, actor=OFFICER).refused("policy.consultation-open")
    given(opinion).when(partly, actor=OFFICER).refused("policy.opinion-unknown")
    given(opinion, SUBMITTED).when(partly, actor=OF_ANOTHER).refused("policy.not-your-department")


def test_an_opinion_is_answered_only_under_the_consultation_it_was_given_on() -> None:
    of_another = {"consultation": "kjj-zqyj-1", "department": "kjj"}
    theirs = given(consultation, OPENED.model_copy(update=of_another), CLOSED.model_copy(update=of_another)).state
    foreign = AnswerOpinion(asked=theirs, opinion=OPINION, outcome="adopted")
    given(opinion, SUBMITTED).when(foreign, actor=OF_ANOTHER).refused("policy.opinion-unknown")


def test_answers_to_questions_are_counted_and_texts_only_numbered() -> None:
    rate, parts, grade, why = QUESTIONS
    assert counted(rate, ["合适", "偏低", None, "偏低"]).counts == {"合适": 1, "偏低": 2}
    assert counted(parts, [["对象", "比例"], ["对象"], []]).counts == {"对象": 2, "比例": 1, "流程": 0}
    assert counted(grade, [4, 5, 4]).counts == {"4": 2, "5": 1}
    assert (mean({"4": 2, "5": 1}), mean({})) == (4.33, None)
    assert (counted(why, ["成本上涨。", ""]).answered, counted(why, ["成本上涨。"]).counts) == (1, {})
