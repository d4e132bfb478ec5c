"""A stream made again from its log: the same messages, settings and subscribers, whoever else is at work."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from shared.contracts.base import Outgoing, stream_of
from shared.eventstore.events import Recorded
from shared.messaging import rebuilding
from shared.messaging.bus import connect
from shared.messaging.rebuilding import Plan, RebuildStuckError, plan_of, rebuild
from shared.messaging.reconciling import compare
from shared.messaging.streams import ask, last_position
from tests.shared.messaging.conftest import StartRelay
from tests.shared.messaging.logs import SERVICE, WITHIN, Log, contents, expected, put
from tests.shared.messaging.test_reconciling import source

STREAM = stream_of(SERVICE)


async def settings_now(bus: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]
    return {name: value for name, value in found.items() if name not in ("first_seq", "metadata")}


async def subscriber(bus: Client, name: str, **more: Any) -> None:
    """A durable consumer of another system."""
    config = ConsumerConfig(durable_name=name, ack_policy=AckPolicy.EXPLICIT, **more)
    await bus.jetstream().add_consumer(STREAM, config)


async def receives(bus: Client, name: str, count: int, *, acknowledge: bool = True) -> list[str]:
    """The log positions of the next messages of a durable consumer."""
    subscription = await bus.jetstream().pull_subscribe_bind(consumer=name, stream=STREAM)
    found: list[str] = []
    while len(found) < count:
        for message in await subscription.fetch(count - len(found), timeout=WITHIN):
            found.append((message.headers or {})["ce-sequence"])
            if acknowledge:
                await message.ack_sync()
    await subscription.unsubscribe()
    return found


async def test_a_rebuilt_stream_holds_the_same_messages_in_the_same_order(bus: Client, log: Log) -> None:
    log.append(2500, key="政策文件")
    log.append(3, published=False)
    await put(bus, log)
    before = await contents(bus)
    steps: list[tuple[int, int]] = []
    await rebuild(bus, source(log), await plan_of(bus, SERVICE), progress=lambda *step: steps.append(step))
    after = await contents(bus)
    assert [each[1:] for each in after] == [each[1:] for each in before]
    assert after[0][0] == 2501, "sequences go on, so that no belief about the old stream fits the new"
    assert steps[-1] == (log.position, log.position)


@pytest.mark.parametrize(
    "harm", ["purge the head", "purge all", "delete", "delete the end", "delete within", "stranger"]
)
async def test_whatever_was_done_to_a_stream_a_rebuild_mends_it(bus: Client, log: Log, harm: str) -> None:
    log.append(60)
    await put(bus, log)
    js = bus.jetstream()
    if harm == "purge the head":
        await js.purge_stream(STREAM, keep=10)
    elif harm == "purge all":
        await js.purge_stream(STREAM)
    elif harm == "delete":
        await js.delete_stream(STREAM)
    elif harm == "stranger":
        await js.publish(f"chengce.{SERVICE}.noise.none", b"?")
    else:
        for sequence in (59, 60) if harm == "delete the end" else (20, 21, 40):
            await js.delete_msg(STREAM, sequence)
    assert (await compare(bus, source(log), lag_seconds=0.1)).differences > 0
    await rebuild(bus, source(log), await plan_of(bus, SERVICE))
    assert (await compare(bus, source(log), lag_seconds=0.1)).differences == 0


async def test_settings_of_operations_outlive_a_rebuild(bus: Client, log: Log) -> None:
    log.append(5)
    await put(bus, log)
    found = (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]
    await ask(
        bus,
        f"STREAM.UPDATE.{STREAM}",
        found | {"description": "kept", "max_age": 10**18, "duplicate_window": 10**10, "metadata": {"owner": "ops"}},
    )
    before = await settings_now(bus)
    await rebuild(bus, source(log), await plan_of(bus, SERVICE))
    assert await settings_now(bus) == before
    assert before["description"] == "kept"
    assert (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]["metadata"]["owner"] == "ops"


async def test_settings_outlive_a_relay_that_makes_the_stream_first(bus: Client, log: Log) -> None:
    log.append(5)
    await put(bus, log)
    found = (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]
    await ask(bus, f"STREAM.UPDATE.{STREAM}", found | {"max_age": 10**18})
    plan = await plan_of(bus, SERVICE)
    created, rival = bus.request, 0

    async def faster(subject: str, *rest: Any, **more: Any) -> Any:
        nonlocal rival
        if subject.startswith("$JS.API.STREAM.CREATE") and not rival:
            rival += 1
            await rebuilding.declare_stream(bus, SERVICE, after=5)
        return await created(subject, *rest, **more)

    bus.request = faster  # type: ignore[method-assign]
    await rebuild(bus, source(log), plan)
    assert rival == 1
    assert (await settings_now(bus))["max_age"] == 10**18
    assert (await compare(bus, source(log), lag_seconds=0.1)).differences == 0


async def test_a_running_relay_and_a_rebuild_together_fill_the_stream_once(
    nats_url: str, bus: Client, log: Log, start_relay: StartRelay
) -> None:
    log.append(5000)
    await put(bus, log)
    for sequence in (4000, 5000):  # from now on sequence and count differ
        await bus.jetstream().delete_msg(STREAM, sequence)
    other = await connect(nats_url, "operator")
    _, mark = await start_relay(bus, look_seconds=0.02, poll_seconds=0.001, batch=70)
    await mark.reaches(log.position)

    async def goes_on() -> None:
        for _ in range(50):
            log.append(3)
            await asyncio.sleep(0.005)

    writing = asyncio.create_task(goes_on())
    await rebuild(other, source(log), await plan_of(other, SERVICE))
    await writing
    await mark.reaches(log.position)
    assert [(each[2], each[3]) for each in await contents(bus)] == expected(log)
    await other.close()


async def test_a_relay_that_slept_through_a_rebuild_is_refused_by_the_new_stream(
    bus: Client, log: Log, start_relay: StartRelay
) -> None:
    """Its stream ended at 21 with 20 events; were sequences to begin anew, the new one with 21 would end there too."""
    log.append(20)
    await put(bus, log)
    await bus.jetstream().delete_msg(STREAM, 20)
    asleep, awake, woken = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def read(after: int, limit: int) -> Sequence[Recorded]:
        rows = await log.read(after, limit)
        if len(log.events) > 20 and not awake.is_set():
            asleep.set()
            await awake.wait()
        elif awake.is_set() and not rows:
            woken.set()
        return rows

    relay, mark = await start_relay(bus, read=read)
    await mark.reaches(log.position)
    assert relay.state.stream_sequence == 21
    log.append(1)
    async with asyncio.timeout(WITHIN):
        await asleep.wait()
        await rebuild(bus, source(log), await plan_of(bus, SERVICE))
        awake.set()
        await woken.wait()
    assert [(each[2], each[3]) for each in await contents(bus)] == expected(log)


async def test_subscribers_go_on_where_they_were(bus: Client, log: Log) -> None:
    log.append(100)
    await put(bus, log)
    await bus.jetstream().delete_msg(STREAM, 31)
    await subscriber(
        bus, "dept-sti", filter_subject=f"chengce.{SERVICE}.*.sti", max_ack_pending=70, description="市科技局"
    )
    await subscriber(bus, "from-now", deliver_policy=DeliverPolicy.NEW)
    await subscriber(bus, "untouched")
    assert len(await receives(bus, "dept-sti", 30)) == 30
    assert len(await receives(bus, "dept-sti", 2, acknowledge=False)) == 2
    log.append(2)
    rebuilt = await rebuild(bus, source(log), await plan_of(bus, SERVICE))
    assert set(rebuilt.consumers) == {"dept-sti", "from-now", "untouched"}
    positions = [str(position) for position in log.published_positions()]
    # What was not acknowledged comes again; the deleted 31st came back behind what it had acknowledged.
    assert await receives(bus, "dept-sti", 5) == positions[31:36]
    assert await receives(bus, "from-now", 2) == positions[100:]
    assert await receives(bus, "untouched", 3) == positions[:3]
    config = (await ask(bus, f"CONSUMER.INFO.{STREAM}.dept-sti"))["config"]
    assert (config["filter_subject"], config["max_ack_pending"]) == (f"chengce.{SERVICE}.*.sti", 70)
    assert config["description"] == "市科技局"


async def test_a_subscriber_that_has_everything_gets_nothing_again(bus: Client, log: Log) -> None:
    log.append(10)
    await put(bus, log)
    await subscriber(bus, "done")
    await receives(bus, "done", 10)
    await rebuild(bus, source(log), await plan_of(bus, SERVICE))
    assert (await ask(bus, f"CONSUMER.INFO.{STREAM}.done"))["num_pending"] == 0


async def test_a_rebuild_that_was_killed_is_finished_by_the_next_with_what_it_had_noted(bus: Client, log: Log) -> None:
    log.append(40)
    await put(bus, log)
    found = (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]
    await ask(bus, f"STREAM.UPDATE.{STREAM}", found | {"max_age": 10**18})
    await subscriber(bus, "dept-sti")
    await receives(bus, "dept-sti", 15)
    noted = (await plan_of(bus, SERVICE)).as_json()
    await bus.jetstream().delete_stream(STREAM)
    await rebuilding.declare_stream(bus, SERVICE)  # by a running service, with the defaults
    await put(bus, log)
    plan = (await plan_of(bus, SERVICE)).after_unfinished([Plan.from_json(noted)])
    await rebuild(bus, source(log), plan)
    assert (await settings_now(bus))["max_age"] == 10**18
    assert await receives(bus, "dept-sti", 1) == [str(log.published_positions()[15])]


async def test_a_rebuild_that_never_deleted_anything_leaves_nothing_to_the_next(bus: Client, log: Log) -> None:
    plan = await plan_of(bus, SERVICE)
    found = (await ask(bus, f"STREAM.INFO.{STREAM}"))["config"]
    await ask(bus, f"STREAM.UPDATE.{STREAM}", found | {"max_age": 10**18})
    now = await plan_of(bus, SERVICE)
    assert now.after_unfinished([plan]) == now


async def test_a_stream_that_cannot_be_filled_ends_the_rebuild_with_the_reason(
    bus: Client, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "STUCK_SECONDS", 0.5)
    log.append(3)

    def fails(recorded: Recorded) -> Outgoing | None:
        raise KeyError("a field that is not there")

    with pytest.raises(RebuildStuckError, match="a field that is not there"):
        await rebuild(bus, source(log, fails), await plan_of(bus, SERVICE))
    assert (await last_position(bus, SERVICE)).position == 0


async def test_the_plan_of_a_stream_that_is_gone_is_to_make_it(bus: Client, log: Log) -> None:
    log.append(3)
    await bus.jetstream().delete_stream(STREAM)
    plan = await plan_of(bus, SERVICE)
    assert plan == Plan(SERVICE)
    with pytest.raises(NotFoundError):
        await last_position(bus, SERVICE)
    await rebuild(bus, source(log), plan)
    assert (await compare(bus, source(log), lag_seconds=0.1)).differences == 0
