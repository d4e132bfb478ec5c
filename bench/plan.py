"""How measuring goes: what a group declares, and the rounds in which its figures are taken side by side."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

PER_SECOND = "per second"

# One measurement: the figures it took, by name. Called once a round.
Probe = Callable[[], Awaitable[Mapping[str, float]]]
# What was found so far: the rounds of each figure, by group.
Found = Mapping[str, Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class Scale:
    """How much is measured. `seconds` is the length of one measurement by time; the rest counts events."""

    name: str
    seconds: float
    latency_seconds: float
    clients: tuple[int, ...]
    load_clients: int
    relayed: int
    relayed_durably: int
    replayed: int
    replayed_by_peer: int
    reacted: int
    stored: tuple[int, ...]
    history: tuple[int, ...]
    aggregates: int
    enterprises: int
    items: int
    many_items: int
    searched: int
    taken_in: int


FULL = Scale(
    name="full", seconds=1.5, latency_seconds=6.0, clients=(1, 8, 64, 256), load_clients=64,
    relayed=40_000, relayed_durably=10_000, replayed=1_000_000, replayed_by_peer=5_000, reacted=5_000,
    stored=(10_000, 100_000, 1_000_000), history=(1, 50, 10_000), aggregates=40,
    enterprises=200_000, items=5_000, many_items=1_000, searched=50_000,
    taken_in=4_000,
)  # fmt: skip
QUICK = Scale(
    name="quick", seconds=0.1, latency_seconds=0.3, clients=(1, 4), load_clients=4,
    relayed=500, relayed_durably=200, replayed=2_000, replayed_by_peer=100, reacted=100,
    stored=(200, 400), history=(1, 120), aggregates=2,
    enterprises=300, items=50, many_items=5, searched=300, taken_in=400,
)  # fmt: skip
SCALES = {scale.name: scale for scale in (FULL, QUICK)}


@dataclass(frozen=True)
class Against:
    """A figure beside its peer: the ratio is figure / peer. Between the bounds, where there are any, the target is met."""

    figure: str
    peer: str
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Limit:
    """A figure that has to stay below a value in its own unit."""

    figure: str
    below: float


@dataclass(frozen=True)
class Bars:
    """A picture: a bar for each named figure, with its least and greatest round."""

    title: str
    figures: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """A picture of growth: for each line its figures by what they are drawn over, such as stored events."""

    title: str
    over: str
    lines: Mapping[str, Mapping[float, str]]


@dataclass
class Plan:
    """What a group measures on its stage. Figures are rates per second unless `units` says otherwise."""

    probes: list[Probe] = field(default_factory=list)
    against: list[Against] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    pictures: list[Bars | Lines] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, figure: str, rate: Callable[[], Awaitable[float]]) -> str:
        """A probe of one figure; answers with the figure's name."""

        async def probe() -> Mapping[str, float]:
            return {figure: await rate()}

        self.probes.append(probe)
        return figure


@dataclass(frozen=True)
class Group:
    """Figures that belong together. `stage` starts what they need and says what to measure on it."""

    name: str
    title: str
    what: str
    stage: Callable[[Scale, Found], AbstractAsyncContextManager[Plan]]


async def take_rounds(plan: Plan, rounds: int, progress: Callable[[], None]) -> dict[str, list[float]]:
    """Every figure once a round, every other round in reverse: a busy moment and a warm cache meet all of them."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(rounds):
        for probe in plan.probes if number % 2 == 0 else reversed(plan.probes):
            gc.collect()  # one measurement's garbage is not the next one's work
            for figure, value in (await probe()).items():
                found[figure].append(value)
            progress()
    return dict(found)
