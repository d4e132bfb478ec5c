"""What stands on a paper is what a department has said and what of it stands; pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.application import events
from services.application.decider import ReturnToStep, RevokeApproval
from services.application.events.review import OpinionGiven
from services.application.stamping.saying import what_was_said
from shared.eventstore.events import Event, Recorded
from tests.services.application.applications import OFFICER
from tests.services.application.schemes.processes import PROCESS, SCORED, step
from tests.services.application.schemes.test_stepping import Process, Review, of

BEGINNING = datetime(2026, 3, 2, 1, tzinfo=UTC)


def said(happened: list[Event], department: str = "gxj") -> list[tuple[str, str]]:
    history = [
        Recorded("application-SB2026-1", n, BEGINNING + timedelta(minutes=n), event, OFFICER, "command")
        for n, event in enumerate(happened, start=1)
    ]
    return [(each.step, each.text) for each in what_was_said(history, department)]


def test_a_score_and_a_declared_interest_stand_as_what_they_are() -> None:
    it = Review(SCORED)
    it.says("check", of("gxj"), opinion="材料齐全（样例）。")
    it.says("experts", of("gxj", "e1"), conflict=True, opinion="")
    it.says("experts", of("gxj", "e2"), score=12, opinion="方案不可行（样例）。")
    assert said(it.happened) == [
        ("步骤check", "同意。材料齐全（样例）。"),
        ("步骤experts", "申明存在利益关系，回避，不评分。"),
        ("步骤experts", "评分：12分。方案不可行（样例）。"),
    ]


def test_what_was_undone_by_a_return_is_not_on_the_paper_and_others_opinions_are_not_either() -> None:
    it = Review(PROCESS)
    it.says("check", of("gxj"), opinion="第一次（样例）。")
    it.says("joint", of("kjj"), agrees=False, opinion="不符合（样例）。")
    it.does(ReturnToStep(step="visit", to="check", reason="核对（样例）。"), of("gxj"))
    it.says("check", of("gxj"), opinion="第二次（样例）。")
    assert said(it.happened) == [("步骤check", "同意。第二次（样例）。")]
    assert said(it.happened, "kjj") == []


def test_a_revoked_approval_is_named_beside_the_outcome() -> None:
    it = Review(Process(steps=(step("a"), step("b", "a", departments=("kjj",)))))
    it.says("a", of("gxj"), amount_fen=123_456)
    it.says("b", of("kjj"), opinion="属实（样例）。")
    it.does(RevokeApproval(reason="公示期间的异议成立（样例）。"), OFFICER)
    steps, words = zip(*said(it.happened), strict=True)
    assert steps == ("步骤a", "审核结论", "撤销决定")
    assert words[1] == "审核结果：通过。核定金额1,234.56元。属实（样例）。"
    assert words[2] == "上述通过的审核结论已经撤销，不再有效。原因：公示期间的异议成立（样例）。"
    assert said(it.happened, "kjj") == [("步骤b", "同意。属实（样例）。")]
    assert isinstance(it.happened[-1], events.ApprovalRevoked)


def test_what_was_scored_before_is_read_as_neither_agreeing_nor_not() -> None:
    score: dict[str, Any] = {"score": 12.0, "conflict": False, "agrees": True}
    conflict: dict[str, Any] = {"score": None, "conflict": True, "agrees": True}
    opinion: dict[str, Any] = {"score": None, "conflict": False, "agrees": False}
    for stored in (score, conflict, opinion):
        OpinionGiven.upcast_v2_v3(stored)
    assert [stored["agrees"] for stored in (score, conflict, opinion)] == [None, None, False]
