"""Dead letters put through again: in order, once, beside a consumer that goes on; read models and reactions alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import orjson
import pytest
from eventsourcing.persistence import OperationalError
from sqlalchemy import text

from shared.eventstore.recorder import Also, PositionMovedError
from shared.readmodels import redriving as redriving_module
from shared.readmodels import taking as taking_module
from shared.readmodels.deadletters import ITS_TURN
from shared.readmodels.happened import Happened, Unreadable
from shared.readmodels.positions import Positions
from shared.readmodels.redriving import Consumer, NotTheFirstError, discard, redrive
from shared.readmodels.taking import Taking
from shared.runtime.tables import create_tables
from tests.shared.readmodels.journal import Platform, journal_on, reaction_on

WITHIN = 120.0


@pytest.fixture(params=["read model", "reaction"])
async def platform(
    request: pytest.FixtureRequest, fresh_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Platform]:
    monkeypatch.setattr(taking_module, "RETRY_SECONDS", 0.0)
    url = fresh_database("redriving")
    create_tables(url)
    made: AbstractAsyncContextManager[Platform] = (journal_on if request.param == "read model" else reaction_on)(url)
    async with made as platform:
        yield platform


async def taking_of(platform: Platform, *aggregates: str, broken: Sequence[int] = ()) -> Taking:
    """A consumer that has taken one event of each of these aggregates and failed on the `broken` ones (by number)."""
    taking = platform.new_taking()
    await taking.begin()
    heard = platform.happen(*aggregates)
    platform.broken.update(heard[n].position for n in broken)
    await taking.take(heard)
    return taking


async def test_an_aggregates_letters_go_through_in_order(platform: Platform) -> None:
    taking = await taking_of(platform, "a", "b", "a", "a", broken=[0])
    assert await platform.in_order("a") == []
    platform.broken.clear()
    outcome = await redrive(platform.consumer, platform.letters, "a")
    assert (outcome.through, outcome.stopped_by) == (3, None)
    assert await platform.in_order("a") == platform.positions_of("a")
    assert await platform.all_letters() == []
    assert await platform.positions.read(taking.name, taking.source) == (max(platform.happened), 0)


async def test_one_that_fails_again_stops_its_own_aggregate_only(platform: Platform) -> None:
    await taking_of(platform, "a", "b", "a", "b", "a", broken=[0, 1])
    first, second, *_ = platform.positions_of("a")
    platform.broken.clear()
    platform.broken.add(second)
    stopped = await redrive(platform.consumer, platform.letters, "a")
    through = await redrive(platform.consumer, platform.letters, "b")
    assert (stopped.through, stopped.tried, through.through, through.stopped_by) == (1, True, 2, None)
    assert await platform.in_order("a") == [first]
    (letter,) = await platform.letters.of_aggregate(platform.consumer.name, platform.consumer.source, "a")
    assert (letter.position, letter.waiting, letter.attempts) == (second, False, 1)
    assert f"event {second} cannot be" in letter.error
    await redrive(platform.consumer, platform.letters, "a")
    (letter,) = await platform.letters.of_aggregate(platform.consumer.name, platform.consumer.source, "a")
    assert letter.attempts == 2


async def test_a_long_chain_goes_through_in_parts_up_to_the_one_that_fails(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redriving_module, "TOGETHER", 4)
    await taking_of(platform, *["a"] * 14, broken=[0])
    platform.broken.clear()
    every = platform.positions_of("a")
    platform.broken.add(every[9])
    outcome = await redrive(platform.consumer, platform.letters, "a")
    assert (outcome.through, outcome.stopped_by.position if outcome.stopped_by else None) == (9, every[9])
    assert await platform.in_order("a") == every[:9]
    platform.broken.clear()
    assert (await redrive(platform.consumer, platform.letters, "a")).through == 5
    assert await platform.in_order("a") == every


async def test_the_running_consumer_notices_that_an_aggregate_is_free_again(platform: Platform) -> None:
    taking = await taking_of(platform, "a", "b", broken=[0])
    platform.broken.clear()
    await redrive(platform.consumer, platform.letters, "a")
    await taking.take(platform.happen("b", "a", "a"))
    assert await platform.all_letters() == []
    assert await platform.in_order("a") == platform.positions_of("a")


async def test_of_two_aggregates_held_back_only_the_one_that_is_free_goes_on(platform: Platform) -> None:
    taking = await taking_of(platform, "a", "b", broken=[0, 1])
    platform.broken.clear()
    await redrive(platform.consumer, platform.letters, "a")
    await taking.take(platform.happen("b", "a", "c"))
    assert await platform.in_order("a") == platform.positions_of("a")
    assert [(who, waits) for who, _, waits in await platform.all_letters()] == [("b", False), ("b", True)]


async def test_an_event_that_arrives_in_the_middle_of_a_redrive_comes_after_it(platform: Platform) -> None:
    taking = await taking_of(platform, "a", broken=[0])
    platform.broken.clear()
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(happened: Sequence[Happened], also: Sequence[Also]) -> None:
        # The letter is about to go; the consumer sees it still there, and must not put anything behind it.
        reached.set()
        await go_on.wait()
        await platform.consumer.effect(happened, also)

    redriving = asyncio.create_task(redrive(replace(platform.consumer, effect=slow), platform.letters, "a"))
    await asyncio.wait_for(reached.wait(), WITHIN)
    await taking.take(platform.happen("a"))
    assert [waits for _, _, waits in await platform.all_letters()] == [False, True]
    go_on.set()
    assert (await asyncio.wait_for(redriving, WITHIN)).through == 2
    assert await platform.in_order("a") == platform.positions_of("a")
    await taking.take(platform.happen("a"))
    assert await platform.in_order("a") == platform.positions_of("a")


async def test_a_consumer_that_waits_for_a_redrives_commit_goes_by_what_it_left(platform: Platform) -> None:
    taking = await taking_of(platform, "a", broken=[0])
    platform.broken.clear()
    async with platform.database.transaction() as session:  # as a redrive: the lock, then the letter
        await session.execute(text("SELECT 1 FROM platform.positions WHERE name = :n FOR UPDATE"), {"n": taking.name})
        consuming = asyncio.create_task(taking.take(platform.happen("a")))
        await _until_somebody_waits_for_a_lock(platform)
        await session.execute(text("DELETE FROM platform.dead_letters"))
    await asyncio.wait_for(consuming, WITHIN)
    assert await platform.all_letters() == []
    assert await platform.in_order("a") == platform.positions_of("a")[1:]


async def _until_somebody_waits_for_a_lock(platform: Platform) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(WITHIN):
        while True:
            async with platform.database.transaction() as session:
                if (await session.execute(text(query))).scalar_one():
                    return


async def test_two_operators_at_once_put_each_letter_through_once(platform: Platform) -> None:
    await taking_of(platform, *["a"] * 8, broken=[0])
    platform.broken.clear()
    await asyncio.gather(*(redrive(platform.consumer, platform.letters, "a") for _ in range(3)))
    assert await platform.in_order("a") == platform.positions_of("a")


async def test_after_a_crash_in_the_middle_the_next_letter_has_its_turn(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = await taking_of(platform, "a", "a", "a", broken=[0])
    platform.broken.clear()
    _, second, _ = platform.positions_of("a")

    monkeypatch.setattr(redriving_module, "TOGETHER", 1)

    async def dies(happened: Sequence[Happened], also: Sequence[Also]) -> None:
        if happened[0].position == second:
            raise OperationalError("the connection is gone")
        await platform.consumer.effect(happened, also)

    with pytest.raises(OperationalError):
        await redrive(replace(platform.consumer, effect=dies), platform.letters, "a")
    assert (await platform.all_letters())[0] == ("a", second, False)
    (letter,) = await platform.letters.of_aggregate(platform.consumer.name, platform.consumer.source, "a")
    assert (letter.error, letter.attempts) == (ITS_TURN, 0), "the fault was around the event"
    await taking.take(platform.happen("a"))
    await redrive(platform.consumer, platform.letters, "a")
    assert await platform.in_order("a") == platform.positions_of("a")


async def test_a_missing_event_leaves_its_letter_as_it_was(platform: Platform) -> None:
    await taking_of(platform, "a", "a", broken=[0])
    platform.broken.clear()
    before = await platform.letters.chains()
    platform.gone.update(platform.positions_of("a"))
    outcome = await redrive(platform.consumer, platform.letters, "a")
    assert (outcome.through, outcome.tried, outcome.error) == (0, False, "not there at present")
    assert await platform.letters.chains() == before


async def test_an_event_that_stays_unreadable_fails_again_with_its_reason(platform: Platform) -> None:
    await taking_of(platform, "a", broken=[0])

    async def unreadable(letter: object) -> Unreadable:
        return Unreadable(platform.consumer.source, 1, 0, "a", "x.v9", "no contract for it")

    outcome = await redrive(Consumer(platform.consumer.name, platform.consumer.source, unreadable,
                                     platform.consumer.effect), platform.letters, "a")  # fmt: skip
    assert (outcome.tried, outcome.error) == (True, "ValueError('no contract for it')")


async def test_a_discarded_letter_is_kept_whole_and_what_waited_goes_on(platform: Platform) -> None:
    await taking_of(platform, "a", "a", "a", broken=[0])
    (chain,) = await platform.letters.chains()
    assert chain.behind == 2
    event = orjson.dumps({"body": "with a NUL: \x00"}).decode()
    await discard(platform.letters, chain.first, 7, event)
    assert [waits for _, _, waits in await platform.all_letters()] == [False, True]
    await redrive(platform.consumer, platform.letters, "a")
    assert await platform.in_order("a") == platform.positions_of("a")[1:]
    async with platform.database.transaction() as session:
        kept = (await session.execute(text("SELECT *, event::text AS whole FROM platform.discarded_letters"))).one()
    assert (kept.id, kept.operation, kept.error, kept.whole) == (chain.first.id, 7, chain.first.error, event)


async def test_a_letter_that_waits_cannot_be_discarded(platform: Platform) -> None:
    await taking_of(platform, "a", "a", broken=[0])
    _, waiting = await platform.letters.of_aggregate(platform.consumer.name, platform.consumer.source, "a", limit=2)
    before = await platform.all_letters()
    with pytest.raises(NotTheFirstError):
        await discard(platform.letters, waiting, 1, None)
    assert await platform.all_letters() == before


async def test_a_leader_that_takes_over_does_not_overlook_what_the_one_before_sets_aside(platform: Platform) -> None:
    old = await taking_of(platform, "a", "b")
    new = platform.new_taking()
    looks: list[str] = []

    def in_between(look: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def looked(*given: str) -> Any:
            looks.append(look.__name__)
            if len(looks) == 2:
                failing = platform.happen("a")
                platform.broken.add(failing[0].position)
                await old.take(failing)
            return await look(*given)

        return looked

    new.positions = Positions(platform.database)
    new.positions.read = in_between(new.positions.read)  # type: ignore[method-assign]
    new.dead_letters.held_back = in_between(new.dead_letters.held_back)  # type: ignore[method-assign]
    position, _ = await new.begin()
    assert sorted(looks) == ["held_back", "read"]
    later = [each for each in platform.happened.values() if each.position > position] + platform.happen("a")
    try:
        await new.take(later)
    except PositionMovedError:
        await new.begin()
        await new.take(later)
    assert [waits for _, _, waits in await platform.all_letters()] == [False, True]


async def test_a_redrive_that_waits_for_the_consumers_commit_puts_through_what_it_set_aside(platform: Platform) -> None:
    taking = await taking_of(platform, "a", broken=[0])
    platform.broken.clear()
    (behind,) = platform.happen("a")
    async with platform.database.transaction() as session:  # as the consumer: the position, then what waits
        await platform.positions.move(session, taking.name, taking.source, taking.state.position, behind)
        await taking.dead_letters.wait_behind(session, behind)
        redriving = asyncio.create_task(redrive(platform.consumer, platform.letters, "a"))
        await _until_somebody_waits_for_a_lock(platform)
    assert (await asyncio.wait_for(redriving, WITHIN)).through == 2
    assert await platform.all_letters() == []
    assert await platform.in_order("a") == platform.positions_of("a")
