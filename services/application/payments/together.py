"""A payment and what it is for, an application or a grant: what is given to both in one transaction, so that neither is
planned, announced, revoked or given another account behind the other's back; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from services.application.decider import GivePayee, PutOnPlan, TakeOffPlan, application
from services.application.decider.grant import ConfirmGrant, PutGrantOnPlan, TakeGrantOffPlan, grant
from services.application.decider.payment import CorrectPayee, DropPayment, PlanPayment, payment
from shared.eventstore.decider import Command, Decider

Given = tuple[Decider[Any, Any], str, Command]
Source = Literal["application", "grant"]  # what a payment is for; its number is the payment's


def planning(source: Source, command: PlanPayment) -> list[Given]:
    """What it is for says first whether it may be paid, so, and to this account."""
    key, plan = command.payment_id, command.plan
    own: Given = (application, key, PutOnPlan(plan=plan, amount_fen=command.amount_fen, account=command.account))
    if source == "grant":
        own = (grant, key, PutGrantOnPlan(plan=plan, account=command.account))
    return [own, (payment, key, command)]


def giving(source: Source, key: str, said: Mapping[str, Any]) -> list[Given]:
    """An account for an application or grant, with the payment that there may be of it."""
    return [_own(source, key, said), (payment, key, CorrectPayee(**said, if_planned=True))]


def correcting(source: Source, key: str, said: Mapping[str, Any]) -> list[Given]:
    """Another account for a payment, kept also for the plan that it may stand on after this one."""
    return [(payment, key, CorrectPayee(**said)), _own(source, key, said)]


def _own(source: Source, key: str, said: Mapping[str, Any]) -> Given:
    if source == "grant":
        return (grant, key, ConfirmGrant(**said))
    return (application, key, GivePayee(**said))


def dropping(source: Source, key: str, plan: str, command: DropPayment) -> list[Given]:
    """Off the plan, it may be announced, revoked, or stand on another."""
    own: Given = (application, key, TakeOffPlan(plan=plan))
    if source == "grant":
        own = (grant, key, TakeGrantOffPlan(plan=plan))
    return [(payment, key, command), own]
