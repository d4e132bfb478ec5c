"""Whatever happens in whatever order, money leaves once for each payment, and the record says what the bank's books say."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.application.decider.payment import (
    ConfirmOutcome,
    CorrectPayee,
    DropPayment,
    OrderPayment,
    PlanPayment,
    ProposeOutcome,
    SettlePayment,
    ShowTrouble,
    payment,
)
from services.application.events import payment as events
from shared.calendar import WorkingCalendar
from shared.eventstore.decider import Context, Refused
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import USCC

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
PLANS = ("P", "Q")
OWNER = Actor(subject="owner", roles=(Role.APPLICANT,), enterprise=USCC)
FINANCE = Actor(subject="finance", roles=(Role.FINANCE,))
MAKER = Actor(subject="maker", roles=(Role.OFFICER,), department="gxj")
ITSELF = system("application")
CASHIERS = [FINANCE, Actor(subject="second", roles=(Role.FINANCE,))]
SETTLED = (events.PaymentPaid, events.PaymentSentBack)


def plan(name: str) -> PlanPayment:
    return PlanPayment(
        payment_id="G", plan=name, item_id="i", item_code="gxj-9", item_title="奖励（样例）", department="gxj",
        enterprise=USCC, name="样例", amount_fen=100, account="sealed", account_end="1234",
    )  # fmt: skip


class PaymentLife(RuleBasedStateMachine):
    """One payment that two plans want, and a bank that answers late, twice, or about something long past."""

    def __init__(self) -> None:
        super().__init__()
        self.state: Any = None
        self.plans: dict[str, str] = dict.fromkeys(PLANS, "submitted")
        self.happened: list[Any] = []
        self.bank: dict[str, str] = {}  # order -> accepted, paid, returned: what is true
        self.said: list[SettlePayment] = []  # answers that are on their way, or were seen before

    def _give(self, command: Any, actor: Actor) -> bool:
        try:
            decided = payment.decide(self.state, command, Context(NOW, WorkingCalendar.announced(), actor))
        except Refused as refusal:
            assert refusal.title.endswith("。")
            return False
        for event in decided:
            self.state = payment.evolve(self.state, event)
            self.happened.append(event)
        return True

    @precondition(lambda self: self.state is not None and self.plans[self.state.planned.plan] != "approved")
    @rule(status=st.sampled_from(["submitted", "returned", "approved"]))
    def finance_decides(self, status: str) -> None:
        """What is approved stays so."""
        self.plans[self.state.planned.plan] = status

    @rule(name=st.sampled_from(PLANS))
    def is_planned(self, name: str) -> None:
        """Before finance has its plan in hand; a plan that is over has successors of the same name here."""
        if self.state is None or self.state.planned.plan != name or self.state.status == "dropped":
            self.plans[name] = "submitted"
        self._give(plan(name), ITSELF)

    @rule(name=st.sampled_from(PLANS), readable=st.booleans())
    def is_ordered(self, name: str, readable: bool) -> None:
        if self.plans[name] == "approved":
            self._give(OrderPayment(plan=name, readable=readable), ITSELF)

    @precondition(lambda self: self.state is not None and self.bank.get(self.state.order) in ("paid", "returned"))
    @rule(first=st.sampled_from(CASHIERS), second=st.sampled_from(CASHIERS))
    def finance_says_what_the_books_say(self, first: Actor, second: Actor) -> None:
        """Two people, or one who tries alone."""
        before = len(self.happened)
        paid = self.bank[self.state.order] == "paid"
        more = {"paid_fen": 99, "paid_on": date(2026, 3, 2)} if paid else {}
        self._give(ProposeOutcome(outcome="paid" if paid else "returned", reason="样例。", **more), first)
        self._give(ConfirmOutcome(proposal=self.state.proposals), second)
        settled = [each for each in self.happened[before:] if isinstance(each, SETTLED)]
        if self.state.proposed is not None and self.state.proposed.by == second.subject:
            assert not settled
        assert all(each.amount_fen == (99 if paid else 100) for each in settled)

    @precondition(lambda self: self.state is not None)
    @rule(trouble=st.sampled_from(["", "样例。"]), late=st.booleans())
    def trouble_is_shown(self, trouble: str, late: bool) -> None:
        """Of this order, or of one long past."""
        self._give(ShowTrouble(order="G.0" if late else self.state.order, trouble=trouble), ITSELF)

    @precondition(lambda self: self.state is not None and self.state.status == "ordered")
    @rule()
    def is_sent(self) -> None:
        """A crash may lie between the order's event and its sending, and it may be sent many times."""
        self.bank.setdefault(self.state.order, "accepted")

    @precondition(lambda self: "accepted" in self.bank.values())
    @rule(number=st.integers(0, 3), paid=st.booleans())
    def the_bank_does_it(self, number: int, paid: bool) -> None:
        waiting = [order for order, status in self.bank.items() if status == "accepted"]
        order = waiting[number % len(waiting)]
        self.bank[order] = "paid" if paid else "returned"
        told = {"on": date(2026, 3, 3), "reference": "PZ"} if paid else {"reason": "样例。"}
        self.said.append(SettlePayment(order=order, outcome="paid" if paid else "returned", **told))

    @precondition(lambda self: bool(self.said))
    @rule(number=st.integers(0, 9), actor=st.sampled_from([ITSELF, FINANCE]))
    def an_answer_arrives(self, number: int, actor: Actor) -> None:
        """Any of them, again and again."""
        self._give(self.said[number % len(self.said)], actor)

    @precondition(lambda self: self.state is not None and self.state.status == "ordered" and not self._known)
    @rule()
    def it_comes_back_at_once(self) -> None:
        """So that histories go beyond the first attempt."""
        self.bank[self.state.order] = "returned"
        self.said.append(SettlePayment(order=self.state.order, outcome="returned", reason="样例。"))
        self._give(self.said[-1], ITSELF)

    @property
    def _known(self) -> bool:
        """Whether the bank has the last order."""
        return self.state.order in self.bank

    @rule()
    def the_enterprise_mends_its_account(self) -> None:
        self._give(CorrectPayee(account="other", account_end="5678"), OWNER)

    @precondition(lambda self: self.state is not None)
    @rule(actor=st.sampled_from([MAKER, FINANCE]))
    def is_dropped(self, actor: Actor) -> None:
        """What stands on a plan that finance has returned can be taken off, whatever was before; it has no order there."""
        before = len(self.happened)
        returned = self.plans[self.state.planned.plan] == "returned"
        done = self._give(DropPayment(plan_open=returned, reason="样例。"), actor)
        if returned:
            assert done
            assert all(event.order == "" for event in self.happened[before:]), "the plan is not asked after"

    @invariant()
    def money_leaves_once(self) -> None:
        assert Counter(self.bank.values())["paid"] <= 1

    @invariant()
    def there_is_never_more_than_one_order_whose_end_is_not_known(self) -> None:
        ordered = [event.order for event in self.happened if isinstance(event, events.PaymentOrdered)]
        ended = {e.order for e in self.happened if isinstance(e, events.PaymentPaid | events.PaymentSentBack)}
        assert len([order for order in ordered if order not in ended]) <= 1
        assert len(set(ordered)) == len(ordered)

    @invariant()
    def the_record_says_what_is_true(self) -> None:
        for event in self.happened:
            if isinstance(event, events.PaymentPaid):
                assert self.bank[event.order] == "paid"
            elif isinstance(event, events.PaymentSentBack):
                assert self.bank.get(event.order, "never sent") in ("returned", "never sent")

    @invariant()
    def trouble_is_that_of_an_order_under_way(self) -> None:
        assert self.state is None or self.state.status == "ordered" or self.state.trouble == ""

    @invariant()
    def what_is_paid_stays_so(self) -> None:
        kinds = [type(event) for event in self.happened]
        if events.PaymentPaid in kinds:
            assert kinds.index(events.PaymentPaid) == len(kinds) - 1


TestPaymentLife = PaymentLife.TestCase
TestPaymentLife.settings = settings(max_examples=400, stateful_step_count=40, deadline=None)
