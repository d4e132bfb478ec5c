"""An application's own steps of an announcement: announced once, final once, and never when its approval does not stand."""

from __future__ import annotations

import pytest

from services.application import events
from services.application.decider import AnnounceResult, ConfirmResult, RevokeApproval, application
from services.application.progress import what_is_next
from services.application.readmodels.track import ApplicationRow
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role
from tests.services.application.applications import ABOUT, MONDAY, OFFICER, USCC, accepted, morning, submitted
from tests.support.deciding import Given, given

KEY = "gxj-1.2026.1"
HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj")
OTHER_HEAD = HEAD.model_copy(update={"subject": "other-head"})
REVIEWED = events.ReviewCompleted(
    **ABOUT, outcome="approved", opinion="同意。", amount_fen=4_000_000, completed_on=MONDAY, in_time=True
)
ANNOUNCED = events.ResultAnnounced(**ABOUT, announcement=KEY, days=5, withheld=False)
CONFIRM = ConfirmResult(announcement=KEY, period="2026", name="样例（样例）", withheld=False)
FINAL = events.ResultConfirmed(
    **ABOUT, period="2026", name="样例（样例）", amount_fen=4_000_000, withheld=False, confirmed_on=MONDAY
)
REVOKED = events.ApprovalRevoked(**ABOUT, reason="公示期间的异议成立（样例）。")


def after(*happened: Event) -> Given:
    """A reviewed application, and what happened to it since."""
    return given(application, submitted(), accepted(), REVIEWED, *happened)


@pytest.mark.parametrize("withheld", [False, True])
def test_it_says_whether_the_public_sees_it(withheld: bool) -> None:
    announce = AnnounceResult(announcement=KEY, days=5, withheld=withheld)
    after().when(announce, actor=OFFICER).then(ANNOUNCED.model_copy(update={"withheld": withheld}))


def test_two_heads_at_once_make_a_result_final_once() -> None:
    after(ANNOUNCED).when(CONFIRM, at=morning(MONDAY), actor=HEAD).then(FINAL)
    after(ANNOUNCED, FINAL).when(CONFIRM, at=morning(MONDAY), actor=OTHER_HEAD).then()


def test_what_was_revoked_meanwhile_does_not_become_final() -> None:
    after(ANNOUNCED, REVOKED).when(CONFIRM, actor=HEAD).refused("application.wrong-stage")


def test_only_what_stands_on_this_announcement_becomes_final() -> None:
    after().when(CONFIRM, actor=HEAD).refused("application.not-on-announcement")
    elsewhere = CONFIRM.model_copy(update={"announcement": "gxj-1.2026.2"})
    after(ANNOUNCED).when(elsewhere, actor=HEAD).refused("application.not-on-announcement")
    after(ANNOUNCED, FINAL).when(elsewhere, actor=HEAD).refused("application.not-on-announcement")


def test_a_final_result_is_revoked_no_more() -> None:
    revoke = RevokeApproval(reason="样例。")
    after(ANNOUNCED).when(revoke, actor=OFFICER).then(
        events.ApprovalRevoked(**ABOUT, reason="样例。"),
    )
    after(ANNOUNCED, FINAL).when(revoke, actor=OFFICER).refused("application.result-final")


def test_the_applicant_reads_that_a_withheld_result_is_not_public() -> None:
    shown = {
        "number": "SB2026-1",
        "item_code": "gxj-1",
        "item_title": "补助（样例）",
        "department": "gxj",
        "enterprise": USCC,
    }
    times = {"submitted_on": MONDAY, "submitted_at": morning(MONDAY), "status": "reviewed", "announcement": KEY}
    assert "正在公示" in what_is_next(ApplicationRow(**shown, **times))
    assert "不向社会公开" in what_is_next(ApplicationRow(**shown, **times, withheld=True))
