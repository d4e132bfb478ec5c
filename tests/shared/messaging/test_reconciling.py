"""Comparing a stream with its log: every kind of difference is found, counted and told, and nothing else is."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nats.aio.client import Client

from shared.contracts.base import Outgoing, stream_of
from shared.eventstore.events import Recorded
from shared.messaging.batches import Message, UnpublishableError, prepare, publish_batch
from shared.messaging.bus import connect
from shared.messaging.reconciling import Comparison, Kind, Source, compare
from shared.messaging.streams import declare_stream, last_position
from tests.shared.messaging.conftest import StartRelay
from tests.shared.messaging.logs import SERVICE, WITHIN, Log, publish, put

SOON = 0.2  # seconds that the relay gets; no relay runs in most of these tests
STREAM = stream_of(SERVICE)


def source(log: Log, publishes: Callable[[Recorded], Outgoing | None] = publish) -> Source:
    async def end() -> int:
        return log.position

    return Source(SERVICE, log.read, publishes, end)


async def compared(nc: Client, log: Log, **options: int) -> Comparison:
    return await compare(nc, source(log), lag_seconds=SOON, **options)  # type: ignore[arg-type]


def messages(nc: Client, log: Log) -> list[Message]:
    ready = prepare(log.events, publish, SERVICE, position=0, previous=0, max_payload=nc.max_payload)
    return list(ready.messages)


async def write(nc: Client, each: Message) -> None:
    """Appends one message whatever stands before it, as no relay does."""
    await nc.jetstream().publish(each.subject, each.body, headers=dict(each.headers))


async def test_a_stream_that_is_its_log_has_no_differences(bus: Client, log: Log) -> None:
    log.append(3, published=False)
    log.append(1700, key="政策文件")
    log.append(4, published=False)
    await put(bus, log)
    found = await compared(bus, log, page=100)
    assert (found.differences, found.first, found.counts) == (0, [], {})
    assert (found.messages, found.published, found.log_end) == (1700, 1700, log.position)


async def test_an_empty_log_and_an_empty_stream_agree(bus: Client, log: Log) -> None:
    assert (await compared(bus, log)).differences == 0


async def test_a_message_taken_out_of_the_middle_is_missing(bus: Client, log: Log) -> None:
    log.append(20)
    await put(bus, log)
    for sequence in (7, 8, 12):
        await bus.jetstream().delete_msg(STREAM, sequence)
    found = await compared(bus, log)
    gone = messages(bus, log)
    assert found.counts == {Kind.MISSING: 3}
    assert [(each.position, each.until, each.count, each.ce_id) for each in found.first] == [
        (gone[6].position, gone[7].position, 2, gone[6].headers["ce-id"]),
        (gone[11].position, gone[11].position, 1, gone[11].headers["ce-id"]),
    ]


@pytest.mark.parametrize("way", ["purged", "limited"])
async def test_a_stream_that_lost_its_head_misses_it_and_a_limit_is_named(bus: Client, log: Log, way: str) -> None:
    log.append(50)
    await put(bus, log)
    js = bus.jetstream()
    if way == "purged":
        await js.purge_stream(STREAM, keep=20)
    else:
        config = (await js.stream_info(STREAM)).config
        await js.update_stream(replace(config, max_msgs=20), allow_atomic=True)
    found = await compared(bus, log)
    assert found.counts == {Kind.MISSING: 30}
    assert len(found.first) == 1
    assert found.limits == ({"max_msgs": 20} if way == "limited" else {})


async def test_what_no_relay_publishes_in_time_is_told_as_the_logs_end(bus: Client, log: Log) -> None:
    log.append(10)
    await put(bus, log)
    log.append(5)
    assert (await compared(bus, log)).counts == {Kind.UNRELAYED: 5}


async def test_what_the_relay_publishes_within_the_time_given_is_no_difference(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    log.append(3000)
    begun = asyncio.Event()

    async def end() -> int:
        begun.set()
        return log.position

    task = asyncio.create_task(compare(bus, replace(source(log), end=end), lag_seconds=WITHIN))
    async with asyncio.timeout(WITHIN):
        await begun.wait()
        await start_relay(bus)
        assert (await task).differences == 0


async def test_what_comes_while_it_compares_is_no_difference(bus: Client, log: Log, start_relay: StartRelay) -> None:
    log.append(2000)
    _, mark = await start_relay(bus)
    await mark.reaches(log.position)

    async def growing(after: int, limit: int) -> Sequence[Recorded]:
        log.append(5)
        return await log.read(after, limit)

    found = await compare(bus, replace(source(log), read=growing), page=100, lag_seconds=WITHIN)
    assert (found.differences, found.published) == (0, 2000)


async def test_events_that_the_record_has_lost_are_extra_in_the_stream(bus: Client, log: Log) -> None:
    log.append(30)
    await put(bus, log)
    restored = Log()
    restored.events = log.events[:25]
    found = await compared(bus, restored)
    assert found.counts == {Kind.EXTRA: 5}
    assert found.first[0].ce_id == messages(bus, log)[25].headers["ce-id"]


async def test_events_that_are_not_published_are_extra_in_the_stream(bus: Client, log: Log) -> None:
    log.append(30)
    await put(bus, log)
    hidden = log.events[11].position

    def less(recorded: Recorded) -> Outgoing | None:
        return None if recorded.position == hidden else publish(recorded)

    found = await compare(bus, source(log, less), lag_seconds=SOON)
    # The next message names it as the one before itself.
    assert found.counts == {Kind.EXTRA: 1, Kind.DIFFERENT: 1}
    assert [each.position for each in found.first] == [hidden, log.events[12].position]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({"body": b"{}"}, "body"),
        ({"subject": f"chengce.{SERVICE}.policy-published.gxj"}, "subject"),
        ({"ce-id": "doc-1:99"}, "ce-id"),
        ({"ce-type": "chengce.policy.policy-withdrawn.v1"}, "ce-type"),
        ({"ce-department": ""}, "ce-department"),
        ({"ce-more": "1"}, "ce-more"),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
async def test_a_message_with_other_content_is_told_with_what_differs(
    bus: Client, log: Log, what: dict[str, str | bytes], told: str
) -> None:
    log.append(5)
    changed = messages(bus, log)
    fields = {name: value for name, value in what.items() if name in ("body", "subject")}
    headers = changed[2].headers | {name: str(value) for name, value in what.items() if name not in fields}
    changed[2] = replace(changed[2], headers={n: v for n, v in headers.items() if v}, **fields)  # type: ignore[arg-type]
    await publish_batch(bus, SERVICE, changed, 0, WITHIN)
    found = await compared(bus, log)
    assert found.counts == {Kind.DIFFERENT: 1}
    (difference,) = found.first
    assert difference.stream_sequence == 3
    assert {*difference.expected, *difference.found} == {told}


async def test_a_message_that_no_relay_wrote_is_foreign(bus: Client, log: Log) -> None:
    log.append(4)
    for each in messages(bus, log)[:2]:
        await write(bus, each)
    await bus.jetstream().publish(f"chengce.{SERVICE}.noise.none", b"?")
    stranger = messages(bus, log)[1]
    await write(bus, replace(stranger, headers=stranger.headers | {"ce-source": "/chengce/hotline"}))
    for each in messages(bus, log)[2:]:
        await write(bus, each)
    found = await compared(bus, log)
    assert found.counts == {Kind.FOREIGN: 2}
    assert [each.stream_sequence for each in found.first] == [3, 4]


async def test_all_differences_are_counted_and_the_first_are_kept(bus: Client, log: Log) -> None:
    log.append(40)
    for each in messages(bus, log):
        await write(bus, each)
        await write(bus, each)
    found = await compared(bus, log, show=7)
    assert found.counts == {Kind.DOUBLED: 40}
    assert len(found.first) == 7


@settings(max_examples=40)
@given(st.lists(st.integers(0, 14), max_size=25), st.integers(1, 4))
async def test_any_order_of_messages_is_told_as_what_it_is(nats_url: str, order: list[int], page: int) -> None:
    """Against the plain count over everything at once."""
    bus = await connect(nats_url, secrets.token_hex(4))
    try:
        js, log = bus.jetstream(), Log()
        await declare_stream(bus, SERVICE)
        await js.purge_stream(STREAM)
        log.append(6)
        log.append(3, published=False)
        log.append(6)
        all_messages = messages(bus, log)
        stored = [all_messages[number % len(all_messages)] for number in order]
        for each in stored:
            await write(bus, each)
        found = await compare(bus, source(log), page=page, lag_seconds=0.02)
        places = [each.position for each in stored]
        seen: set[int] = set()
        doubled = late = 0
        for place in places:
            if place in seen:
                doubled += 1
            elif seen and place < max(seen):
                late += 1
            seen.add(place)
        lost = [each.position for each in all_messages if each.position not in seen]
        tail = [place for place in lost if place > max(seen, default=0)]
        wanted = {
            Kind.DOUBLED: doubled,
            Kind.OUT_OF_ORDER: late,
            Kind.MISSING: len(lost) - len(tail),
            Kind.UNRELAYED: len(tail),
        }
        assert found.counts == {kind: count for kind, count in wanted.items() if count}
    finally:
        await bus.jetstream().delete_stream(STREAM)
        await bus.close()


async def test_a_stream_that_is_gone_misses_everything(bus: Client, log: Log) -> None:
    log.append(12)
    await bus.jetstream().delete_stream(STREAM)
    found = await compared(bus, log)
    assert (found.stream_exists, found.counts) == (False, {Kind.MISSING: 12})


async def test_a_stream_made_anew_meanwhile_is_compared_from_its_beginning(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    log.append(9000)
    _, mark = await start_relay(bus, look_seconds=0.05)
    await mark.reaches(log.position)
    walks = 0

    async def read(after: int, limit: int) -> Sequence[Recorded]:
        nonlocal walks
        walks += after == 0
        if after and walks == 1:
            walks += 1
            await bus.jetstream().delete_stream(STREAM)
        return await log.read(after, limit)

    found = await compare(bus, replace(source(log), read=read), page=200, lag_seconds=WITHIN)
    assert walks == 3
    assert (found.differences, found.messages) == (0, 9000)


async def test_an_event_that_gives_no_message_ends_the_comparison_with_its_name(bus: Client, log: Log) -> None:
    log.append(3)

    def fails(recorded: Recorded) -> Outgoing | None:
        raise KeyError("a field that is not there")

    with pytest.raises(UnpublishableError, match=f"log position {log.events[0].position}"):
        await compare(bus, source(log, fails), lag_seconds=SOON)
    assert (await last_position(bus, SERVICE)).position == 0
