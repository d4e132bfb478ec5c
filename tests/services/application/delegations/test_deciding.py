"""Who may have whom act for them, and what a delegate may not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.application.decider import GiveOpinion, application
from services.application.decider.delegation import (
    ActForAbsent,
    Delegate,
    EndDelegation,
    RaiseDelegationOver,
    delegation,
    key_of,
)
from services.application.definition.process import Process
from services.application.events import ApplicationAccepted
from services.application.events.delegation import DelegationEnded, DelegationSet, DelegationUsed
from services.application.events.review import OpinionGiven, StepConcluded, StepStarted
from shared.calendar import LimitClock
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role
from tests.services.application.applications import ABOUT, CALENDAR, MONDAY, accepted, morning, submitted
from tests.services.application.schemes.processes import step
from tests.support.deciding import given


def person(subject: str, *roles: Role, department: str = "gxj") -> Actor:
    return Actor(subject=subject, roles=roles or (Role.OFFICER,), department=department)


AWAY, DEPUTY, THIRD = person("away"), person("deputy"), person("third")
HEAD = person("head", Role.DEPARTMENT_HEAD)
WEEK = {"from_on": MONDAY, "until_on": MONDAY + timedelta(days=6)}
WHO: dict[str, Any] = {"department": "gxj", "absent": "away", "delegate": "deputy"}
ACT = ActForAbsent(application="SB2026-1", step="a")


def delegate(**more: Any) -> Delegate:
    return Delegate(**(WHO | WEEK | {"reason": "出差（样例）。"} | more))


def begun(**more: Any) -> DelegationSet:
    return DelegationSet(**(WHO | WEEK | {"number": 1, "reason": "出差（样例）。", "by": "away"} | more))


def ended(why: str, on: date, by: str, reason: str = "委托期满。") -> DelegationEnded:
    return DelegationEnded(**WHO, number=1, why=why, reason=reason, ended_on=on, by=by)  # type: ignore[arg-type]


@pytest.mark.parametrize("actor", [AWAY, HEAD], ids=["oneself", "the-head"])
def test_the_absent_person_or_the_head_sets_it(actor: Actor) -> None:
    given(delegation).when(delegate(), actor=actor).then(begun(by=actor.subject))


@pytest.mark.parametrize("actor", [DEPUTY, THIRD, person("away", department="kjj"), person("away", Role.APPLICANT)])
def test_nobody_else_does(actor: Actor) -> None:
    given(delegation).when(delegate(), actor=actor).refused("application.not-your-delegation")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = delegate(delegate="away", from_on=MONDAY - timedelta(days=1), until_on=MONDAY - timedelta(days=2))
    given(delegation).when(wrong, actor=AWAY).refused(
        "application.delegation-invalid", ["delegate", "from_on", "until_on"]
    )
    long = delegate(until_on=MONDAY + timedelta(days=366))
    given(delegation).when(long, actor=AWAY).refused("application.delegation-invalid", ["until_on"])


def test_a_head_does_not_put_the_head_in_anothers_place() -> None:
    mine = delegate(delegate="head")
    given(delegation).when(mine, actor=HEAD).refused("application.delegation-invalid", ["delegate"])


def test_the_same_again_changes_nothing_and_another_waits_for_the_end_of_the_first() -> None:
    given(delegation, begun()).when(delegate(), actor=AWAY).then()
    other = delegate(delegate="third")
    given(delegation, begun()).when(other, actor=AWAY).refused("application.delegated-already")
    given(delegation, begun(), ended("ended", MONDAY, "away")).when(other, actor=AWAY).then(
        begun(delegate="third", number=2)
    )


def test_what_is_over_makes_room_also_before_the_platform_has_said_so() -> None:
    later = MONDAY + timedelta(days=7)
    again = {"from_on": later, "until_on": later}
    given(delegation, begun()).when(delegate(**again), at=morning(later), actor=AWAY).then(
        ended("over", later, "away"), begun(**again, number=2)
    )


def test_it_is_used_by_the_delegate_within_its_days_alone() -> None:
    past = given(delegation, begun(from_on=MONDAY + timedelta(days=1)))
    tuesday, sunday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=6)
    past.when(ACT, actor=DEPUTY).refused("application.not-delegated")
    for day in (tuesday, sunday):
        past.when(ACT, at=morning(day), actor=DEPUTY).then(
            DelegationUsed(**WHO, number=1, application="SB2026-1", step="a")
        )
    past.when(ACT, at=morning(sunday + timedelta(days=1)), actor=DEPUTY).refused("application.not-delegated")
    past.when(ACT, at=morning(tuesday), actor=THIRD).refused("application.not-delegated")
    past.when(ACT, at=morning(tuesday), actor=person("deputy", department="kjj")).refused("application.not-delegated")
    given(delegation).when(ACT, actor=DEPUTY).refused("application.not-delegated", ["on_behalf_of"])
    over = given(delegation, begun(), ended("ended", MONDAY, "away"))
    over.when(ACT, actor=DEPUTY).refused("application.not-delegated")


def test_it_ends_by_a_word_or_by_the_platform_once() -> None:
    end = EndDelegation(reason="提前返回（样例）。")
    told = ended("ended", MONDAY, "head", "提前返回（样例）。")
    given(delegation, begun()).when(end, actor=HEAD).then(told)
    given(delegation, begun(), told).when(end, actor=HEAD).then()
    given(delegation, begun()).when(end, actor=DEPUTY).refused("application.not-your-delegation")
    given(delegation).when(end, actor=HEAD).refused("application.delegation-unknown")
    given(delegation, begun()).when(RaiseDelegationOver(), at=morning(WEEK["until_on"])).then()
    after = WEEK["until_on"] + timedelta(days=1)
    given(delegation, begun()).when(RaiseDelegationOver(), at=morning(after)).then(ended("over", after, "service:test"))
    given(delegation, begun(), told).when(RaiseDelegationOver(), at=morning(after)).then()
    given(delegation, begun()).when(RaiseDelegationOver(), actor=HEAD).refused("application.platform-only")


def test_accounts_of_any_characters_have_a_place_of_their_own() -> None:
    assert key_of("gxj", "张三/1") != key_of("gxj", "张三/2")
    assert key_of("gxj", "a") != key_of("kjj", "a")
    assert key_of("gxj", "张三/1").isalnum()


# Both hands count: in a step of scores nobody is two experts, and a step that wants another hand gets one.
SCORES = Process(steps=(step("a", kind="scores", needs=2), step("b", "a", anew=True)))


def under_review(*later: Event) -> list[Event]:
    process = SCORES.model_dump(mode="json")
    clock = LimitClock.start(CALENDAR, 2, MONDAY)
    first = submitted(days=9).model_copy(update={"process": process})
    taken: ApplicationAccepted = accepted(days=9)
    return [first, taken, StepStarted(**ABOUT, step="a", step_title="步骤a", departments=("gxj",), clock=clock), *later]


def scored(by: str, for_whom: str | None = None, score: float | None = 80) -> OpinionGiven:
    return OpinionGiven(
        **ABOUT, step="a", step_title="步骤a", of_department="gxj", by=by, agrees=None, opinion="可行。", amount_fen=None,
        score=score, conflict=score is None, place=None, photos=(), on_behalf_of=for_whom, system=None,
    )  # fmt: skip


def score(for_whom: str | None = None) -> GiveOpinion:
    return GiveOpinion(step="a", score=80, opinion="可行。", on_behalf_of=for_whom)


def test_a_delegates_score_says_for_whom() -> None:
    given(application, *under_review()).when(score("away"), actor=DEPUTY).then(scored("deputy", "away"))


@pytest.mark.parametrize(
    ("before", "actor", "for_whom"),
    [
        (scored("deputy"), DEPUTY, "away"),
        (scored("deputy", "away"), DEPUTY, None),
        (scored("deputy", "away"), AWAY, None),
        (scored("away"), DEPUTY, "away"),
        (scored("deputy", "away"), DEPUTY, "third"),
        (scored("deputy", score=None), DEPUTY, "away"),
    ],
    ids=["own-then-for", "for-then-own", "for-then-the-absent", "absent-then-for", "for-two", "own-interest-then-for"],
)
def test_nobody_is_two_experts(before: OpinionGiven, actor: Actor, for_whom: str | None) -> None:
    given(application, *under_review(before)).when(score(for_whom), actor=actor).refused("application.opinion-given")


def test_an_interest_is_declared_by_oneself() -> None:
    declared = GiveOpinion(step="a", conflict=True, on_behalf_of="away")
    given(application, *under_review()).when(declared, actor=DEPUTY).refused(
        "application.invalid-opinion", ["conflict"]
    )


@pytest.mark.parametrize(
    ("actor", "for_whom", "another"),
    [
        (DEPUTY, None, False),
        (AWAY, None, False),
        (THIRD, "away", False),
        (DEPUTY, "fourth", False),
        (THIRD, None, True),
        (THIRD, "fourth", True),
    ],
)
def test_another_hand_is_neither_the_delegates_nor_the_absent_persons(
    actor: Actor, for_whom: str | None, another: bool
) -> None:
    told = {"step_title": "步骤b", "departments": ("gxj",), "clock": LimitClock.start(CALENDAR, 2, MONDAY)}
    done = StepConcluded(**ABOUT, step="a", step_title="步骤a", outcome="passed", score=80)
    past = under_review(scored("deputy", "away"), scored("fifth"), done, StepStarted(**ABOUT, step="b", **told))
    outcome = given(application, *past).when(
        GiveOpinion(step="b", opinion="同意。", on_behalf_of=for_whom), actor=actor
    )
    if another:
        assert outcome.refusal is None
    else:
        outcome.refused("application.four-eyes")
