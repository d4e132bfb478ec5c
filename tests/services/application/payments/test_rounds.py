"""However rounds, outcomes and corrections overtake one another, a plan that finance has approved is looked at until it ends."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.application.deadlines import deadlines_of
from services.application.decider.payment import CorrectPayee, DropPayment, OrderPayment, SettlePayment, payment
from services.application.decider.payment_plan import (
    LONGEST_GAP,
    ApprovePlan,
    ConcludeMaking,
    ConcludePlan,
    OpenPlan,
    RecordExchange,
    payment_plan,
)
from services.application.payments.owing import EXCHANGE
from shared.calendar import WorkingCalendar
from shared.deadlines.book import Owed
from shared.eventstore.decider import Context, Decider
from shared.readmodels.happened import Happened
from shared.security.actor import Actor, Role, system
from tests.services.application.payments.test_machine import FINANCE, ITSELF, MAKER, OWNER, plan

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
NAMES = ("a", "b", "c")
ABOUT = {"item_id": "i", "item_code": "gxj-9", "item_title": "奖励（样例）", "department": "gxj"}
PLAN = "paymentplan-P"
COUNTED = {"rows": len(NAMES), "total_fen": 100 * len(NAMES)}


class PlanLife(RuleBasedStateMachine):
    """A plan of three payments. A round counts what it found, and is written down when others have been at work meanwhile."""

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.states: dict[str, Any] = {}
        self.owed: dict[str, datetime] = {}
        self.counting: list[RecordExchange] = []
        self._give(payment_plan, "P", OpenPlan(**ABOUT, grant_list=None), MAKER)
        for name in NAMES:
            self._give(payment, name, plan("P").model_copy(update={"payment_id": name}), ITSELF)
        self._give(payment_plan, "P", ConcludeMaking(**COUNTED), system("application"))
        self._give(payment_plan, "P", ApprovePlan(**COUNTED), Actor(subject="f", roles=(Role.FINANCE,)))

    def _give(self, decider: Decider[Any, Any], key: str, command: Any, actor: Actor) -> None:
        name = decider.id_of(key)
        state = self.states.get(name)
        for event in decider.decide(state, command, Context(self.now, WorkingCalendar.announced(), actor)):
            self.states[name] = state = decider.evolve(state, event)
            for change in deadlines_of(Happened("log", 1, None, name, self.now, event)):
                if change.kind == EXCHANGE:
                    assert (change.of or name) == PLAN
                    self.owed.pop(EXCHANGE, None)
                    if isinstance(change, Owed):
                        self.owed[EXCHANGE] = change.at

    def _standing(self, *statuses: str) -> list[str]:
        return [name for name in NAMES if self.states[f"payment-{name}"].status in statuses]

    @rule(seconds=st.integers(1, 9000))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def planned_ones_are_ordered(self) -> None:
        if self.states[PLAN].status == "approved":
            for name in NAMES:
                self._give(payment, name, OrderPayment(plan="P"), ITSELF)

    @precondition(lambda self: bool(self._standing("ordered")))
    @rule(number=st.integers(0, 2), paid=st.booleans(), actor=st.sampled_from([ITSELF, FINANCE]))
    def an_outcome_comes(self, number: int, paid: bool, actor: Actor) -> None:
        names = self._standing("ordered")
        name = names[number % len(names)]
        order = self.states[f"payment-{name}"].order
        told: dict[str, Any] = {"outcome": "paid", "on": date(2026, 3, 3)} if paid else {"outcome": "returned"}
        self._give(payment, name, SettlePayment(order=order, **told), actor)

    @precondition(lambda self: bool(self._standing("sent-back")))
    @rule(number=st.integers(0, 2), mended=st.booleans())
    def what_came_back_is_mended_or_dropped(self, number: int, mended: bool) -> None:
        names = self._standing("sent-back")
        name = names[number % len(names)]
        if mended:
            self._give(payment, name, CorrectPayee(account="other", account_end="5678"), OWNER)
        else:
            self._give(payment, name, DropPayment(plan_open=False, reason="样例。"), MAKER)

    @rule(reached=st.sampled_from(["", "", "b"]), by_file=st.booleans())
    def a_round_counts(self, reached: str, by_file: bool) -> None:
        standing = Counter(self.states[f"payment-{name}"].status for name in NAMES)
        counted = {"open": standing["planned"] + standing["ordered"], "returned": standing["sent-back"]}
        self.counting.append(RecordExchange(**counted, paid=standing["paid"], reached=reached, by_file=by_file))

    @precondition(lambda self: bool(self.counting))
    @rule()
    def a_round_is_written_down(self) -> None:
        command = self.counting.pop(0)
        if command.open or command.returned:
            self._give(payment_plan, "P", command, ITSELF)
        else:
            self._give(payment_plan, "P", ConcludePlan(paid=command.paid, paid_fen=0, dropped=0), ITSELF)

    @invariant()
    def it_is_looked_at_until_it_ends(self) -> None:
        if self.states and self.states[PLAN].status == "approved":
            assert self.owed[EXCHANGE] <= self.now + LONGEST_GAP
        elif self.states:
            assert self.owed == {}

    @invariant()
    def it_ends_when_nothing_is_left(self) -> None:
        if self.states and self.states[PLAN].status == "concluded":
            assert not self._standing("planned", "ordered", "sent-back")


TestPlanLife = PlanLife.TestCase
TestPlanLife.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
