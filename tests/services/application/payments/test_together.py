"""A payment and what it is for, in any order: what is before the public is not paid, and what is revoked never was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.application.decider import (
    AcceptApplication,
    AnnounceResult,
    CompleteReview,
    ConfirmResult,
    RevokeApproval,
    application,
)
from services.application.decider.grant import ListGrant, OfferGrant, SupportGrant, grant
from services.application.decider.payment import DropPayment, OrderPayment, PlanPayment, SettlePayment, payment
from services.application.payments.together import Given, Source, correcting, dropping, giving, planning
from shared.eventstore.decider import Context, Refused
from shared.security.actor import Actor
from tests.services.application.applications import CALENDAR, ENTERPRISE, OFFICER, USCC, morning, submit
from tests.services.application.payments.test_machine import FINANCE, ITSELF, PLANS

NUMBER = "SB2026-1"
ITEM: dict[str, Any] = {"item_id": "i", "item_code": "gxj-1", "item_title": "补助（样例）", "department": "gxj"}
LISTED = ListGrant(
    **ITEM, grant_list="L", list_open=True, period="2026", enterprise=USCC, name="样例", amount_fen=100, basis=""
)
FREE = (None, "dropped")


class PayoutLife(RuleBasedStateMachine):
    """One application or grant, two plans, an announcement; a plan is made on what was read before."""

    @initialize(source=st.sampled_from(["application", "grant"]))
    def begin(self, source: Source) -> None:
        self.source = source
        self.states: dict[str, Any] = {}
        self.said: str | None = None  # what was answered with success, last
        self.read: tuple[str, str] | None = None  # account and its end, as the making of a plan has read them
        if source == "application":
            review = CompleteReview(outcome="approved", opinion="同意。", amount_fen=100)
            self._all([(application, NUMBER, submit())], ENTERPRISE)
            self._all([(application, NUMBER, AcceptApplication()), (application, NUMBER, review)], OFFICER)
        else:
            self._all([(grant, NUMBER, LISTED)], OFFICER)
            offer = OfferGrant(grant_list="L", confirm_by=date(2026, 3, 9), provisional=False)
            self._all([(grant, NUMBER, offer)], ITSELF)

    @property
    def of(self) -> Any:
        """What the payment is for."""
        return self.states[f"{self.source}-{NUMBER}"]

    @property
    def payment(self) -> Any:
        """The payment's state."""
        return self.states.get(f"payment-{NUMBER}")

    @property
    def status(self) -> str | None:
        """The payment's."""
        return self.payment and self.payment.status

    def _all(self, commands: Sequence[Given], actor: Actor) -> bool:
        """All of them or none, as the ledger does it."""
        states = dict(self.states)
        try:
            for decider, key, command in commands:
                name = decider.id_of(key)
                context = Context(morning(date(2026, 3, 2)), CALENDAR, actor)
                for event in decider.decide(states.get(name), command, context):
                    states[name] = decider.evolve(states.get(name), event)
        except Refused as refusal:
            assert refusal.title.endswith("。")
            return False
        self.states = states
        return True

    @rule(end=st.sampled_from(["1111", "2222"]))
    def an_account_is_given(self, end: str) -> None:
        account = f"sealed {end}"
        if self._all(giving(self.source, NUMBER, {"account": account, "account_end": end}), ENTERPRISE):
            self.said = account

    @precondition(lambda self: self.status is not None)
    @rule(end=st.sampled_from(["1111", "3333"]))
    def an_account_is_corrected(self, end: str) -> None:
        """With the payment, when it came back or was not ordered yet."""
        account = f"sealed {end}"
        if self._all(correcting(self.source, NUMBER, {"account": account, "account_end": end}), ENTERPRISE):
            self.said = account

    @precondition(lambda self: self.source == "grant")
    @rule()
    def it_is_supported(self) -> None:
        self._all([(grant, NUMBER, SupportGrant(grant_list="L"))], ITSELF)

    @rule()
    def the_making_of_a_plan_reads_it(self) -> None:
        """Before others act, and the payment is written."""
        if self.of.account is not None:
            self.read = (self.of.account, self.of.account_end)

    @precondition(lambda self: self.read is not None)
    @rule(plan=st.sampled_from(PLANS))
    def it_is_planned(self, plan: str) -> None:
        assert self.read is not None
        account, end = self.read
        command = PlanPayment(
            **ITEM, payment_id=NUMBER, plan=plan, enterprise=USCC, name="样例", amount_fen=100, account=account,
            account_end=end,
        )  # fmt: skip
        self._all(planning(self.source, command), ITSELF)

    @precondition(lambda self: self.source == "application")
    @rule()
    def it_is_announced(self) -> None:
        self._all([(application, NUMBER, AnnounceResult(announcement="A", days=5))], OFFICER)

    @precondition(lambda self: self.source == "application" and self.of.announcement and not self.of.final)
    @rule(upheld=st.booleans())
    def an_objection_is_decided(self, upheld: bool) -> None:
        """Upheld, the approval is revoked; else the result is final in the end."""
        final = ConfirmResult(announcement="A", period="2026", name="样例", withheld=False)
        self._all([(application, NUMBER, RevokeApproval(reason="样例。") if upheld else final)], OFFICER)

    @precondition(lambda self: self.status == "planned")
    @rule()
    def it_is_ordered(self) -> None:
        self._all([(payment, NUMBER, OrderPayment(plan=self.payment.planned.plan))], ITSELF)

    @precondition(lambda self: self.status == "ordered")
    @rule(paid=st.booleans())
    def it_is_settled(self, paid: bool) -> None:
        command = SettlePayment(order=self.payment.order, outcome="paid" if paid else "returned")
        self._all([(payment, NUMBER, command)], ITSELF)

    @precondition(lambda self: self.status not in FREE)
    @rule(actor=st.sampled_from([OFFICER, FINANCE]), plan_open=st.booleans())
    def it_is_dropped(self, actor: Actor, plan_open: bool) -> None:
        command = DropPayment(plan_open=plan_open, reason="样例。")
        self._all(dropping(self.source, NUMBER, self.payment.planned.plan, command), actor)

    @invariant()
    def what_is_before_the_public_or_revoked_stands_on_no_plan(self) -> None:
        if self.states and self.source == "application" and self.status not in FREE:
            assert self.of.stage == "reviewed" and self.of.approved
            assert self.of.announcement is None or self.of.final

    @invariant()
    def money_goes_where_the_enterprise_was_told_it_goes(self) -> None:
        if self.states:
            assert self.of.account == self.said
            if self.status in ("planned", "ordered"):
                assert self.payment.account == self.said

    @invariant()
    def both_say_on_which_plan_it_stands(self) -> None:
        if self.states:
            assert self.of.plan == (None if self.status in FREE else self.payment.planned.plan)

    @invariant()
    def what_may_be_paid_is_not_kept_off_a_plan(self) -> None:
        """Whatever was before: so that nothing is forgotten."""
        if not self.states or self.status not in FREE or self.of.account is None:
            return
        payable = self.source == "grant" and self.of.status == "supported"
        if self.source == "application":
            payable = self.of.approved and (self.of.announcement is None or self.of.final)
        if payable:
            before = self.states
            command = PlanPayment(
                **ITEM, payment_id=NUMBER, plan="another", enterprise=USCC, name="样例", amount_fen=100,
                account=self.of.account, account_end=self.of.account_end,
            )  # fmt: skip
            assert self._all(planning(self.source, command), ITSELF)
            self.states = before


TestPayoutLife = PayoutLife.TestCase
TestPayoutLife.settings = settings(max_examples=400, stateful_step_count=30, deadline=None)
