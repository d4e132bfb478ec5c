"""The relay on a healthy server: order, rivals, what cannot be published, streams that vanish."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from nats.aio.client import Client

from shared.contracts.base import Outgoing, stream_of
from shared.eventstore.events import Recorded
from shared.messaging.batches import MOST_MESSAGES, PublishRefusedError, prepare, publish_batch
from shared.messaging.bus import connect
from shared.messaging.relay import Relay
from shared.messaging.streams import LastPublished, declare_stream, last_position
from tests.shared.messaging.conftest import StartRelay
from tests.shared.messaging.logs import BEGIN, SERVICE, WITHIN, Log, contents, expected, holds_exactly, publish


async def test_every_published_event_is_in_the_stream_once_and_in_order(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    log.append(1700)
    relay, mark = await start_relay(bus)
    await mark.reaches(log.position)
    await holds_exactly(bus, log)
    assert (relay.state.position, relay.state.stream_sequence) == (log.position, 1700)


async def test_a_new_event_is_published_without_waiting_for_the_next_poll(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    _, mark = await start_relay(bus, poll_seconds=WITHIN)
    await mark.reaches(0)
    log.append()
    await mark.reaches(log.position)
    log.append()
    await mark.reaches(log.position)
    await holds_exactly(bus, log)


async def test_what_another_process_stored_is_found_without_being_woken(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    _, mark = await start_relay(bus, wake=asyncio.Event(), poll_seconds=0.02)
    await mark.reaches(0)
    log.append(3)
    await mark.reaches(log.position)
    await holds_exactly(bus, log)


async def test_events_that_publish_nothing_move_the_position_and_leave_no_trace(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    log.append(5)
    log.append(1200, published=False)
    log.append(1)
    log.append(7, published=False)
    relay, mark = await start_relay(bus)
    await mark.reaches(log.position)
    await holds_exactly(bus, log)
    assert relay.state.stream_sequence == 6
    assert relay.state.behind_since is None


async def test_a_relay_that_starts_again_goes_on_after_the_last_message(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    log.append(600)
    first, mark = await start_relay(bus)
    await mark.reaches(log.position)
    log.append(4, published=False)
    log.append(600)
    asked: list[int] = []

    async def read(after: int, limit: int) -> Sequence[Recorded]:
        asked.append(after)
        return await log.read(after, limit)

    _, second_mark = await start_relay(bus, read=read)
    await second_mark.reaches(log.position)
    await mark.reaches(log.position)
    await holds_exactly(bus, log)
    assert asked[0] > 0
    assert first.state.position == log.position


async def test_two_relays_that_race_publish_each_event_once_and_in_order(
    nats_url: str, bus: Client, log: Log, start_relay: StartRelay
) -> None:
    rival_bus = await connect(nats_url, "rival")
    _, mark = await start_relay(bus, batch=20, wake=asyncio.Event(), poll_seconds=0.001)
    _, rival_mark = await start_relay(rival_bus, batch=30, wake=asyncio.Event(), poll_seconds=0.001)
    for _ in range(20):
        log.append(50)
        reached = asyncio.create_task(mark.reaches(log.position))
        await rival_mark.reaches(log.position)
        await reached
    await holds_exactly(bus, log)
    await rival_bus.close()


async def test_a_stale_relay_is_refused_whole_and_then_follows(
    nats_url: str, bus: Client, log: Log, start_relay: StartRelay
) -> None:
    log.append(10)
    holding, let_go = asyncio.Event(), asyncio.Event()
    refused: list[str | None] = []

    async def held_back(after: int, limit: int) -> Sequence[Recorded]:
        rows = await log.read(after, limit)
        if rows and not let_go.is_set():
            holding.set()
            await let_go.wait()
        elif let_go.is_set():
            refused.append(stale.state.last_error)
        return rows

    stale_bus = await connect(nats_url, "stale")
    stale, stale_mark = await start_relay(stale_bus, read=held_back)
    async with asyncio.timeout(WITHIN):
        await holding.wait()
    _, mark = await start_relay(bus)
    await mark.reaches(log.position)
    let_go.set()
    await stale_mark.reaches(log.position)
    log.append(5)
    await stale_mark.reaches(log.position)
    await mark.reaches(log.position)
    await holds_exactly(bus, log)
    assert any("wrong last sequence" in (each or "") for each in refused)
    await stale_bus.close()


async def test_a_batch_for_a_stream_that_has_moved_is_refused_whole(bus: Client, log: Log) -> None:
    log.append(4)
    ready = prepare(log.events, publish, SERVICE, position=0, previous=0, max_payload=bus.max_payload)
    assert await publish_batch(bus, SERVICE, ready.messages, 0, WITHIN) == 4
    for stale in (ready.messages, ready.messages[:1]):
        with pytest.raises(PublishRefusedError, match="wrong last sequence"):
            await publish_batch(bus, SERVICE, stale, 0, WITHIN)
    await holds_exactly(bus, log)


async def test_a_deleted_stream_comes_back_identical_while_the_relay_idles(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    log.append(30, key="政策文件")
    log.append(3, published=False)
    log.append(1100)
    _, mark = await start_relay(bus, look_seconds=0.05)
    await mark.reaches(log.position)
    before = await contents(bus)
    mark.reports.clear()
    await bus.jetstream().delete_stream(stream_of(SERVICE))
    await mark.falls_below(log.position)
    await mark.reaches(log.position)
    after = await contents(bus)
    assert [each[1:] for each in after] == [each[1:] for each in before]
    assert after[0][0] == before[-1][0] + 1, "sequences go on, so that no belief about the old stream fits the new"


async def test_a_stream_deleted_under_load_comes_back_whole(bus: Client, log: Log, start_relay: StartRelay) -> None:
    log.append(300)
    _, mark = await start_relay(bus, look_seconds=WITHIN)
    await mark.reaches(log.position)
    log.append(300)
    await bus.jetstream().delete_stream(stream_of(SERVICE))
    await mark.reaches(log.position)
    await holds_exactly(bus, log)


async def test_a_stream_that_lost_its_end_gets_it_again(bus: Client, log: Log, start_relay: StartRelay) -> None:
    log.append(20)
    _, mark = await start_relay(bus, look_seconds=0.05)
    await mark.reaches(log.position)
    before = [each[1:] for each in await contents(bus)]
    mark.reports.clear()
    for sequence in (19, 20):
        await bus.jetstream().delete_msg(stream_of(SERVICE), sequence)
    await mark.falls_below(log.position)
    await mark.reaches(log.position)
    assert [each[1:] for each in await contents(bus)] == before


@pytest.mark.parametrize("loss", ["all of it", "its end"])
async def test_what_a_stream_lost_comes_back_with_the_next_event_before_the_relay_looks(
    bus: Client, log: Log, start_relay: StartRelay, loss: str
) -> None:
    log.append(20)
    _, mark = await start_relay(bus, look_seconds=WITHIN)
    await mark.reaches(log.position)
    if loss == "all of it":
        await bus.jetstream().purge_stream(stream_of(SERVICE))
    else:
        await bus.jetstream().delete_msg(stream_of(SERVICE), 20)
    log.append(1)
    await mark.reaches(log.position)
    assert [(ce_id, link) for _, _, ce_id, link, _ in await contents(bus)] == expected(log)


async def test_an_event_that_cannot_be_published_holds_up_the_later_ones_until_it_can(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    log.append(8)
    bad = log.events[4]
    tries: list[float] = []
    often, mended = asyncio.Event(), asyncio.Event()

    def fails_at_five(recorded: Recorded) -> Outgoing | None:
        if recorded is bad and not mended.is_set():
            tries.append(asyncio.get_running_loop().time())
            if len(tries) == 4:
                often.set()
            raise KeyError("a field that is not there")
        return publish(recorded)

    relay, mark = await start_relay(bus, publish=fails_at_five)
    async with asyncio.timeout(WITHIN):
        await often.wait()
    assert len(await contents(bus)) == 4
    assert relay.state.position == log.events[3].position
    assert relay.state.behind_since == bad.at
    assert f"log position {bad.position}" in str(relay.state.last_error)
    assert "a field that is not there" in str(relay.state.last_error)
    assert relay.state.since is not None
    assert tries[3] - tries[2] > tries[2] - tries[1] > 0.05
    mended.set()
    await mark.reaches(log.position)
    await holds_exactly(bus, log)
    assert relay.state.last_error is None


async def test_an_event_too_large_for_the_server_is_named_and_the_connection_lives(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    log.append(2)
    log.append(1, text="x" * (bus.max_payload - 200))  # the body alone would pass the client's own check
    tried = asyncio.Event()

    def watched(recorded: Recorded) -> Outgoing | None:
        if recorded is log.events[2]:
            tried.set()
        return publish(recorded)

    _, mark = await start_relay(bus, publish=watched)
    await mark.reaches(log.events[1].position)
    async with asyncio.timeout(WITHIN):
        await tried.wait()
    ready = prepare(log.events, publish, SERVICE, position=0, previous=0, max_payload=bus.max_payload)
    assert "the server takes" in str(ready.failed)
    assert bus.is_connected
    assert len(await contents(bus)) == 2


async def test_batches_of_large_events_are_cut_by_size(bus: Client, log: Log, start_relay: StartRelay) -> None:
    log.append(300, text="政" * 10_000)
    _, mark = await start_relay(bus, batch=MOST_MESSAGES)
    await mark.reaches(log.position)
    await holds_exactly(bus, log)


async def test_the_age_of_what_waits_is_known_while_the_log_cannot_go_out(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    published_twice = asyncio.Event()
    calls: list[int] = []

    def refuses(recorded: Recorded) -> Outgoing | None:
        calls.append(recorded.position)
        if len(calls) == 2:
            published_twice.set()
        raise LookupError("no mapping")

    log.append(3)
    relay, _ = await start_relay(bus, publish=refuses)
    async with asyncio.timeout(WITHIN):
        await published_twice.wait()
    assert relay.state.behind_since == BEGIN + timedelta(seconds=1)


async def test_a_stream_with_a_foreign_end_stops_the_relay_with_the_reason(bus: Client) -> None:
    await bus.jetstream().publish(f"chengce.{SERVICE}.noise.none", b"?")
    with pytest.raises(ValueError, match=r"no relay wrote it.*nats stream rmm CHENGCE_POLICY 1"):
        await last_position(bus, SERVICE)


async def test_a_relay_ends_when_its_connection_is_closed_for_good(nats_url: str, bus: Client, log: Log) -> None:
    own = await connect(nats_url, "to-be-closed")
    relay = Relay(
        SERVICE,
        own,
        log.read,
        publish,
        log.wake,
        declare=lambda after: declare_stream(own, SERVICE, after=after),
        ack_seconds=0.2,
    )
    await own.close()
    with pytest.raises(Exception, match="connection closed"):
        await asyncio.wait_for(relay.run(), WITHIN)
    assert await last_position(bus, SERVICE) == LastPublished(0, 0)
