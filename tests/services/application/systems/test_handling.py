"""What a department's own system may do with an application, and what people may meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.application.decider import (
    AcceptApplication,
    CompleteReview,
    DeclineApplication,
    GiveOpinion,
    RequestSupplement,
    ReturnToStep,
    Supplement,
    WithdrawApplication,
    application,
)
from services.application.decider.commands import RaiseAcceptanceOverdue
from services.application.decider.handling import (
    GiveResult,
    ReleaseAbsent,
    ReleaseHandling,
    ReportProgress,
    TakeBack,
    TakeHandling,
    open_parts,
)
from services.application.definition.process import Process
from services.application.events import AcceptanceOverdue, ApplicationAccepted, ReviewCompleted
from services.application.events.handling import HandlingReleased, HandlingTaken, ProgressReported
from services.application.events.review import OpinionGiven
from services.application.readmodels.systems import Handlings
from services.application.readmodels.taking_part import parts_of
from services.application.readmodels.track import Track
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.readmodels.happened import Happened
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import ABOUT, CALENDAR, ENTERPRISE, MONDAY, OFFICER, morning, submit
from tests.services.application.schemes.processes import step

ITSELF = system("application")
HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj")
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,), department="szj")
STEPS = Process(steps=(step("a"), step("b", "a", anew=True), step("c", "b", departments=("gxj", "kjj"))))


def software(name: str = "one", department: str = "gxj") -> Actor:
    return Actor(subject=f"system:{name}", roles=(Role.DEPARTMENT_SYSTEM,), department=department)


ONE, TWO, THEIRS = software(), software("two"), software("theirs", "kjj")


class Case:
    """One application, acted upon by people and systems."""

    def __init__(self, process: Process | None = None) -> None:
        self.state: Any = None
        self.day = MONDAY
        self.row: Any = None
        self.handled: Any = None
        self.happened: list[Event] = []
        more = {"process": process, "scheme": 1, "period": "2026"} if process else {}
        self.does(submit(promised_days=20, **more), ENTERPRISE)

    def does(self, command: Any, actor: Actor) -> list[Event]:
        decided = list(application.decide(self.state, command, Context(morning(self.day), CALENDAR, actor)))
        for event in decided:
            self.state = application.evolve(self.state, event)
            self.happened.append(event)
            heard = Happened("log", len(self.happened), None, "application-SB2026-1", morning(self.day), event)
            self.row, self.handled = Track().evolve(self.row, heard), Handlings().evolve(self.handled, heard)
        shown = {
            key: (each["system"], each["part"]) for key, each in (self.handled.taken if self.handled else {}).items()
        }
        assert shown == {key: (each.system, each.part) for key, each in self.state.taken.items()}, "shown as it is"
        for department in ("gxj", "kjj"):
            if not self.state.waiting_for_applicant:
                parts = {each["part"]: each["title"] for each in parts_of(self.row.model_dump(mode="json"), department)}
                assert parts == open_parts(self.state, department)
        return decided

    def refuses(self, command: Any, actor: Actor, code: str) -> Refused:
        with pytest.raises(Refused) as caught:
            self.does(command, actor)
        assert caught.value.code == code
        return caught.value

    def takes(self, part: str, actor: Actor = ONE, case: str | None = None) -> list[Event]:
        return self.does(take(part, case), actor)

    def decides(self, part: str, result: Any, actor: Actor = ONE, by: str = "person") -> list[Event]:
        return self.does(GiveResult(part=part, handled_by=by, result=result), actor)


def take(part: str, case: str | None = None) -> TakeHandling:
    return TakeHandling(part=part, case_number=case, system_name="样例系统（样例）")


def opinion(key: str, **more: Any) -> GiveOpinion:
    return GiveOpinion(step=key, **({"opinion": "同意（样例）。"} | more))


def test_taken_once_and_twice_is_the_same_and_another_case_number_corrects_it() -> None:
    case = Case()
    of = {"part": "acceptance", "part_title": "受理", "of_department": "gxj", "system": "one"}
    assert case.takes("acceptance", case="A-1") == [
        HandlingTaken(**ABOUT, **of, system_name="样例系统（样例）", case_number="A-1")
    ]
    assert case.takes("acceptance", case="A-1") == case.takes("acceptance") == []
    (corrected,) = case.takes("acceptance", case="A-2")
    assert isinstance(corrected, HandlingTaken) and corrected.case_number == "A-2"
    case.refuses(take("acceptance"), TWO, "application.taken-by-another")
    assert [each["case_number"] for each in case.handled.cases] == ["A-1", "A-2"]


@pytest.mark.parametrize("part", ["review", "step:a", "step:nowhere", "anything"])
def test_what_is_not_open_is_not_taken_and_what_is_open_is_named(part: str) -> None:
    case = Case()
    refusal = case.refuses(take(part), ONE, "application.part-not-open")
    assert "acceptance（受理）" in refusal.title
    case.refuses(take("acceptance"), THEIRS, "application.part-not-open")
    case.refuses(take("acceptance"), OFFICER, "application.systems-only")


def test_people_are_told_who_handles_it_and_may_do_all_that_is_not_taken() -> None:
    case = Case()
    case.takes("acceptance")
    for command in (
        AcceptApplication(), DeclineApplication(reasons=("样例。",)), RequestSupplement(requirements=("样例。",)),
    ):  # fmt: skip
        assert "部门系统“样例系统（样例）”" in case.refuses(command, OFFICER, "application.handled-by-system").title
    case.decides("acceptance", AcceptApplication())
    case.does(CompleteReview(outcome="approved", opinion="同意（样例）。"), OFFICER)


def test_a_system_gives_each_kind_of_result_only_on_what_it_has_taken() -> None:
    case = Case()
    result = GiveResult(part="acceptance", handled_by="person", result=AcceptApplication())
    case.refuses(result, ONE, "application.not-taken")
    case.takes("acceptance")
    case.refuses(result, TWO, "application.not-taken")
    other = GiveResult(
        part="acceptance", handled_by="person", result=CompleteReview(outcome="approved", opinion="样例。")
    )
    case.refuses(other, ONE, "application.other-part")
    accepted, *_ = case.decides("acceptance", AcceptApplication())
    assert isinstance(accepted, ApplicationAccepted)
    assert case.state.taken == {}
    case.takes("review")
    (reviewed,) = case.decides("review", CompleteReview(outcome="rejected", opinion="不符合条件（样例）。"))
    assert isinstance(reviewed, ReviewCompleted)
    assert case.state.taken == {}


def test_a_refusal_with_all_reasons_ends_it() -> None:
    case = Case()
    case.takes("acceptance")
    case.decides("acceptance", DeclineApplication(reasons=("不在范围。", "不在期限。")))
    assert (case.state.stage, case.state.taken) == ("not-accepted", {})


def test_one_supplement_notice_whoever_sends_it_and_the_part_stays_with_the_system() -> None:
    case = Case()
    case.takes("acceptance")
    case.decides("acceptance", RequestSupplement(requirements=("补发票。",)))
    result = GiveResult(part="acceptance", handled_by="person", result=AcceptApplication())
    case.refuses(result, ONE, "application.waiting-for-applicant")
    case.does(Supplement(answer="已补。"), ENTERPRISE)
    case.does(result, ONE)
    case.takes("review")
    second = GiveResult(part="review", handled_by="person", result=RequestSupplement(requirements=("再补。",)))
    case.refuses(second, ONE, "application.second-notice")


def test_the_person_of_the_system_counts_as_a_hand() -> None:
    case = Case(STEPS)
    case.does(AcceptApplication(), OFFICER)
    case.takes("step:a")
    (given, *_) = case.decides("step:a", opinion("a"), by="person")
    assert isinstance(given, OpinionGiven)
    assert (given.by, given.system, given.on_behalf_of, given.of_department) == ("person", "one", None, "gxj")
    person = Actor(subject="person", roles=(Role.OFFICER,), department="gxj")
    case.refuses(opinion("b"), person, "application.four-eyes")
    case.takes("step:b")
    again = GiveResult(part="step:b", handled_by="person", result=opinion("b"))
    case.refuses(again, ONE, "application.four-eyes")
    case.decides("step:b", opinion("b"), by="somebody-else")
    assert case.state.steps["b"].passed


def test_everything_that_is_wrong_with_an_opinion_is_named_at_once() -> None:
    case = Case(STEPS)
    case.does(AcceptApplication(), OFFICER)
    case.takes("step:a")
    wrong = opinion("a", agrees=False, opinion=" ", amount_fen=100, score=50)
    refusal = case.refuses(GiveResult(part="step:a", handled_by="p", result=wrong), ONE, "application.invalid-opinion")
    assert {error.field for error in refusal.errors} == {"score", "amount_fen", "opinion"}


def test_side_by_side_each_department_has_its_own_part() -> None:
    case = Case(STEPS)
    case.does(AcceptApplication(), OFFICER)
    case.does(opinion("a"), OFFICER)
    case.does(opinion("b"), HEAD)
    case.takes("step:c", THEIRS)
    case.does(opinion("c"), OFFICER)
    stranger = Actor(subject="stranger", roles=(Role.OFFICER,), department="kjj")
    case.refuses(opinion("c"), stranger, "application.handled-by-system")
    case.decides("step:c", opinion("c"), THEIRS)
    assert case.state.stage == "reviewed"


def test_a_step_that_is_done_anew_is_nobodys() -> None:
    case = Case(STEPS)
    case.does(AcceptApplication(), OFFICER)
    case.does(opinion("a"), OFFICER)
    case.takes("step:b")
    case.decides("step:b", ReturnToStep(step="b", to="a", reason="样例。"))
    assert case.state.taken == {}
    case.does(opinion("a"), OFFICER)


def test_progress_is_told_while_it_is_taken_and_carries_the_case_number() -> None:
    case = Case()
    report = ReportProgress(part="acceptance", text="正在核对（样例）。", stage_name="核对")
    case.refuses(report, ONE, "application.not-taken")
    case.takes("acceptance", case="A-1")
    (told,) = case.does(report, ONE)
    assert isinstance(told, ProgressReported)
    assert (told.text, told.stage_name, told.case_number) == ("正在核对（样例）。", "核对", "A-1")
    assert case.row.steps[-1]["text"] == "正在核对（样例）。"
    assert "case_number" not in case.row.steps[-1]
    assert case.handled.taken["gxj/acceptance"]["stage_name"] == "核对"


def test_it_is_given_back_taken_back_or_falls_back_and_then_people_do_it() -> None:
    for command, actor, why in (
        (ReleaseHandling(part="acceptance", reason="样例。"), ONE, "given-back"),
        (TakeBack(reason="样例。"), HEAD, "taken-back"),
        (TakeBack(reason="样例。"), BUREAU, "taken-back"),
        (ReleaseAbsent(system="one"), ITSELF, "not-connected"),
    ):
        case = Case()
        case.takes("acceptance")
        (released,) = case.does(command, actor)
        assert isinstance(released, HandlingReleased)
        assert (released.why, released.by) == (why, actor.subject)
        assert case.does(command, actor) == [], "the second time there is nothing to do"
        case.does(AcceptApplication(), OFFICER)


def test_nobody_else_takes_it_back() -> None:
    case = Case()
    case.takes("acceptance")
    other = Actor(subject="kjj-head", roles=(Role.DEPARTMENT_HEAD,), department="kjj")
    case.refuses(TakeBack(reason="样例。"), OFFICER, "application.not-yours-to-take-back")
    assert case.does(TakeBack(reason="样例。"), other) == []
    assert case.does(ReleaseHandling(part="acceptance", reason="样例。"), TWO) == []
    case.refuses(ReleaseAbsent(system="one"), HEAD, "application.platform-only")
    case.refuses(ReleaseHandling(part="acceptance", reason="样例。"), OFFICER, "application.systems-only")


def test_limits_run_on_and_the_applicant_can_go_at_any_time() -> None:
    case = Case()
    case.takes("acceptance")
    case.day += timedelta(days=14)
    (late,) = case.does(RaiseAcceptanceOverdue(), ITSELF)
    assert isinstance(late, AcceptanceOverdue)
    case.does(WithdrawApplication(reason="不再需要。"), ENTERPRISE)
    assert case.state.taken == {}
    case.refuses(take("acceptance"), ONE, "application.part-not-open")
    case.refuses(ReportProgress(part="acceptance", text="样例。"), ONE, "application.wrong-stage")
