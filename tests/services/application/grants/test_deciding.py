"""What a list and its grants allow and refuse; pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.application.decider.grant import (
    ConfirmGrant,
    DeclineGrant,
    GrantState,
    LapseGrant,
    ListGrant,
    OfferGrant,
    SupportGrant,
    UnlistGrant,
    grant,
)
from services.application.decider.grant_list import (
    AcceptGrantList,
    ConcludeOffers,
    ConcludeTerm,
    ConfirmSupportList,
    GrantListState,
    OpenGrantList,
    ReturnGrantList,
    SubmitGrantList,
    grant_list,
)
from services.application.grants.rows import GrantForm, fen_of, normalised
from shared.calendar import WorkingCalendar
from shared.eventstore.decider import Context, Refused
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import USCC

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
MAKER = Actor(subject="maker", roles=(Role.OFFICER,), department="gxj")
HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj")
OTHER = Actor(subject="other", roles=(Role.OFFICER,), department="kjj")
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,))
ENTERPRISE = Actor(subject="boss", roles=(Role.APPLICANT,), enterprise=USCC)
ITSELF = system("application")
ABOUT = {"item_id": "i", "item_code": "gxj-9", "item_title": "奖励（样例）", "department": "gxj", "period": "2026"}
OPEN = OpenGrantList(**ABOUT, procedure="no-application", term_days=10, basis="样例依据。")
SUBMIT, ACCEPT = SubmitGrantList(rows=2, total_fen=300), AcceptGrantList(rows=2, total_fen=300)
ON_LIST: dict[str, Any] = {"grant_list": "L", "list_open": True, "enterprise": USCC, "name": "样例", "basis": ""}
LISTED = ListGrant(**ABOUT, **ON_LIST, amount_fen=100)
OFFER = OfferGrant(grant_list="L", confirm_by=MONDAY.date(), provisional=False)
DECLINE = DeclineGrant(reason="不需要。")
LAPSE = LapseGrant(grant_list="L")
CONFIRM = ConfirmGrant(account="sealed", account_end="0000")


def context_at(now: datetime, actor: Actor) -> Context:
    return Context(now, WorkingCalendar.announced(), actor)


def done(decider: Any, steps: tuple[tuple[Any, Actor], ...]) -> Any:
    """The state after commands of these people."""
    state = None
    for command, actor in steps:
        for event in decider.decide(state, command, context_at(MONDAY, actor)):
            state = decider.evolve(state, event)
    return state


def of_list(*steps: tuple[Any, Actor]) -> GrantListState:
    state: GrantListState = done(grant_list, steps)
    return state


def of_grant(*steps: tuple[Any, Actor]) -> GrantState:
    state: GrantState = done(grant, steps)
    return state


SUBMITTED = ((OPEN, MAKER), (SUBMIT, MAKER))
OFFERED = (*SUBMITTED, (ACCEPT, BUREAU), (ConcludeOffers(), ITSELF))


def refused(decider: Any, state: Any, command: Any, actor: Actor) -> str:
    with pytest.raises(Refused) as caught:
        decider.decide(state, command, context_at(MONDAY, actor))
    return caught.value.code


def test_the_term_begins_when_the_platform_takes_the_list() -> None:
    state = of_list(*OFFERED)
    assert (state.status, str(state.last_day)) == ("offered", "2026-03-16")


@pytest.mark.parametrize(
    ("steps", "command", "actor", "code"),
    [
        (((OPEN, MAKER),), SUBMIT, OTHER, "application.not-your-department"),
        (((OPEN, MAKER),), SubmitGrantList(rows=0, total_fen=0), MAKER, "application.grant-list-empty"),
        (((OPEN, MAKER),), ACCEPT, BUREAU, "application.grant-list-wrong-status"),
        (SUBMITTED, ACCEPT, HEAD, "application.data-bureau-only"),
        (SUBMITTED, AcceptGrantList(rows=2, total_fen=301), BUREAU, "application.grant-list-changed"),
        (SUBMITTED, SUBMIT, MAKER, "application.grant-list-wrong-status"),
        (OFFERED, ConfirmSupportList(rows=1, total_fen=1, waiting=1), HEAD, "application.grants-waiting"),
        (OFFERED, ConfirmSupportList(rows=1, total_fen=1, waiting=0), MAKER, "application.four-eyes"),
        (OFFERED, ReturnGrantList(reason="晚了。"), BUREAU, "application.grant-list-wrong-status"),
    ],
)
def test_what_a_list_refuses(steps: Any, command: Any, actor: Actor, code: str) -> None:
    assert refused(grant_list, of_list(*steps), command, actor) == code


def test_a_returned_list_is_mended_and_handed_in_again() -> None:
    state = of_list(*SUBMITTED, (ReturnGrantList(reason="金额有误。"), BUREAU), (SUBMIT, HEAD), (ACCEPT, BUREAU))
    assert state.status == "accepted" and state.submitted is not None and state.submitted.by == "head"


def test_only_items_without_application_have_lists() -> None:
    simple = OPEN.model_copy(update={"procedure": "simple"})
    assert refused(grant_list, None, simple, MAKER) == "application.grant-list-invalid"


def test_the_support_list_waits_for_answers_or_the_end_of_the_term() -> None:
    ended = of_list(*OFFERED, (ConcludeTerm(confirmed=1, declined=0, lapsed=1), ITSELF))
    (event,) = grant_list.decide(ended, ConfirmSupportList(rows=1, total_fen=100, waiting=0), context_at(MONDAY, HEAD))
    assert grant_list.evolve(ended, event).status == "confirmed"


def test_nobody_is_granted_the_same_twice() -> None:
    elsewhere = LISTED.model_copy(update={"grant_list": "M"})
    for steps in (((LISTED, MAKER),), ((LISTED, MAKER), (OFFER, ITSELF), (CONFIRM, ENTERPRISE))):
        assert refused(grant, of_grant(*steps), elsewhere, MAKER) == "application.grant-listed-elsewhere"
    lapsed = of_grant((LISTED, MAKER), (OFFER, ITSELF), (LAPSE, ITSELF))
    assert grant.decide(lapsed, elsewhere, context_at(MONDAY, MAKER))
    # What was moved to another list is that one's: the old one does nothing to it any more.
    moved = of_grant((LISTED, MAKER), (OFFER, ITSELF), (LAPSE, ITSELF), (elsewhere, MAKER))
    assert not grant.decide(moved, OFFER, context_at(MONDAY, ITSELF))


@pytest.mark.parametrize(
    ("steps", "command", "actor", "code"),
    [
        (((LISTED, MAKER),), CONFIRM, ENTERPRISE, "application.grant-not-open"),
        (((LISTED, MAKER), (OFFER, ITSELF)), CONFIRM, MAKER, "application.not-your-enterprise"),
        (((LISTED, MAKER), (OFFER, ITSELF)), OFFER, ENTERPRISE, "application.platform-only"),
        (((LISTED, MAKER), (OFFER, ITSELF)), UnlistGrant(list_open=True, reason="错。"), MAKER, "application.grant-not-listed"),
        (((LISTED, MAKER),), UnlistGrant(list_open=False, reason="错。"), MAKER, "application.grant-not-listed"),
        (((LISTED, MAKER), (OFFER, ITSELF), (LAPSE, ITSELF)), CONFIRM, ENTERPRISE, "application.grant-not-open"),
        (((LISTED, MAKER), (OFFER, ITSELF), (DECLINE, ENTERPRISE)), CONFIRM, ENTERPRISE, "application.grant-not-open"),
    ],
)  # fmt: skip
def test_what_a_grant_refuses(steps: Any, command: Any, actor: Actor, code: str) -> None:
    assert refused(grant, of_grant(*steps), command, actor) == code


def test_what_the_platform_does_it_does_once() -> None:
    state = of_grant((LISTED, MAKER), (OFFER, ITSELF), (CONFIRM, ENTERPRISE), (SupportGrant(grant_list="L"), ITSELF))
    assert state.status == "supported"
    for command in (OFFER, LapseGrant(grant_list="L"), SupportGrant(grant_list="L")):
        assert not grant.decide(state, command, context_at(MONDAY, ITSELF))
    assert not grant.decide(state, CONFIRM, context_at(MONDAY, ENTERPRISE))


@pytest.mark.parametrize(
    ("written", "fen"), [("50000", 5_000_000), ("1,234.50元", 123_450), (" ￥0.01 ", 1), (3.1, 310), (7, 700)]
)
def test_yuan_are_kept_as_fen(written: object, fen: int) -> None:
    assert fen_of(written) == fen


@pytest.mark.parametrize("written", ["", "很多", "-1", "0", "1.005", "NaN", "Infinity", "1e15"])
def test_what_is_no_amount_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="金额"):
        fen_of(written)


def test_departments_headers_are_known() -> None:
    row = normalised(
        {"序号": 1, "企业 名称": "样例公司", "统一社会信用代码": USCC, "奖补金额（元）": "1", "备注": None}
    )
    assert GrantForm.model_validate(row) == GrantForm(enterprise=USCC, name="样例公司", amount="1")  # type: ignore[arg-type]
