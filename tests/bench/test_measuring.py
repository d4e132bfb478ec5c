"""Every group measures something on the real servers, at a size that says nothing of speed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from bench.__main__ import arguments, measure
from bench.groups import GROUPS
from bench.plan import QUICK
from bench.report import as_html

LETTERS = {
    "commands": "a", "http": "a", "relay": "b", "replay": "c", "latency": "d", "growth": "e", "reacting": "f",
    "matching": "g", "search": "h", "intake": "i", "applications": "j",
}  # fmt: skip


@pytest.mark.parametrize("name", list(GROUPS))
async def test_a_group_gives_every_figure_it_compares_draws_and_limits(name: str, tmp_path: Path) -> None:
    run = await measure([name], 1, QUICK, tmp_path)
    (measured,) = run.groups
    assert measured.failure is None
    found = measured.found
    assert found
    for values in found.values():
        assert len(values) == 1
        assert all(math.isfinite(value) and value >= 0 for value in values)
    plan = measured.plan
    compared = {each for against in plan.against for each in (against.figure, against.peer)}
    assert compared | {limit.figure for limit in plan.limits} <= set(found)
    assert plan.pictures

    written = json.loads((tmp_path / "bench.json").read_text())
    (group,) = written["groups"]
    assert {figure["name"] for figure in group["figures"]} == set(found)
    assert all(target["met"] in (True, False) for target in written["targets"])
    for told in ("processor", "cores", "memory_mib", "kernel", "python", "libraries", "servers"):
        assert written["machine"][told], told
    assert set(written["load_average"]) == {"before", "after"}
    assert (tmp_path / "bench.html").read_text() == as_html(run)


def test_the_groups_are_those_of_the_figures_a_to_j() -> None:
    assert {name: group.title[1] for name, group in GROUPS.items()} == LETTERS


def test_groups_are_chosen_by_name_and_a_wrong_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert arguments(["http", "latency", "--rounds", "7"]).groups == ["http", "latency"]
    with pytest.raises(SystemExit):
        arguments(["everything"])
    assert "no such group: everything" in capsys.readouterr().err
