"""What is made of measurements: ratios, targets, the JSON and the page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from typing import Any

from bench.plan import QUICK, Against, Bars, Found, Group, Limit, Lines, Plan, Scale, take_rounds
from bench.report import Measured, Run, as_html, as_json

MACHINE = {
    "processor": "A processor <x>", "cores": 4, "usable_cores": 2, "memory_mib": 8192, "kernel": "Linux 6.1 x86_64",
    "python": "CPython 3.11", "libraries": {"psycopg": "3.3"}, "servers": {"postgresql": "18.6"},
}  # fmt: skip


@asynccontextmanager
async def no_stage(_scale: Scale, _found: Found) -> AsyncIterator[Plan]:
    yield Plan()


def measured(plan: Plan, found: Mapping[str, list[float]], failure: str | None = None) -> Measured:
    return Measured(Group("some", "Some figures", "What was done.", no_stage), plan, found, 1.5, failure)


def run_of(*groups: Measured) -> Run:
    load = {"before": [0.1, 0.2, 0.3], "after": [1.0, 0.5, 0.4]}
    return Run("2026-03-02T01:00:00+00:00", "full", 3, MACHINE, load, list(groups))


def figures_of(group: Measured) -> dict[str, Any]:
    return {figure["name"]: figure for figure in as_json(run_of(group))["groups"][0]["figures"]}


def test_a_ratio_is_the_median_of_the_rounds_own_ratios_beside_that_of_the_medians() -> None:
    plan = Plan(against=[Against("ours", "peer", at_least=2.0)])
    ours = figures_of(measured(plan, {"ours": [10.0, 40.0, 90.0], "peer": [10.0, 10.0, 30.0]}))["ours"]
    (beside,) = ours["against"]
    assert (ours["median"], ours["min"], ours["max"]) == (40.0, 10.0, 90.0)
    assert (beside["ratio"], beside["ratio_of_medians"]) == (3.0, 4.0)
    assert beside["met"] is True


def test_a_target_is_missed_below_its_least_above_its_most_and_at_its_limit() -> None:
    plan = Plan(
        against=[Against("ours", "peer", at_least=2.0), Against("peer", "ours", at_most=0.5)],
        limits=[Limit("ours", below=3.0)],
    )
    found = as_json(run_of(measured(plan, {"ours": [3.0], "peer": [2.0]})))["targets"]
    assert [(target["figure"], target["met"]) for target in found] == [
        ("ours", False),
        ("ours", False),
        ("peer", False),
    ]


def test_what_has_no_target_is_neither_met_nor_missed() -> None:
    plan = Plan(against=[Against("ours", "peer")])
    content = as_json(run_of(measured(plan, {"ours": [3.0], "peer": [2.0]})))
    assert content["targets"] == []
    assert content["groups"][0]["figures"][0]["against"][0]["met"] is None


async def test_every_other_round_goes_in_reverse_so_that_nobody_is_always_first() -> None:
    order: list[str] = []
    plan = Plan()
    for name in ("a", "b"):

        async def rate(name: str = name) -> float:
            order.append(name)
            return float(len(order))

        plan.add(name, rate)
    found = await take_rounds(plan, 3, lambda: None)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert found == {"a": [1.0, 4.0, 5.0], "b": [2.0, 3.0, 6.0]}


class Outline(HTMLParser):
    """Text, tags that were opened and closed, and addresses that something would be loaded from."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text, self.loaded, self.svgs = "", list[str](), 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.svgs += tag == "svg"
        self.loaded += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Closed at once."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_says_first_what_was_met_and_missed() -> None:
    plan = Plan(
        against=[Against("ours", "peer", at_least=1.0), Against("ours", "limit", at_least=0.5)],
        pictures=[
            Bars("Side by side", ("ours", "peer")),
            Lines("Growing", "stored", {"ours": {1: "ours", 100: "peer"}}),
        ],
        notes=["A note on <this>."],
    )
    found = {"ours": [10.0, 12.0], "peer": [5.0, 6.0], "limit": [100.0, 90.0]}
    page = as_html(run_of(measured(plan, found)))
    outline = Outline(page)
    assert outline.open == []
    assert outline.loaded == []
    assert outline.svgs == 2
    assert "prefers-color-scheme: dark" in page
    assert "Targets: 1 of 2 met" in outline.text
    assert outline.text.index("Targets: 1 of 2 met") < outline.text.index("Some figures")
    for words in ("A note on <this>.", "A processor <x>", "postgresql 18.6", "0.1, 0.2, 0.3", "median of the ratios"):
        assert words in outline.text


def test_a_group_that_failed_is_named_with_what_it_met() -> None:
    page = as_html(run_of(measured(Plan(), {}, "RuntimeError: the door <did> not open")))
    assert "some was not measured to its end: RuntimeError: the door <did> not open" in Outline(page).text


def test_a_bar_is_as_long_as_its_median_and_its_whisker_reaches_from_least_to_greatest() -> None:
    plan = Plan(pictures=[Bars("Side by side", ("ours", "peer"))])
    page = as_html(run_of(measured(plan, {"ours": [100.0, 50.0, 75.0], "peer": [50.0, 50.0, 50.0]})))
    widths = [float(part.split('"')[0]) for part in page.split("<rect ")[1:] for part in [part.split('width="')[1]]]
    assert len(widths) == 2
    assert abs(widths[0] / widths[1] - 1.5) < 0.01
    whiskers = [part.split("/>")[0] for part in page.split('class="whisker" ')[1:]]
    ends = [[float(word.split('"')[1]) for word in whisker.split() if word.startswith("x")] for whisker in whiskers]
    assert ends[0][1] - ends[0][0] > 0
    assert ends[1][1] == ends[1][0]


def test_the_quick_scale_stays_small() -> None:
    assert QUICK.replayed <= 10_000
    assert max(QUICK.stored) <= 10_000
