"""How a review goes through its steps; pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.application import events
from services.application.decider import (
    AcceptApplication,
    CompleteReview,
    ConcludeRank,
    GiveOpinion,
    RaiseStepOverdue,
    RequestSupplement,
    ReturnToStep,
    Supplement,
    WithdrawApplication,
    application,
)
from services.application.decider.state import ApplicationState
from services.application.definition.process import Process
from services.application.events import review
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import CALENDAR, ENTERPRISE, MONDAY, OFFICER, morning, submit
from tests.services.application.schemes.processes import PROCESS, SCORED, step

ITSELF = system("application")


def of(department: str, subject: str = "") -> Actor:
    return Actor(subject=subject or f"officer-{department}", roles=(Role.OFFICER,), department=department)


class Review:
    """One application under a process, acted upon step by step."""

    def __init__(self, process: Process, **more: Any) -> None:
        self.state: ApplicationState | None = None
        self.day = MONDAY
        self.happened: list[Event] = []
        self.does(submit(process=process, scheme=1, period="2026", promised_days=20, **more), ENTERPRISE)
        self.does(AcceptApplication(), OFFICER)

    def does(self, command: Any, actor: Actor = ITSELF) -> list[Event]:
        decided = list(application.decide(self.state, command, Context(morning(self.day), CALENDAR, actor)))
        for event in decided:
            self.state = application.evolve(self.state, event)
        self.happened += decided
        return decided

    def says(self, key: str, actor: Actor, **more: Any) -> list[Event]:
        return self.does(GiveOpinion(step=key, **({"opinion": "同意（样例）。"} | more)), actor)

    def refuses(self, command: Any, actor: Actor, code: str) -> Refused:
        with pytest.raises(Refused) as caught:
            self.does(command, actor)
        assert caught.value.code == code
        assert caught.value.title.endswith("。")
        return caught.value

    @property
    def open(self) -> set[str]:
        assert self.state is not None
        return {key for key, each in self.state.steps.items() if each.open}


def test_steps_follow_each_other_side_by_side_and_end_in_the_departments_opinion() -> None:
    it = Review(PROCESS)
    assert it.open == {"check"}
    it.says("check", of("gxj"), amount_fen=300)
    assert it.open == {"visit", "joint"}
    it.says("visit", of("gxj", "inspector"), place="样例路1号（样例）")
    it.says("joint", of("kjj"))
    assert it.open == {"joint"}
    it.says("joint", of("czj"))  # two of three are enough
    assert it.open == {"head"}
    it.refuses(GiveOpinion(step="head", opinion="同意。"), of("gxj"), "application.four-eyes")
    decided = it.says("head", of("gxj", "head"), amount_fen=250, opinion="核定（样例）。")
    completed = decided[-1]
    assert isinstance(completed, events.ReviewCompleted)
    assert (completed.outcome, completed.amount_fen, completed.in_time) == ("approved", 250, True)


def test_when_it_cannot_be_reached_any_more_it_has_failed_and_nobody_is_waited_for() -> None:
    it = Review(PROCESS)
    it.says("check", of("gxj"))
    it.says("joint", of("kjj"), agrees=False, opinion="不符合（样例）。")
    assert it.open == {"visit", "joint"}
    decided = it.says("joint", of("czj"), agrees=False, opinion="预算不合理（样例）。")
    closed = [each for each in decided if isinstance(each, review.StepConcluded)]
    assert [(each.step, each.outcome) for each in closed] == [("joint", "failed"), ("visit", "closed")]
    completed = decided[-1]
    assert isinstance(completed, events.ReviewCompleted)
    assert completed.outcome == "rejected"
    assert "不符合" in completed.opinion and "预算不合理" in completed.opinion


def test_everything_that_is_wrong_with_an_opinion_is_said_at_once() -> None:
    it = Review(PROCESS, most_fen=100, requested_fen=100)
    wrong = it.refuses(
        GiveOpinion(step="check", opinion=" ", score=3, amount_fen=101), of("gxj"), "application.invalid-opinion"
    )
    assert {each.code for each in wrong.errors} == {"missing", "no-scores", "too-much"}
    it.says("check", of("gxj"))
    missing = it.refuses(GiveOpinion(step="visit", opinion="好。"), of("gxj"), "application.invalid-opinion")
    assert [each.field for each in missing.errors] == ["place"]
    others = it.refuses(
        GiveOpinion(step="joint", opinion="好。", amount_fen=1), of("kjj"), "application.invalid-opinion"
    )
    assert [each.code for each in others.errors] == ["not-yours"]


def test_only_who_belongs_to_a_step_and_only_once_and_only_while_it_is_open() -> None:
    it = Review(PROCESS)
    it.refuses(GiveOpinion(step="visit", opinion="好。", place="x"), of("gxj"), "application.step-not-open")
    it.refuses(GiveOpinion(step="nowhere", opinion="好。"), of("gxj"), "application.step-unknown")
    it.refuses(GiveOpinion(step="check", opinion="好。"), of("kjj"), "application.not-your-step")
    it.refuses(CompleteReview(outcome="approved", opinion="好。"), of("gxj"), "application.has-process")
    it.says("check", of("gxj"))
    it.says("joint", of("kjj"))
    it.refuses(GiveOpinion(step="joint", opinion="好。"), of("kjj", "another"), "application.opinion-given")
    it.refuses(GiveOpinion(step="check", opinion="好。"), of("gxj"), "application.step-not-open")


def test_a_return_undoes_what_came_after_and_begins_the_step_anew() -> None:
    it = Review(PROCESS)
    it.says("check", of("gxj"))
    it.says("joint", of("kjj"))
    it.refuses(ReturnToStep(step="visit", to="joint", reason="样例。"), of("gxj"), "application.invalid-return")
    decided = it.does(ReturnToStep(step="visit", to="check", reason="材料有疑问（样例）。"), of("gxj"))
    returned = decided[0]
    assert isinstance(returned, review.ReturnedToStep)
    assert (returned.step, returned.undone) == ("check", ("check", "joint", "visit"))
    assert it.open == {"check"}
    it.says("check", of("gxj"))
    it.says("joint", of("kjj"))  # what was said before the return does not count


def test_a_supplement_stops_the_steps_clocks_too_and_a_late_step_is_said_once() -> None:
    it = Review(PROCESS)
    it.day = MONDAY + timedelta(1)
    it.does(RequestSupplement(requirements=("补齐。",)), of("gxj"))
    it.day = date(2026, 3, 16)
    assert it.does(RaiseStepOverdue(step="check")) == []
    it.refuses(GiveOpinion(step="check", opinion="好。"), of("gxj"), "application.waiting-for-applicant")
    it.does(Supplement(answer="已补。"), ENTERPRISE)
    assert it.state is not None
    assert it.state.steps["check"].clock.due.day == date(2026, 3, 17)
    assert it.does(RaiseStepOverdue(step="check")) == []
    it.day = date(2026, 3, 18)
    (late,) = it.does(RaiseStepOverdue(step="check"))
    assert isinstance(late, review.StepOverdue)
    assert it.does(RaiseStepOverdue(step="check")) == []
    it.says("check", of("gxj"))


def test_whoever_an_open_step_waits_for_is_told_of_a_supplement_and_of_a_withdrawal() -> None:
    it = Review(PROCESS)
    it.says("check", of("gxj"))
    waiting = ("czj", "gxj", "kjj")
    it.does(RequestSupplement(requirements=("补齐。",)), of("gxj"))
    (supplemented,) = it.does(Supplement(answer="已补。"), ENTERPRISE)
    assert isinstance(supplemented, events.ApplicationSupplemented)
    assert supplemented.departments == waiting
    it.says("joint", of("kjj"))
    *_, withdrawn = it.does(WithdrawApplication(reason="不再需要（样例）。"), ENTERPRISE)
    assert isinstance(withdrawn, events.ApplicationWithdrawn)
    assert withdrawn.departments == tuple(each for each in waiting if each != "kjj")


def test_what_is_withdrawn_waits_for_nobody_and_gives_back_what_it_held() -> None:
    it = Review(PROCESS, holds=("allotment-gxj-1.2026",))
    it.says("check", of("gxj"))
    decided = it.does(WithdrawApplication(reason="不再需要（样例）。"), ENTERPRISE)
    kinds = [type(each) for each in decided]
    assert kinds == [review.StepConcluded, review.StepConcluded, events.ApplicationWithdrawn, events.HoldsForfeited]
    it.refuses(GiveOpinion(step="visit", opinion="好。", place="x"), of("gxj"), "application.wrong-stage")
    assert it.does(WithdrawApplication(reason="再次（样例）。"), ENTERPRISE) == []


def test_experts_score_each_for_himself_and_who_has_an_interest_does_not_count() -> None:
    it = Review(SCORED, ranked=True, requested_fen=500)
    it.says("check", of("gxj"))
    both = it.refuses(
        GiveOpinion(step="experts", score=80, conflict=True, opinion="x"),
        of("gxj", "e1"),
        "application.invalid-opinion",
    )
    assert [each.code for each in both.errors] == ["score-or-conflict"]
    against = it.refuses(
        GiveOpinion(step="experts", score=80, agrees=False, opinion="x"), of("gxj", "e1"), "application.invalid-opinion"
    )
    assert [each.code for each in against.errors] == ["no-agreement"]
    (conflict,) = it.says("experts", of("gxj", "e1"), conflict=True, opinion="")
    (first, *_) = it.says("experts", of("gxj", "e2"), score=80.25)
    assert [each.agrees for each in (conflict, first)] == [None, None]  # type: ignore[attr-defined]
    it.refuses(GiveOpinion(step="experts", score=90, opinion="x"), of("gxj", "e2"), "application.opinion-given")
    decided = it.says("experts", of("gxj", "e3"), score=91)
    scored = decided[-1]
    assert isinstance(scored, review.ApplicationScored)
    assert (scored.score, scored.amount_fen) == (85.63, 500)
    (word,) = it.does(ConcludeRank(rank=2, of=3, granted=True, amount_fen=500))
    assert isinstance(word, events.ReviewCompleted)
    assert (word.outcome, word.amount_fen) == ("approved", 500)
    assert "第2名" in word.opinion
    assert it.does(ConcludeRank(rank=2, of=3, granted=True, amount_fen=500)) == []


def test_an_amount_of_several_opinions_is_the_one_given_last() -> None:
    steps = (step("a"), step("b", "a"), step("c", "b"))
    it = Review(Process(steps=steps))
    it.says("a", of("gxj"), amount_fen=3)
    it.says("b", of("gxj"), amount_fen=2)
    decided = it.says("c", of("gxj"))
    completed = decided[-1]
    assert isinstance(completed, events.ReviewCompleted)
    assert completed.amount_fen == 2


def test_of_steps_side_by_side_the_amount_said_last_holds_whichever_step_began_first() -> None:
    it = Review(Process(steps=(step("a"), step("b"))))
    it.says("b", of("gxj"), amount_fen=1_000_000)
    decided = it.says("a", of("gxj"), amount_fen=100)
    assert decided[-1].amount_fen == 100  # type: ignore[attr-defined]
    other = Review(Process(steps=(step("a"), step("b"))))
    other.says("b", of("gxj"), amount_fen=100)
    decided = other.says("a", of("gxj"), amount_fen=1_000_000)
    assert decided[-1].amount_fen == 1_000_000  # type: ignore[attr-defined]


def test_an_amount_of_a_step_that_is_undone_does_not_hold_any_more() -> None:
    it = Review(Process(steps=(step("a"), step("b", "a"), step("c", "b"))))
    it.says("a", of("gxj"), amount_fen=300)
    it.says("b", of("gxj"), amount_fen=200)
    it.does(ReturnToStep(step="c", to="b", reason="重新核定（样例）。"), of("gxj"))
    assert it.state is not None
    assert it.state.amount_fen == 300
    it.says("b", of("gxj"))
    completed = it.says("c", of("gxj"))[-1]
    assert isinstance(completed, events.ReviewCompleted)
    assert completed.amount_fen == 300
