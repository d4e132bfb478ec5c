"""The decisions about a row that could not be taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.hotline.decider.refusal import RaiseRowWaiting, RefuseRow, SettleRow, ShowRow, refusal
from services.hotline.events.refusal import RowRefused, RowSettled, RowShown, RowWaiting
from services.hotline.inbox.waiting import deadlines_of
from shared.calendar import WorkingCalendar, end_of
from shared.deadlines.book import Owed, Settled
from shared.eventstore.decider import Context, FieldError, Refused
from shared.eventstore.events import Event
from shared.readmodels.happened import OWN_LOG, Happened
from shared.security.actor import Actor
from tests.services.hotline.tickets import AGENT, OFFICER, PLATFORM, shanghai

FRIDAY = shanghai("2026-10-16T10:00")
ROW = RefuseRow(
    kind="tickets", source="12345", number="JY-1", digest="a", original="sealed",
    errors=(FieldError(field="title", code="missing", message="缺少必填项。"),),
)  # fmt: skip


def after(*commands: Any, actor: Actor = AGENT, at: Any = FRIDAY) -> list[Event]:
    state, events = None, list[Event]()
    for command in commands:
        by = PLATFORM if isinstance(command, RaiseRowWaiting) else actor
        new = refusal.decide(state, command, Context(at, WorkingCalendar.announced(), by))
        for event in new:
            state = refusal.evolve(state, event)
        events += new
    return events


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


def owed_after(event: Event) -> list[Owed | Settled]:
    return list(deadlines_of(Happened(OWN_LOG, 1, None, "refusal-x", FRIDAY, event)))


def test_the_same_row_is_refused_once_and_another_one_again() -> None:
    assert kinds(after(ROW, ROW)) == [RowRefused]
    other = ROW.model_copy(update={"digest": "b"})
    assert kinds(after(ROW, SettleRow(taken=True), other)) == [RowRefused, RowSettled, RowRefused]


def test_somebody_has_to_look_within_a_working_day() -> None:
    (refused,) = after(ROW)
    (owed,) = owed_after(refused)
    assert isinstance(owed, Owed) and owed.at == end_of(shanghai("2026-10-19T10:00").date())


@pytest.mark.parametrize("last", [SettleRow(taken=True), SettleRow(taken=False, reason="测试。"), RaiseRowWaiting()])
def test_every_end_takes_the_deadline_away(last: Any) -> None:
    event = after(ROW, last)[-1]
    assert [type(each) for each in owed_after(event)] == [Settled]


def test_it_waits_loudly_once_and_not_when_it_is_settled() -> None:
    assert kinds(after(ROW, RaiseRowWaiting(), RaiseRowWaiting())) == [RowRefused, RowWaiting]
    assert kinds(after(ROW, SettleRow(taken=True), RaiseRowWaiting())) == [RowRefused, RowSettled]


def test_what_is_settled_stays_settled() -> None:
    assert kinds(after(ROW, ShowRow(), SettleRow(taken=True), SettleRow(taken=True))) == [
        RowRefused, RowShown, RowSettled,
    ]  # fmt: skip
    with pytest.raises(Refused, match="已处理完毕"):
        after(ROW, SettleRow(taken=True), SettleRow(taken=False, reason="测试。"))


@pytest.mark.parametrize("command", [ROW, ShowRow(), SettleRow(taken=True)])
def test_rows_are_the_desks_business(command: Any) -> None:
    state = refusal.evolve(None, after(ROW)[0])
    with pytest.raises(Refused) as refused:
        refusal.decide(state, command, Context(FRIDAY + timedelta(hours=1), WorkingCalendar.announced(), OFFICER))
    assert refused.value.code == "hotline.not-yours"
