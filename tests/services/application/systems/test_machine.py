"""People and systems act in any order, systems come and go: nothing gets stuck, and nothing is decided by two."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.application import events
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
from services.application.decider.commands import RaiseAcceptanceOverdue, RaiseReviewOverdue, RaiseStepOverdue
from services.application.decider.handling import (
    GiveResult,
    ReleaseAbsent,
    ReleaseHandling,
    ReportProgress,
    TakeBack,
    TakeHandling,
    open_parts,
)
from services.application.decider.system import (
    ActThrough,
    ApproveSystem,
    ConfirmAway,
    EndSystem,
    RequestSystem,
    ResumeSystem,
    SuspendSystem,
    system,
)
from services.application.definition.process import Process
from services.application.events import review
from services.application.events.handling import HandlingReleased, HandlingTaken, OfHandling
from services.application.events.system import SystemApproved, SystemEnded, SystemResumed, SystemSuspended
from services.application.readmodels.systems import HandlingRow, Handlings
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.readmodels.happened import Happened
from shared.security.actor import Actor, Role
from shared.security.actor import system as platform
from tests.services.application.applications import CALENDAR, ENTERPRISE, morning, submit
from tests.services.application.schemes.processes import step

PROCESS = Process(
    steps=(
        step("a"),
        step("b", "a", departments=("gxj", "kjj")),
        step("c", "a", kind="scores", needs=2),
        step("d", "b", "c", anew=True),
    )
)
NAMES = ("ann", "bob", "cai", "dan")
PEOPLE = {(d, n): Actor(subject=n, roles=(Role.OFFICER,), department=d) for d in ("gxj", "kjj") for n in NAMES}
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,), department="szj")
CLIENTS = {"one": ("gxj", ()), "two": ("gxj", ("gxj-1",)), "theirs": ("kjj", ()), "other": ("gxj", ("gxj-2",))}
SOFTWARE = {
    name: Actor(subject=f"system:{name}", roles=(Role.DEPARTMENT_SYSTEM,), department=department)
    for name, (department, _) in CLIENTS.items()
}
HEADS = {d: Actor(subject=f"head-{d}", roles=(Role.DEPARTMENT_HEAD,), department=d) for d in ("gxj", "kjj")}
WHO, CLIENT = st.sampled_from(sorted(PEOPLE)), st.sampled_from(sorted(CLIENTS))
KEYS = st.sampled_from(["a", "b", "c", "d"])
ITSELF = platform("application")
DECIDED = (
    events.ApplicationAccepted, events.ApplicationNotAccepted, events.SupplementRequested, review.OpinionGiven,
    review.ReturnedToStep,
)  # fmt: skip
RESULTS = st.one_of(
    st.just(AcceptApplication()),
    st.just(DeclineApplication(reasons=("样例。",))),
    st.just(RequestSupplement(requirements=("样例。",))),
    st.builds(CompleteReview, outcome=st.sampled_from(["approved", "rejected"]), opinion=st.just("样例。")),
    st.builds(GiveOpinion, step=KEYS, opinion=st.just("样例。"), score=st.none() | st.integers(0, 100)),
    st.builds(ReturnToStep, step=KEYS, to=KEYS, reason=st.just("样例。")),
)
PARTS = st.sampled_from(["acceptance", "review", *(f"step:{key}" for key in "abcd")])


class HandlingLife(RuleBasedStateMachine):
    """One application of two departments, four systems, decided together as the doors decide them."""

    @initialize(process=st.sampled_from([None, PROCESS, PROCESS]))
    def begin(self, process: Process | None) -> None:
        self.day = date(2026, 3, 2)
        self.states: dict[str, Any] = {}
        self.happened: list[tuple[Actor, Event]] = []
        self.row: HandlingRow | None = None
        more = {"process": process, "scheme": 1, "period": "2026"} if process else {}
        assert self.give(ENTERPRISE, (application, "x", submit(promised_days=20, **more))) is None
        for name, (department, items) in CLIENTS.items():
            about = {"name": "样例系统", "office": "样例科", "phone": "0510-80000000"}
            command = RequestSystem(system=name, department=department, items=items, **about)
            assert self.give(HEADS[department], (system, name, command)) is None
            assert self.give(BUREAU, (system, name, ApproveSystem())) is None

    def give(self, actor: Actor, *commands: tuple[Any, str, Any]) -> str | None:
        """All of them, or none; the code of the refusal."""
        decided: list[tuple[Any, str, Event]] = []
        states = dict(self.states)
        for decider, key, command in commands:
            name = decider.id_of(key)
            try:
                found = decider.decide(states.get(name), command, Context(morning(self.day), CALENDAR, actor))
            except Refused as refusal:
                assert refusal.title.endswith("。")
                return refusal.code
            for event in found:
                states[name] = decider.evolve(states.get(name), event)
            decided += [(decider, name, event) for event in found]
        self.states = states
        for _, name, event in decided:
            self.happened.append((actor, event))
            heard = Happened("log", len(self.happened), None, name, morning(self.day), event)
            if name == "application-x":
                self.row = Handlings().evolve(self.row, heard)
        return None

    def by_people(self, actor: Actor, command: Any) -> str | None:
        """As people's doors do: what a system has taken that is not connected falls back to them."""
        refused = self.give(actor, (application, "x", command))
        if refused != "application.handled-by-system":
            return refused
        for client in {each.system for each in self.case.taken.values()}:
            self.give(ITSELF, (application, "x", ReleaseAbsent(system=client)), (system, client, ConfirmAway()))
        return self.give(actor, (application, "x", command))

    def by_system(self, name: str, command: Any) -> str | None:
        """As the doors of systems do."""
        through = ActThrough(item_code=self.case.submitted.item_code)
        return self.give(SOFTWARE[name], (application, "x", command), (system, name, through))

    @property
    def case(self) -> Any:
        return self.states["application-x"]

    def open_for(self, department: str) -> list[str]:
        return list(open_parts(self.case, department))

    @rule(days=st.integers(1, 6))
    def days_pass(self, days: int) -> None:
        self.day += timedelta(days)

    @rule(who=WHO, result=RESULTS)
    def somebody_decides(self, who: tuple[str, str], result: Any) -> None:
        self.by_people(PEOPLE[who], result)

    @rule(who=WHO, number=st.integers(0, 3))
    def somebody_goes_on_with_what_is_open(self, who: tuple[str, str], number: int) -> None:
        if parts := self.open_for(who[0]):
            self.by_people(PEOPLE[who], _deciding(parts[number % len(parts)]))

    @rule(who=WHO, number=st.integers(0, 3))
    def somebody_returns_what_is_open(self, who: tuple[str, str], number: int) -> None:
        if parts := [each.removeprefix("step:") for each in self.open_for(who[0]) if each > "step:a"]:
            self.by_people(PEOPLE[who], ReturnToStep(step=parts[number % len(parts)], to="a", reason="样例。"))

    @rule(name=CLIENT, part=PARTS)
    def take(self, name: str, part: str) -> None:
        self.by_system(name, TakeHandling(part=part, system_name="样例系统"))

    @rule(name=CLIENT, number=st.integers(0, 3))
    def take_what_is_open(self, name: str, number: int) -> None:
        if parts := self.open_for(CLIENTS[name][0]):
            part = parts[number % len(parts)]
            self.by_system(name, TakeHandling(part=part, system_name="样例系统", case_number=f"{name}-1"))

    @rule(name=CLIENT, part=PARTS, person=st.sampled_from(NAMES), result=RESULTS)
    def a_system_decides(self, name: str, part: str, person: str, result: Any) -> None:
        self.by_system(name, GiveResult(part=part, handled_by=person, result=result))

    @rule(number=st.integers(0, 5), person=st.sampled_from(NAMES), score=st.integers(0, 100), agrees=st.booleans())
    def a_system_decides_what_it_has_taken(self, number: int, person: str, score: int, agrees: bool) -> None:
        if not self.case.taken:
            return
        held = sorted(self.case.taken.values(), key=repr)[number % len(self.case.taken)]
        result: Any = AcceptApplication()
        if held.part == "review":
            result = CompleteReview(outcome="approved", opinion="样例。")
        elif held.part.startswith("step:"):
            key = held.part.removeprefix("step:")
            said = {"score": score} if key == "c" else {"agrees": agrees or number > 1}
            result = GiveOpinion(step=key, opinion="样例。", **said)
        self.by_system(held.system, GiveResult(part=held.part, handled_by=person, result=result))

    @rule(name=CLIENT, part=PARTS)
    def report(self, name: str, part: str) -> None:
        self.by_system(name, ReportProgress(part=part, text="样例。"))

    @rule(name=CLIENT, part=PARTS)
    def give_back(self, name: str, part: str) -> None:
        self.by_system(name, ReleaseHandling(part=part, reason="样例。"))

    @rule(who=st.sampled_from([*HEADS.values(), BUREAU]))
    def take_back(self, who: Actor) -> None:
        self.give(who, (application, "x", TakeBack(reason="样例。")))

    @rule(name=CLIENT, end=st.integers(0, 9))
    def suspend(self, name: str, end: int) -> None:
        self.give(BUREAU, (system, name, EndSystem(reason="样例。") if end == 0 else SuspendSystem(reason="样例。")))

    @rule(name=CLIENT)
    def resume(self, name: str) -> None:
        self.give(BUREAU, (system, name, ResumeSystem()))

    @rule(withdraws=st.integers(0, 9))
    def the_applicant(self, withdraws: int) -> None:
        command = WithdrawApplication(reason="样例。") if withdraws == 0 else Supplement(answer="已补。")
        self.give(ENTERPRISE, (application, "x", command))

    @rule(key=KEYS)
    def the_platform_looks(self, key: str) -> None:
        for command in (RaiseAcceptanceOverdue(), RaiseReviewOverdue(), RaiseStepOverdue(step=key)):
            assert self.give(ITSELF, (application, "x", command)) is None, "limits run whoever has it"

    @invariant()
    def only_what_waits_for_a_department_is_taken_and_shown_so(self) -> None:
        for taken in self.case.taken.values():
            assert taken.part in self.open_for(taken.department)
        shown = {key: each["system"] for key, each in (self.row.taken if self.row else {}).items()}
        assert shown == {key: each.system for key, each in self.case.taken.items()}

    @invariant()
    def nothing_is_stuck(self) -> None:
        """Of each open part: people may do it, or the system that has it may; and after it is taken back people may."""
        if self.case.waiting_for_applicant:
            return
        for department in ("gxj", "kjj"):
            for part in self.open_for(department):
                person = Actor(subject="fresh", roles=(Role.OFFICER,), department=department)
                command = _deciding(part)
                before = self.states, list(self.happened), self.row
                held = self.case.taken.get(f"{department}/{part}")
                refused = self.by_people(person, command)
                if held is not None and self.states[f"system-{held.system}"].status == "connected":
                    assert refused == "application.handled-by-system"
                    assert (
                        self.by_system(held.system, GiveResult(part=part, handled_by="fresh", result=command)) is None
                    )
                    self.states, self.happened, self.row = before[0], list(before[1]), before[2]
                    assert self.give(HEADS[department], (application, "x", TakeBack(reason="样例。"))) is None
                    refused = self.by_people(person, command)
                assert refused is None
                self.states, self.happened, self.row = before

    @invariant()
    def what_is_taken_only_its_system_decides_and_what_is_not_no_system(self) -> None:
        taken: dict[tuple[str, str], str] = {}
        for actor, event in self.happened:
            mine = {key for key in taken if key[0] == actor.department}
            through = actor.subject.removeprefix("system:") if actor.has(Role.DEPARTMENT_SYSTEM) else None
            match event:
                case HandlingTaken():
                    assert taken.get((event.of_department, event.part), event.system) == event.system
                    taken[event.of_department, event.part] = event.system
                case HandlingReleased():
                    assert taken.pop((event.of_department, event.part)) == event.system
                case review.OpinionGiven():
                    assert event.system == through == taken.get((event.of_department, f"step:{event.step}"))
                    if event.score is None:
                        taken.pop((event.of_department, f"step:{event.step}"), None)
                case events.ApplicationAccepted() | events.ApplicationNotAccepted():
                    assert through == taken.pop(("gxj", "acceptance"), None)
                case events.SupplementRequested():
                    assert {taken[key] for key in mine} <= {through}
                    assert through is None or mine
                case review.ReturnedToStep(undone=undone, returned_from=key):
                    assert through == taken.get((actor.department or "", f"step:{key}"))
                    taken = {k: each for k, each in taken.items() if k[1].removeprefix("step:") not in undone}
                case review.StepConcluded(step=key):
                    taken = {k: each for k, each in taken.items() if k[1] != f"step:{key}"}
                case events.ReviewCompleted() if self.case.process is None:
                    assert through == taken.pop(("gxj", "review"), None)
                case events.ReviewCompleted() | events.ApplicationWithdrawn():
                    taken = {}
        assert taken == {(each.department, each.part): each.system for each in self.case.taken.values()}

    @invariant()
    def who_is_not_connected_does_nothing(self) -> None:
        connected: set[str] = set()
        for actor, event in self.happened:
            match event:
                case SystemApproved() | SystemResumed():
                    connected.add(event.system)
                case SystemSuspended() | SystemEnded():
                    connected.discard(event.system)
            if actor.has(Role.DEPARTMENT_SYSTEM):
                assert actor.subject.removeprefix("system:") in connected
                assert actor.subject != "system:other", "the application's item is not among its own"
            if isinstance(event, OfHandling) and isinstance(event, HandlingReleased) and event.why == "not-connected":
                assert event.system not in connected

    @invariant()
    def nobody_is_two_hands(self) -> None:
        standing: dict[str, list[str]] = {}
        for _, event in self.happened:
            match event:
                case review.ReturnedToStep(undone=undone):
                    standing = {key: each for key, each in standing.items() if key not in undone}
                case review.OpinionGiven(step="d", by=by):
                    assert by not in {hand for each in standing.values() for hand in each}
                case review.OpinionGiven(step="c", by=by):
                    assert by not in standing.get("c", [])
                    standing.setdefault("c", []).append(by)
                case review.OpinionGiven(step=key, by=by):
                    standing.setdefault(key, []).append(by)


def _deciding(part: str) -> Any:
    if part == "acceptance":
        return AcceptApplication()
    if part == "review":
        return CompleteReview(outcome="approved", opinion="样例。")
    key = part.removeprefix("step:")
    return GiveOpinion(step=key, opinion="样例。", score=50 if key == "c" else None)


TestHandlingLife = HandlingLife.TestCase
TestHandlingLife.settings = settings(max_examples=300, stateful_step_count=50, deadline=None)
