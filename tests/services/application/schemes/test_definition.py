"""A definition says all that is wrong with it at once, and shows itself as a picture."""

from __future__ import annotations

from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.application.decider.scheme import SetScheme, scheme
from services.application.definition.picture import drawn
from services.application.definition.process import Process, Step, longest, mistakes, unreachable
from services.application.definition.rules import Rules
from tests.services.application.applications import OFFICER, STRANGER
from tests.services.application.schemes.processes import PROCESS, SCORED, step
from tests.support.deciding import given as past

RULES = Rules(period="2026", places=100)


def set_scheme(rules: Rules = RULES, process: Process | None = PROCESS, **more: Any) -> SetScheme:
    content: dict[str, Any] = {"item_code": "gxj-1", "department": "gxj", "procedure": "complex", "promised_days": 10}
    return SetScheme(**(content | more), rules=rules, process=process)


def test_a_right_process_has_no_mistakes() -> None:
    assert mistakes(PROCESS, 6, "gxj", ranked=False) == []
    assert longest(PROCESS) == 6
    assert [each.code for each in mistakes(PROCESS, 5, "gxj", ranked=False)] == ["too-long"]


def test_every_mistake_is_named_at_once() -> None:
    wrong = Process(
        steps=(
            step("a", "b"),
            step("b", "a"),
            step("c", "nowhere"),
            step("d", departments=("kjj",), needs=2),
            step("d", departments=("kjj", "kjj")),
            step("e", kind="scores", departments=("kjj", "czj")),
        )
    )
    found = {(each.field, each.code) for each in mistakes(wrong, 30, "swj", ranked=False)}
    assert found == {
        ("process.steps", "circle"),
        ("process.steps.2.after", "unknown"),
        ("process.steps.3.needs", "too-many"),
        ("process.steps.4.key", "repeated"),
        ("process.steps.4.departments", "repeated"),
        ("process.steps.5.departments", "one"),
        ("process.steps", "department-absent"),
    }
    assert all(each.message.endswith("。") for each in mistakes(wrong, 30, "swj", ranked=False))


def test_who_ranks_needs_scores_and_something_to_share() -> None:
    ranked = Rules(period="2026", award="ranked")
    refusal = past(scheme).when(set_scheme(ranked), actor=OFFICER).refused("application.scheme-invalid")
    assert {each.code for each in refusal.errors} == {"nothing-to-share", "no-end", "nothing-to-rank"}
    right = set_scheme(Rules(period="2026", award="ranked", places=1), SCORED, closes_on=date(2026, 6, 30))
    assert past(scheme).when(right, actor=OFFICER).events
    free = (
        past(scheme).when(set_scheme(procedure="no-application"), actor=OFFICER).refused("application.scheme-invalid")
    )
    assert [each.code for each in free.errors] == ["no-application"]


def test_each_change_is_a_version_and_a_period_keeps_its_way_of_sharing() -> None:
    past(scheme).when(set_scheme(), actor=STRANGER).refused("application.not-your-department")
    (first,) = past(scheme).when(set_scheme(), actor=OFFICER).events
    past(scheme, first).when(set_scheme(), actor=OFFICER).then()
    (second,) = past(scheme, first).when(set_scheme(process=None), actor=OFFICER).events
    assert (first.version, second.version) == (1, 2)  # type: ignore[attr-defined]
    ranked = set_scheme(Rules(period="2026", award="ranked", places=1), SCORED, closes_on=date(2026, 6, 30))
    refusal = past(scheme, first).when(ranked, actor=OFFICER).refused("application.scheme-invalid")
    assert [each.code for each in refusal.errors] == ["period-begun"]


def test_a_department_that_nobody_has_registered_is_refused_in_each_of_its_steps() -> None:
    unknown = frozenset({"kjj", "xxx"})
    refusal = past(scheme).when(set_scheme(unknown=unknown), actor=OFFICER).refused("application.scheme-invalid")
    assert [(each.field, each.code) for each in refusal.errors] == [("process.steps.2.departments", "unknown")]
    assert "“kjj”" in refusal.errors[0].message


def test_bounds_that_would_not_count_what_came_in_are_refused_and_bounds_can_always_be_taken_away() -> None:
    unbounded, places = Rules(period="2026"), Rules(period="2026", places=3)
    both = Rules(period="2026", places=3, budget_fen=500)
    (free,) = past(scheme).when(set_scheme(unbounded), actor=OFFICER).events
    begun = past(scheme, free)
    refusal = begun.when(set_scheme(both, applied=2), actor=OFFICER).refused("application.scheme-invalid")
    assert [each.field for each in refusal.errors] == ["rules.places", "rules.budget_fen"]
    assert all(each.code == "period-begun" and "2件" in each.message for each in refusal.errors)
    assert begun.when(set_scheme(both), actor=OFFICER).events, "as long as nobody has applied"
    assert begun.when(set_scheme(both.model_copy(update={"period": "2027"})), actor=OFFICER).events
    (bounded,) = begun.when(set_scheme(places), actor=OFFICER).events
    late = past(scheme, free, bounded).when(set_scheme(both, applied=2), actor=OFFICER)
    assert [each.field for each in late.refused("application.scheme-invalid").errors] == ["rules.budget_fen"]
    assert past(scheme, free, bounded).when(set_scheme(unbounded, applied=2), actor=OFFICER).events


def test_a_period_keeps_its_way_of_sharing_also_when_another_was_laid_down_between() -> None:
    (first,) = past(scheme).when(set_scheme(), actor=OFFICER).events
    (second,) = past(scheme, first).when(set_scheme(RULES.model_copy(update={"period": "2027"})), actor=OFFICER).events
    back = RULES.model_copy(update={"award": "ranked"})
    refusal = past(scheme, first, second).when(set_scheme(back, SCORED), actor=OFFICER)
    assert "period-begun" in {each.code for each in refusal.refused("application.scheme-invalid").errors}


@pytest.mark.parametrize("process", [PROCESS, SCORED])
def test_the_picture_is_svg_with_every_step_in_its_state(process: Process) -> None:
    picture = drawn(process, {"check": "done"})
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own
    texts = "".join(root.itertext())
    assert all(each.title in texts for each in process.steps)
    assert texts.count("已完成") == 1
    assert texts.count("未开始") == len(process.steps) - 1


def test_a_title_cannot_break_the_picture() -> None:
    root = ElementTree.fromstring(drawn(Process(steps=(step("a", title="<script>&"),))))  # noqa: S314 - our own
    assert "<script>&" in "".join(root.itertext())


KEYS = ["a", "b", "c", "d", "e"]


@given(st.lists(st.lists(st.sampled_from(KEYS), max_size=3), min_size=1, max_size=5))
def test_steps_begin_if_and_only_if_they_are_not_stuck(ways: list[list[str]]) -> None:
    steps: list[Step] = [step(key, *after) for key, after in zip(KEYS, ways, strict=False)]
    process = Process(steps=tuple(steps))
    stuck, done = unreachable(process), frozenset[str]()
    while ready := process.ready(done):
        assert stuck.isdisjoint(each.key for each in ready)
        done |= {each.key for each in ready}
    assert done == {each.key for each in steps} - stuck
