"""A step that is stuck is given to other departments; pure."""

from __future__ import annotations

from services.application import events
from services.application.decider import ReassignStep, RequestSupplement
from services.application.events import review
from shared.security.actor import Actor, Role
from tests.services.application.applications import OFFICER
from tests.services.application.schemes.processes import PROCESS, step
from tests.services.application.schemes.test_stepping import Process, Review, of

HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj")
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,), department="szj")
STUCK = Process(steps=(step("check"), step("visit", "check", departments=("gjx", "kjj"))))  # gjx: there is none


def to(*departments: str, key: str = "visit", unknown: frozenset[str] = frozenset()) -> ReassignStep:
    return ReassignStep(step=key, departments=departments, reason="部门代码有误（样例）。", unknown=unknown)


def test_who_has_the_step_now_gives_the_opinions_and_what_was_said_counts() -> None:
    it = Review(STUCK)
    it.says("check", of("gxj"))
    it.says("visit", of("kjj"))
    (reassigned,) = it.does(to("kjj", "czj"), HEAD)
    assert isinstance(reassigned, review.StepReassigned)
    assert (reassigned.departments, reassigned.added) == (("kjj", "czj"), ("czj",))
    assert reassigned.clock is not None
    assert it.does(to("kjj", "czj"), BUREAU) == [], "the same again"
    completed = it.says("visit", of("czj"))[-1]
    assert isinstance(completed, events.ReviewCompleted)
    assert completed.outcome == "approved"


def test_where_what_was_said_is_enough_by_now_the_review_goes_on_at_once() -> None:
    it = Review(STUCK)
    it.says("check", of("gxj"))
    it.says("visit", of("kjj"))
    assert [type(each) for each in it.does(to("kjj"), BUREAU)] == [
        review.StepReassigned, review.StepConcluded, events.ReviewCompleted,
    ]  # fmt: skip


def test_a_step_that_has_not_begun_begins_at_its_new_departments() -> None:
    it = Review(STUCK)
    (reassigned,) = it.does(to("czj"), HEAD)
    assert isinstance(reassigned, review.StepReassigned)
    assert reassigned.clock is None
    started = it.says("check", of("gxj"))[-1]
    assert isinstance(started, review.StepStarted)
    assert started.departments == ("czj",)


def test_only_the_head_and_the_bureau_reassign_and_all_that_is_wrong_is_said_at_once() -> None:
    it = Review(PROCESS)
    it.refuses(to("czj"), OFFICER, "application.not-your-department")
    it.refuses(to("czj", key="nowhere"), HEAD, "application.step-unknown")
    it.says("check", of("gxj"))
    it.refuses(to("czj", key="check"), HEAD, "application.step-not-open")
    it.says("joint", of("kjj"))
    refusal = it.refuses(to("xxx", key="joint", unknown=frozenset({"xxx"})), HEAD, "application.invalid-reassignment")
    assert {each.code for each in refusal.errors} == {"too-many", "unknown", "has-spoken"}
    it.does(RequestSupplement(requirements=("补齐（样例）。",)), of("gxj"))
    it.refuses(to("kjj", "czj", key="joint"), HEAD, "application.waiting-for-applicant")
