"""Whatever anybody does in whatever order, a review never gets stuck, ends once, and nothing is shared out twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.application import events
from services.application.admission import to_keep
from services.application.deadlines import STEP_OVERDUE, deadlines_of
from services.application.decider import (
    AcceptApplication,
    DeclineApplication,
    GiveOpinion,
    RaiseReviewDueSoon,
    RaiseReviewOverdue,
    RaiseStepOverdue,
    RaiseSupplementDueSoon,
    RaiseSupplementLapsed,
    ReassignStep,
    RequestSupplement,
    ReturnToStep,
    Supplement,
    WithdrawApplication,
    application,
)
from services.application.decider.allotment import (
    AdjustClaim,
    AllotmentState,
    ClaimPlace,
    ReleasePlace,
    SetAllotment,
    allotment,
)
from services.application.decider.ranking import Candidate, ranked
from services.application.decider.state import ApplicationState
from services.application.definition.process import Process
from services.application.events import review
from services.application.readmodels.track import ApplicationRow, Track
from shared.deadlines.book import Owed
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.readmodels.happened import Happened
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import CALENDAR, ENTERPRISE, OFFICER, morning, submit
from tests.services.application.schemes.processes import PROCESS, step

ITSELF = system("application")
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,), department="szj")
PEOPLE = [
    Actor(subject=f"{department}-{n}", roles=(Role.OFFICER,), department=department)
    for department in ("gxj", "kjj", "czj")
    for n in range(3)
]
LONG = Process(steps=(step("a"), step("b", "a", kind="scores", needs=2), step("c", "a"), step("d", "b", "c")))
GIVEN_UP = [
    (WithdrawApplication(reason="样例。"), ENTERPRISE),
    (DeclineApplication(reasons=("样例。",)), OFFICER),
]
NOT_NOW = ("application.not-your-step", "application.step-not-open", "application.opinion-given")
ENDS = (events.ReviewCompleted, events.ApplicationNotAccepted, events.ApplicationWithdrawn, review.ApplicationScored)


class ReviewLife(RuleBasedStateMachine):
    """Days pass, people of three departments and the platform act, in any order."""

    @initialize(
        process=st.sampled_from([PROCESS, LONG]),
        ranked_=st.booleans(),
        start=st.dates(date(2026, 1, 5), date(2026, 9, 1)),
    )
    def begin(self, process: Process, ranked_: bool, start: date) -> None:
        self.process, self.day = process, start
        self.state: ApplicationState | None = None
        self.happened: list[tuple[date, Event]] = []
        self.owed: dict[str, datetime] = {}
        self.row: ApplicationRow | None = None
        more: dict[str, Any] = {"process": process, "scheme": 1, "period": "2026", "ranked": ranked_}
        self.kept: int | None = 500  # by the budget, for this one; as much as was asked for
        self.give(submit(promised_days=20, requested_fen=500, holds=("turn-x",), **more), ENTERPRISE)

    def give(self, command: Any, actor: Actor) -> None:
        try:
            decided = application.decide(self.state, command, Context(morning(self.day), CALENDAR, actor))
        except Refused as refusal:
            assert refusal.title.endswith("。")
            return
        fen = to_keep(decided)
        self.kept = self.kept if fen is None else fen
        for event in decided:
            self.state = application.evolve(self.state, event)
            self.happened.append((self.day, event))
            at = morning(self.day).astimezone(UTC)
            heard = Happened("log", len(self.happened), None, "application-SB2026-1", at, event)
            self.row = Track().evolve(self.row, heard)
            for change in deadlines_of(heard):
                self.owed.pop(change.kind, None)
                if isinstance(change, Owed):
                    self.owed[change.kind] = change.at

    @rule(days=st.integers(1, 6))
    def days_pass(self, days: int) -> None:
        self.day += timedelta(days)

    @rule()
    def accept(self) -> None:
        self.give(AcceptApplication(), OFFICER)

    @rule(
        number=st.integers(0, 9), who=st.sampled_from(PEOPLE), agrees=st.booleans(), conflict=st.booleans(),
        score=st.integers(0, 100), fen=st.none() | st.integers(0, 900),
    )  # fmt: skip
    def opinion(self, number: int, who: Actor, agrees: bool, conflict: bool, score: int, fen: int | None) -> None:
        chosen = self.process.steps[number % len(self.process.steps)]
        content: dict[str, Any] = {"agrees": agrees, "opinion": "样例。", "place": "样例路"}
        if agrees and who.department == "gxj":
            content["amount_fen"] = fen
        if chosen.kind == "scores":
            content = {"conflict": conflict, "score": None if conflict else score, "opinion": "样例。"}
        self.give(GiveOpinion(step=chosen.key, **content), who)

    @rule(number=st.integers(0, 9), back=st.integers(0, 9), who=st.sampled_from(PEOPLE))
    def return_it(self, number: int, back: int, who: Actor) -> None:
        keys = [each.key for each in self.process.steps]
        self.give(ReturnToStep(step=keys[number % len(keys)], to=keys[back % len(keys)], reason="样例。"), who)

    @rule(
        what=st.sampled_from(
            [
                (RequestSupplement(requirements=("补齐。",), answer_days=3), OFFICER),
                (RaiseSupplementDueSoon(), ITSELF),
                (RaiseSupplementLapsed(), ITSELF),
                (Supplement(answer="已补。"), ENTERPRISE),
                (RaiseReviewOverdue(), ITSELF),
                (RaiseReviewDueSoon(), ITSELF),
            ]
        )
    )
    def act(self, what: tuple[Any, Actor]) -> None:
        self.give(*what)

    @rule(
        number=st.integers(0, 9),
        to=st.lists(st.sampled_from(["gxj", "kjj", "czj"]), min_size=1, max_size=3, unique=True),
    )
    def reassign(self, number: int, to: list[str]) -> None:
        key = self.process.steps[number % len(self.process.steps)].key
        self.give(ReassignStep(step=key, departments=tuple(to), reason="样例。"), BUREAU)

    @precondition(lambda self: len(self.happened) > 6)
    @rule(
        what=st.sampled_from(
            [(WithdrawApplication(reason="样例。"), ENTERPRISE), (DeclineApplication(reasons=("样例。",)), OFFICER)]
        )
    )
    def end_it(self, what: tuple[Any, Actor]) -> None:
        self.give(*what)

    @rule(number=st.integers(0, 9))
    def look_at_a_step(self, number: int) -> None:
        self.give(RaiseStepOverdue(step=self.process.steps[number % len(self.process.steps)].key), ITSELF)

    def of(self, *classes: type[Event]) -> list[Any]:
        return [event for _, event in self.happened if isinstance(event, classes)]

    @invariant()
    def it_ends_once(self) -> None:
        ends = [type(each) for each in self.of(*ENDS)]
        assert len(ends) <= 1 or ends == [review.ApplicationScored, events.ApplicationWithdrawn]

    @invariant()
    def under_review_somebody_always_has_something_to_do(self) -> None:
        assert self.state is not None
        if self.state.stage == "accepted":
            assert any(each.open for each in self.state.steps.values())
            if not self.state.waiting_for_applicant:
                assert any(self._could_do_something(each) for each in ("gxj", "kjj", "czj"))

    @invariant()
    def what_is_over_leaves_no_step_open_and_owes_nothing_but_what_it_holds(self) -> None:
        assert self.state is not None
        if self.state.stage not in ("submitted", "accepted"):
            assert not any(each.open for each in self.state.steps.values())
            assert set(self.owed) <= {"release-holds"}
            without = self.state.stage in ("withdrawn", "not-accepted") or any(
                each.outcome == "rejected" for each in self.of(events.ReviewCompleted)
            )
            assert ("release-holds" in self.owed) == without

    @invariant()
    def what_waits_is_owed_and_nothing_comes_due_in_vain(self) -> None:
        """Each open step that was not said to be late is owed, unless clocks stand still; what is due then has an effect."""
        assert self.state is not None
        if self.state.stage == "accepted" and not self.state.waiting_for_applicant:
            wanted = {
                f"{STEP_OVERDUE}{key}" for key, each in self.state.steps.items() if each.open and not each.overdue
            }
            assert wanted == {kind for kind in self.owed if kind.startswith(STEP_OVERDUE)}
            assert ("review-overdue" in self.owed) == (not self.state.overdue)
        if self.state.waiting_for_applicant:  # for a time: one silent applicant holds up nobody for ever
            reminded = self.of(events.SupplementDueSoon)
            assert set(self.owed) == {"supplement-lapsed"} | ({"supplement-due-soon"} if not reminded else set())
            if self.owed["supplement-lapsed"] <= morning(self.day):
                context = Context(morning(self.day), CALENDAR, ITSELF)
                assert application.decide(self.state, RaiseSupplementLapsed(), context)

    @invariant()
    def who_is_told_that_the_clock_runs_again_is_who_has_something_to_do(self) -> None:
        assert self.state is not None
        assert self.row is not None
        last = self.happened[-1][1]
        if isinstance(last, events.ApplicationSupplemented) and self.state.stage == "accepted":
            assert list(last.departments) == self.row.working

    @invariant()
    def who_has_something_to_do_is_who_could_do_it(self) -> None:
        assert self.state is not None
        assert self.row is not None
        if self.state.stage == "accepted" and not self.state.waiting_for_applicant:
            assert self.row.working == [each for each in ("czj", "gxj", "kjj") if self._could_do_something(each)]
        elif self.state.stage == "submitted" and not self.state.waiting_for_applicant:
            assert self.row.working == ["gxj"]
        else:
            assert self.row.working == []

    def _could_do_something(self, department: str) -> bool:
        fresh = Actor(subject="fresh", roles=(Role.OFFICER,), department=department)
        for each in self.process.steps:
            try:
                command = GiveOpinion(step=each.key, opinion="样例。", place="样例路", score=None)
                application.decide(self.state, command, Context(morning(self.day), CALENDAR, fresh))
            except Refused as refusal:
                if refusal.code in NOT_NOW:
                    continue
            return True
        return False

    @invariant()
    def what_is_granted_is_what_the_budget_keeps(self) -> None:
        for each in self.of(events.ReviewCompleted):
            assert each.outcome == "rejected" or self.kept == (each.amount_fen or 0)

    @invariant()
    def an_approved_one_has_gone_through_every_step(self) -> None:
        assert self.state is not None
        if any(each.outcome == "approved" for each in self.of(events.ReviewCompleted)) or self.of(
            review.ApplicationScored
        ):
            assert self.state.done == {each.key for each in self.process.steps}


TestReviewLife = ReviewLife.TestCase
TestReviewLife.settings = settings(max_examples=300, stateful_step_count=50, deadline=None)

NUMBERS = [f"SB{n}" for n in range(6)]
CLAIMS = st.one_of(
    st.builds(ClaimPlace, number=st.sampled_from(NUMBERS), amount_fen=st.integers(0, 60)),
    st.builds(AdjustClaim, number=st.sampled_from(NUMBERS), amount_fen=st.integers(0, 60)),
    st.builds(ReleasePlace, number=st.sampled_from(NUMBERS)),
    st.builds(
        SetAllotment, item_code=st.just("gxj-1"), period=st.just("2026"),
        places=st.none() | st.integers(1, 5), budget_fen=st.none() | st.integers(1, 120),
    ),
)  # fmt: skip


@given(st.lists(CLAIMS, max_size=40))
@settings(max_examples=500, deadline=None)
def test_there_is_never_too_much_and_what_fits_is_never_refused(commands: list[Any]) -> None:
    state: AllotmentState | None = None
    context = Context(datetime(2026, 3, 2, tzinfo=UTC), CALENDAR, ITSELF)
    for command in [SetAllotment(item_code="gxj-1", period="2026", places=3, budget_fen=100), *commands]:
        before = state
        try:
            for event in allotment.decide(state, command, context):
                state = allotment.evolve(state, event)
        except Refused as refusal:
            assert before is not None
            codes = {each.code for each in refusal.errors}
            if isinstance(command, ClaimPlace) and codes:
                full = before.free is not None and before.free < 1
                poor = before.left_fen is not None and command.amount_fen > before.left_fen
                assert codes == ({"places-full"} if full else set()) | ({"budget-exhausted"} if poor else set())
        assert state is not None
        assert state.free is None or state.free >= 0
        assert state.left_fen is None or state.left_fen >= 0


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 50)), max_size=12),
    st.none() | st.integers(1, 6),
    st.none() | st.integers(1, 150),
)
def test_a_ranking_is_fair(scored: list[tuple[int, int]], places: int | None, budget: int | None) -> None:
    candidates = [
        Candidate(number=f"SB{n}", score=score, amount_fen=fen, order=n) for n, (score, fen) in enumerate(scored)
    ]
    entries = ranked(candidates, places, budget)
    granted = [each for each in entries if each.granted]
    assert len(granted) <= (places if places is not None else len(entries))
    assert sum(each.amount_fen for each in granted) <= (budget if budget is not None else 10**9)
    assert [each.granted for each in entries] == sorted((each.granted for each in entries), reverse=True), "one line"
    assert [each.score for each in entries] == sorted((each.score for each in entries), reverse=True)
    # Never under: the first below the line is one place, or one amount, too many.
    if len(granted) < len(entries):
        following = entries[len(granted)]
        full = places is not None and len(granted) == places
        poor = budget is not None and sum(e.amount_fen for e in granted) + following.amount_fen > budget
        assert full or poor
    better = Counter(each.score for each in entries)
    for each in entries:
        assert each.rank == 1 + sum(times for score, times in better.items() if score > each.score)
