"""Who may connect, close and use a department's own system."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.application.decider.system import (
    ActThrough,
    ApproveSystem,
    ConfirmAway,
    DeclineSystem,
    EndSystem,
    IssueSecret,
    RequestSystem,
    ResumeSystem,
    SuspendSystem,
    SystemCommand,
    digest_of,
    evolve,
    proves,
    system,
)
from services.application.events import system as events
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role
from tests.support.deciding import WORKING_MORNING, given

CLIENT = "gxj-1a2b3c4d5e6f"
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj")
COLLEAGUE = Actor(subject="colleague", roles=(Role.OFFICER,), department="gxj")
HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj")
STRANGER = Actor(subject="stranger", roles=(Role.DEPARTMENT_HEAD,), department="kjj")
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,), department="szj")
ITSELF = Actor(subject=f"system:{CLIENT}", roles=(Role.DEPARTMENT_SYSTEM,), department="gxj")
OTHER = ITSELF.model_copy(update={"subject": "system:gxj-000000000000"})
WHO: dict[str, Any] = {"system": CLIENT, "system_name": "项目管理系统（样例）", "department": "gxj"}
ABOUT: dict[str, Any] = {"items": ("gxj-1",), "office": "信息科（样例）", "phone": "0510-80000000"}
REASON = "密钥可能泄露（样例）。"


def asks(**more: Any) -> RequestSystem:
    content = {"system": CLIENT, "department": "gxj", "name": "项目管理系统（样例）"} | ABOUT
    return RequestSystem(**(content | more))


REQUESTED = events.SystemRequested(**WHO, **ABOUT, by="officer")
APPROVED = events.SystemApproved(**WHO, by="bureau")
SUSPENDED = events.SystemSuspended(**WHO, reason=REASON, by="head")
ENDED = events.SystemEnded(**WHO, reason=REASON, by="bureau")


def issued(secret: str, hours: int = 24, at: Any = WORKING_MORNING) -> events.SystemSecretIssued:
    until = at + timedelta(hours=hours)
    return events.SystemSecretIssued(
        **WHO, salt="salt", digest=digest_of("salt", secret), earlier_until=until, by="head"
    )


@pytest.mark.parametrize("actor", [OFFICER, HEAD])
def test_the_department_asks_for_its_system(actor: Actor) -> None:
    given(system).when(asks(), actor=actor).then(REQUESTED.model_copy(update={"by": actor.subject}))
    given(system, REQUESTED).when(asks(), actor=actor).then()


@pytest.mark.parametrize("actor", [STRANGER, BUREAU, ITSELF])
def test_nobody_else_asks_for_it(actor: Actor) -> None:
    given(system).when(asks(), actor=actor).refused("application.not-your-system")


def test_items_named_twice_are_all_named_at_once() -> None:
    command = asks(items=("a", "a", "b", "c", "c"))
    refusal = given(system).when(command, actor=HEAD).refused("application.system-invalid", ["items", "items"])
    assert [error.message for error in refusal.errors] == ["事项编号a重复，请删去一个。", "事项编号c重复，请删去一个。"]


def test_the_data_bureau_decides_once() -> None:
    given(system, REQUESTED).when(ApproveSystem(), actor=BUREAU).then(APPROVED)
    given(system, REQUESTED, APPROVED).when(ApproveSystem(), actor=BUREAU).then()
    given(system, REQUESTED, APPROVED).when(DeclineSystem(reason=REASON), actor=BUREAU).refused(
        "application.system-wrong-status"
    )
    given(system, REQUESTED).when(ApproveSystem(), actor=HEAD).refused("application.data-bureau-only")
    given(system).when(ApproveSystem(), actor=BUREAU).refused("application.system-unknown")


@pytest.mark.parametrize(("actor", "may"), [(HEAD, True), (OFFICER, True), (COLLEAGUE, False), (BUREAU, False)])
def test_the_head_or_who_asked_for_it_draws_the_secret(actor: Actor, may: bool) -> None:
    outcome = given(system, REQUESTED, APPROVED).when(IssueSecret(salt="s", digest="d"), actor=actor)
    if not may:
        outcome.refused("application.not-your-system")
        return
    told = {"salt": "s", "digest": "d", "earlier_until": WORKING_MORNING + timedelta(hours=24), "by": actor.subject}
    outcome.then(events.SystemSecretIssued(**WHO, **told))


def test_both_secrets_hold_for_the_overlap_and_no_longer() -> None:
    state = given(system, REQUESTED, APPROVED, issued("old"), issued("new", 24)).state
    last = WORKING_MORNING + timedelta(hours=24)
    assert [proves(state, each, last - timedelta(seconds=1)) for each in ("old", "new", "other")] == [True, True, False]
    assert [proves(state, each, last) for each in ("old", "new")] == [False, True]
    at_once = evolve(state, issued("newest", 0))
    assert [proves(at_once, each, WORKING_MORNING) for each in ("old", "new", "newest")] == [False, False, True]
    assert not proves(None, "old", WORKING_MORNING)
    assert not proves(given(system, REQUESTED, APPROVED).state, "", WORKING_MORNING)
    assert not proves(evolve(state, ENDED), "new", WORKING_MORNING)


@pytest.mark.parametrize("actor", [HEAD, BUREAU])
def test_either_closes_it_and_the_data_bureau_alone_opens_it_again(actor: Actor) -> None:
    suspended = SUSPENDED.model_copy(update={"by": actor.subject})
    given(system, REQUESTED, APPROVED).when(SuspendSystem(reason=REASON), actor=actor).then(suspended)
    resuming = given(system, REQUESTED, APPROVED, SUSPENDED).when(ResumeSystem(), actor=actor)
    if actor is BUREAU:
        resuming.then(events.SystemResumed(**WHO, by="bureau"))
    else:
        resuming.refused("application.data-bureau-only")
    for before in ((), (APPROVED,), (APPROVED, SUSPENDED)):
        ending = given(system, REQUESTED, *before).when(EndSystem(reason=REASON), actor=actor)
        ending.then(ENDED.model_copy(update={"by": actor.subject}))


@pytest.mark.parametrize("command", [SuspendSystem(reason=REASON), EndSystem(reason=REASON)])
@pytest.mark.parametrize("actor", [OFFICER, STRANGER, ITSELF])
def test_nobody_else_closes_it(command: SystemCommand, actor: Actor) -> None:
    given(system, REQUESTED, APPROVED).when(command, actor=actor).refused("application.not-your-system")


def test_what_has_ended_is_over() -> None:
    over = given(system, REQUESTED, APPROVED, ENDED)
    over.when(EndSystem(reason=REASON), actor=HEAD).then()
    for command in (ResumeSystem(), ApproveSystem(), DeclineSystem(reason=REASON), SuspendSystem(reason=REASON)):
        over.when(command, actor=BUREAU).refused("application.system-wrong-status")
    over.when(IssueSecret(), actor=HEAD).refused("application.system-wrong-status")


@pytest.mark.parametrize("before", [(), (APPROVED, SUSPENDED), (APPROVED, ENDED)], ids=["asked", "suspended", "ended"])
def test_only_a_connected_system_acts(before: tuple[Event, ...]) -> None:
    away = given(system, REQUESTED, *before)
    away.when(ActThrough(item_code="gxj-1"), actor=ITSELF).refused("application.system-not-connected")
    away.when(ConfirmAway()).then()
    here = given(system, REQUESTED, APPROVED)
    here.when(ActThrough(item_code="gxj-1"), actor=ITSELF).then()
    here.when(ConfirmAway()).refused("application.system-connected")


def test_a_system_acts_for_its_own_items_and_as_itself() -> None:
    here = given(system, REQUESTED, APPROVED)
    here.when(ActThrough(item_code="gxj-2"), actor=ITSELF).refused("application.not-your-item")
    here.when(ActThrough(item_code="gxj-1"), actor=OTHER).refused("application.not-your-item")
    here.when(ActThrough(item_code="gxj-1"), actor=HEAD).refused("application.systems-only")
    every = REQUESTED.model_copy(update={"items": ()})
    given(system, every, APPROVED).when(ActThrough(item_code="gxj-2"), actor=ITSELF).then()
