"""Real tickets with their real dates: replayed, counted and classified."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from pathlib import Path

import pytest

from services.hotline.classification.assessing import assess
from services.hotline.classification.examples import Example
from services.hotline.classification.taxonomy import load
from services.hotline.decider import AnswerTicket, ReceiveTicket, ticket
from services.hotline.decider.commands import CloseTicket, DispatchTicket
from services.hotline.events.rules import STANDARD
from shared.calendar import SHANGHAI, LimitClock, WorkingCalendar
from shared.eventstore.decider import Context
from shared.security.actor import Actor, Role

pytestmark = pytest.mark.realdata
CALENDAR = WorkingCalendar.announced()
DESK = Actor(subject="desk", roles=(Role.HOTLINE_AGENT,))
DISTRICT = Actor(subject="district", roles=(Role.OFFICER,), department="tsq")
# What the file's steps are here. 预审 is the desk's dispatch, 回访 asks for a rating and changes no ticket.
DOES = {"受理": "received", "预审": "dispatched", "处置": "answered", "回访": "answered", "结案": "closed"}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_real_flow_is_replayed_step_by_step(realdata: Path) -> None:
    """From receipt to the end within six hours of one day: no working day has passed, and the answer is in time."""
    steps = json.loads((realdata / "ticket_flow_taian_12345.json").read_text("utf-8"))
    at = {step["step"]: datetime.fromisoformat(step["at"]).replace(tzinfo=SHANGHAI) for step in steps}
    asked = ReceiveTicket(
        source="taian",
        number="1",
        channel="电话",
        nature="demand",
        title="样例",
        content="样例",
        received_at=at["受理"],
        rules=STANDARD,
    )
    commands = {
        "受理": (asked, DESK),
        "预审": (DispatchTicket(department="tsq", rules=STANDARD), DESK),
        "处置": (AnswerTicket(text="已处置。"), DISTRICT),
        "结案": (CloseTicket(reason="已回访。"), DESK),
    }
    state = None
    for step in steps:
        if step["step"] in commands:
            command, actor = commands[step["step"]]
            for event in ticket.decide(state, command, Context(at[step["step"]], CALENDAR, actor)):
                state = ticket.evolve(state, event)
        assert state is not None and state.phase == DOES[step["step"]], step
    assert state is not None and state.answered is not None and state.answered.in_time
    assert isinstance(state.clock, LimitClock)
    assert CALENDAR.working_days_between(state.clock.started_on, state.answered.answered_on) == 0


@pytest.mark.parametrize(
    ("name", "came", "answered", "counted"),
    [
        ("tickets_fuzhou12345.csv", "created_date", "replied_date", 785),
        ("tickets_teddy_with_reply.csv", "created_at", "replied_at", 1919),
    ],
)
def test_the_working_days_to_each_real_answer_are_those_of_the_file(
    realdata: Path, name: str, came: str, answered: str, counted: int
) -> None:
    differing, n = [], 0
    for row in rows(realdata / name):
        if row[answered] and row["elapsed_workdays"]:
            n += 1
            start, end = (date.fromisoformat(row[column][:10]) for column in (came, answered))
            if CALENDAR.working_days_between(start, end) != float(row["elapsed_workdays"]):
                differing.append(row["id"])
            if row.get("elapsed_days"):  # of 24 hours, to two places
                took = datetime.fromisoformat(row[answered]) - datetime.fromisoformat(row[came])
                assert abs(took.total_seconds() / 86_400 - float(row["elapsed_days"])) <= 0.0051
    assert (n, differing) == (counted, [])


def test_real_tickets_are_classified_far_better_than_by_the_baselines(realdata: Path) -> None:
    """Without unlabelled tickets, which add some points and much time; docs/tickets.md has all figures."""
    examples = [Example(r["title"], r["content"], r["label_l1"]) for r in rows(realdata / "tickets_teddy_labelled.csv")]
    values = {each.value for each in examples}
    texts = load(realdata / "ticket_taxonomy_3level.csv").texts()
    light = [(subject.split("/")[0], text) for subject, text in texts if subject.split("/")[0] in values]
    found = assess("subject", examples, (), light)
    assert found.macro_f1 >= 0.79
    assert found.macro_f1 > found.naive_bayes_f1 + 0.05 > found.majority_f1
    assert found.calibration_error <= 0.08
