"""What operators do with a service's dead letters, beside its running replicas; each run is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from shared.messaging.reactions import Reactor
from shared.readmodels.causes import group_of
from shared.readmodels.deadletters import Chain, Letter, Letters
from shared.readmodels.happened import Heard
from shared.readmodels.projections import Projections
from shared.readmodels.redriving import Consumer, EventMissingError, Outcome, discard, effect_of_model, redrive
from shared.runtime.operations import Operation, recorded_operation
from shared.runtime.originals import original_of
from shared.runtime.service import Runtime

NO_CONSUMER = "this release has no read model or reaction of this name whose letters can be put through"
Place = tuple[str, str, str]


@dataclass(frozen=True)
class Selection:
    """Which aggregates' letters are meant: all that fit everything given. `groups` are those of `causes.by_cause`."""

    ids: frozenset[int] = frozenset()
    aggregate: str | None = None
    consumer: str | None = None
    groups: frozenset[str] = frozenset()

    def arguments(self) -> dict[str, Any]:
        """For the record of the operation."""
        return {
            "ids": sorted(self.ids),
            "aggregate": self.aggregate,
            "consumer": self.consumer,
            "groups": sorted(self.groups),
        }


@dataclass
class Report:
    """What a run did in one service: one outcome for each aggregate; `discarded` the letters removed for good."""

    service: str
    operation: int | None = None
    discarded: list[Letter] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def through(self) -> int:
        """Letters put through."""
        return sum(outcome.through for outcome in self.outcomes)

    @property
    def stopped(self) -> list[Outcome]:
        """The aggregates that are still held back."""
        return [outcome for outcome in self.outcomes if outcome.stopped_by]


async def selected(service: str, letters: Letters, selection: Selection) -> list[Chain]:
    """The chains meant, in the order in which they were set aside; a letter that waits stands for its whole chain."""
    found = [letter for number in sorted(selection.ids) if (letter := await letters.find(number))]
    places = {(letter.name, letter.source, letter.aggregate_id) for letter in found}
    return [
        chain
        for chain in await letters.chains()
        if (not selection.ids or _place(chain.first) in places)
        and selection.aggregate in (None, chain.first.aggregate_id)
        and selection.consumer in (None, chain.first.name)
        and (not selection.groups or group_of(service, chain.first) in selection.groups)
    ]


async def redrive_letters(runtime: Runtime, chains: Sequence[Chain], why: str, selection: Selection) -> Report:
    """Puts the letters of these aggregates through, aggregate by aggregate; one that fails again stops only its own."""
    report = Report(runtime.service.name)
    async with recorded_operation(runtime.database, "dlq redrive", why, selection.arguments()) as operation:
        report.operation = operation.id
        await _redrive_all(runtime, [_place(chain.first) for chain in chains], report, operation)
    return report


async def discard_letters(runtime: Runtime, chains: Sequence[Chain], why: str, selection: Selection) -> Report:
    """Removes the first letter of each of these aggregates for good, then puts through what waited behind it.

    The letter and its whole event stay in `platform.discarded_letters`, also when only its event is missing.
    """
    report = Report(runtime.service.name)
    letters = Letters(runtime.database)
    async with recorded_operation(runtime.database, "dlq discard", why, selection.arguments()) as operation:
        report.operation = operation.id
        for chain in chains:
            await discard(letters, chain.first, operation.id, await _kept_event(runtime, chain.first))
            report.discarded.append(chain.first)
            operation.details["discarded"] = [letter.id for letter in report.discarded]
        await _redrive_all(runtime, [_place(chain.first) for chain in chains], report, operation)
    return report


async def _redrive_all(runtime: Runtime, places: Sequence[Place], report: Report, operation: Operation) -> None:
    letters, consumers = Letters(runtime.database), await consumers_of(runtime)
    for name, source, aggregate_id in places:
        if consumer := consumers.get((name, source)):
            report.outcomes.append(await redrive(consumer, letters, aggregate_id))
        elif first := await letters.of_aggregate(name, source, aggregate_id):
            report.outcomes.append(Outcome(name, source, aggregate_id, 0, first[0], NO_CONSUMER))
        operation.details["put_through"] = report.through
        operation.details["still_held_back"] = [
            {"consumer": o.name, "aggregate": o.aggregate_id, "error": o.error} for o in report.stopped[:100]
        ]


async def _kept_event(runtime: Runtime, letter: Letter) -> str | None:
    try:
        return orjson.dumps((await original_of(runtime, letter)).stored).decode()
    except EventMissingError:
        return None


async def consumers_of(runtime: Runtime) -> dict[tuple[str, str], Consumer]:
    """The consumers of the service whose letters this release can put through, by name and source.

    Every whole build of a read model is one, also those that are not live.
    """

    async def fetch(letter: Letter) -> Heard:
        return (await original_of(runtime, letter)).heard

    found: dict[tuple[str, str], Consumer] = {}
    models = {(model.name, model.version): model for model in runtime.reads.models}
    for build in await Projections(runtime.database).of(runtime.reads.models):
        if build.partial:
            continue  # what waits may lie outside its bounds; it is built again instead
        model = models[(build.name, build.version)]
        effect = effect_of_model(model, build.schema, runtime.database)
        for source in model.sources:
            found[(build.schema, source)] = Consumer(build.schema, source, fetch, effect)
    for reaction in runtime.service.reactions:
        for source in reaction.sources:
            reactor = Reactor(
                runtime.service.name, reaction, source, runtime.ledger, runtime.database, runtime.positions, runtime
            )
            found[(reactor.name, source)] = Consumer(reactor.name, source, fetch, reactor.carry_out)
    return found


def _place(letter: Letter) -> Place:
    return letter.name, letter.source, letter.aggregate_id
