"""Relays under whatever can happen to them, in any order: the stream is the log, or a comparison says that it is not.

A hypothesis state machine on a real server that is killed and started again on its store. Between the relays and the
server stands a proxy that cuts connections and loses answers.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.errors import APIError, NotFoundError
from structlog.testing import capture_logs

from shared.contracts.base import stream_of
from shared.embedded import EmbeddedNats
from shared.messaging import bus, rebuilding, relay, streams
from shared.messaging.bus import connect
from shared.messaging.rebuilding import plan_of, rebuild
from shared.messaging.reconciling import Kind, compare
from shared.messaging.streams import ask, declare_stream, last_message
from tests.shared.messaging.conftest import kill
from tests.shared.messaging.logs import SERVICE, WITHIN, Log, contents, publish
from tests.shared.messaging.test_reconciling import messages, source
from tests.support.proxy import Proxy

STREAM = stream_of(SERVICE)
FOREIGN = f"chengce.{SERVICE}.noise.none"
T = TypeVar("T")
EXAMPLES, STEPS = 15, 20


class World:
    """One server and one event loop for all runs; a stream and a log for each."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.directory = Path(tempfile.mkdtemp(prefix="chengce-test-"))
        self.server = EmbeddedNats(self.directory)
        self.server.start()
        self.proxy = self.run(self._proxy())
        self.operator = self.run(connect(self.server.url, "operator"))
        self.buses = [self.run(connect(self.proxy.url, f"relay-{number}")) for number in range(2)]
        self.steps: Counter[str] = Counter()

    async def _proxy(self) -> Proxy:
        return await Proxy(self.server.url).__aenter__()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs the loop, and the relays in it, until this is done."""
        return self.loop.run_until_complete(asyncio.wait_for(work, WITHIN))

    def close(self) -> None:
        for connection in (self.operator, *self.buses):
            self.run(connection.close())
        self.run(self.proxy.__aexit__())
        self.loop.close()
        self.server.stop()
        shutil.rmtree(self.directory)


world: World


MEANWHILE = {"events": st.sampled_from([1, 2, 7, 25]), "silent": st.integers(0, 2), "turns": st.integers(0, 12)}


class Relays(RuleBasedStateMachine):
    """What may happen to relays, their log, their stream and their server; and what is stored meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.log = Log()
        self.running: dict[int, tuple[asyncio.Task[None], relay.Relay]] = {}
        self.harmed = False  # something was taken out where no relay can notice

    @initialize(relays=st.integers(1, 2), events=st.integers(1, 100))
    def begin(self, relays: int, events: int) -> None:
        world.run(self._new_stream())
        self.log.append(events)
        for number in range(relays):
            self.start_a_relay(1, 0, 0, number, 50)

    async def _new_stream(self) -> None:
        await self._connected()
        with suppress(NotFoundError):
            await world.operator.jetstream().delete_stream(STREAM)
        await declare_stream(world.operator, SERVICE)

    def _meanwhile(self, happens: str, events: int, silent: int, turns: int) -> None:
        """Events are stored, the last of them not published, and the relays get some turns at them before it happens."""
        world.steps[happens] += 1
        self.log.append(events)
        self.log.append(silent, published=False)
        world.run(self._turns(turns))

    async def _turns(self, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0.0005)

    @rule(**MEANWHILE, number=st.integers(0, 1), batch=st.sampled_from([3, 50]))
    def start_a_relay(self, events: int, silent: int, turns: int, number: int, batch: int) -> None:
        self._meanwhile("start", events, silent, turns)
        if number not in self.running:
            world.run(self._start(number, batch))

    async def _start(self, number: int, batch: int) -> None:
        connection = world.buses[number]
        one = relay.Relay(
            SERVICE,
            connection,
            self.log.read,
            publish,
            asyncio.Event(),
            declare=lambda after: declare_stream(connection, SERVICE, after=after),
            poll_seconds=0.001,
            batch=batch,
            ack_seconds=0.3,
            look_seconds=0.02,
        )
        self.running[number] = (asyncio.create_task(one.run()), one)

    @rule(**MEANWHILE, number=st.integers(0, 1))
    def cancel_a_relay(self, events: int, silent: int, turns: int, number: int) -> None:
        self._meanwhile("cancel", events, silent, turns)
        if number in self.running:
            world.run(self._stop(number))

    async def _stop(self, number: int) -> None:
        task, _ = self.running.pop(number)
        task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(result, asyncio.CancelledError), f"a relay ended by itself: {result!r}"

    @rule(**MEANWHILE, sent=st.integers(1, 40_000))
    def cut_the_connection(self, events: int, silent: int, turns: int, sent: int) -> None:
        self._meanwhile("cut", events, silent, turns)
        world.proxy.break_after(sent, lambda: None)

    @rule(**MEANWHILE)
    def lose_an_answer(self, events: int, silent: int, turns: int) -> None:
        self._meanwhile("lost answer", events, silent, turns)
        world.proxy.swallow_next_answer()

    @rule(**MEANWHILE)
    def delete_the_stream(self, events: int, silent: int, turns: int) -> None:
        self._meanwhile("delete stream", events, silent, turns)
        world.run(self._delete())

    async def _delete(self) -> None:
        await self._connected()
        try:
            await world.operator.jetstream().delete_stream(STREAM)
        except NotFoundError:
            return
        self.harmed = False

    @rule(**MEANWHILE, keep=st.sampled_from([0, 0, 0, 1, 5]))
    def purge_the_stream(self, events: int, silent: int, turns: int, keep: int) -> None:
        self._meanwhile("purge", events, silent, turns)
        world.run(self._purge(keep))

    async def _purge(self, keep: int) -> None:
        await self._connected()
        try:
            await ask(world.operator, f"STREAM.PURGE.{STREAM}", {"keep": keep} if keep else {})
        except NotFoundError:
            return
        self.harmed = keep > 0  # an empty stream is filled again from the first event

    @rule(**MEANWHILE, back=st.sampled_from([0, 0, 0, 1, 30]))
    def delete_a_message(self, events: int, silent: int, turns: int, back: int) -> None:
        self._meanwhile("delete message", events, silent, turns)
        world.run(self._delete_message(back))

    async def _delete_message(self, back: int) -> None:
        await self._connected()
        with suppress(APIError):  # no such message, no stream
            if last := await last_message(world.operator, SERVICE):
                sequence = last["seq"] - back
                await ask(world.operator, f"STREAM.MSG.DELETE.{STREAM}", {"seq": sequence})
                last = await last_message(world.operator, SERVICE)
                self.harmed |= last is not None and last["seq"] > sequence  # at the end, relays notice

    @rule(**MEANWHILE)
    def somebody_else_publishes(self, events: int, silent: int, turns: int) -> None:
        self._meanwhile("foreign", events, silent, turns)
        world.run(self._publish_foreign())

    async def _publish_foreign(self) -> None:
        await self._connected()
        with suppress(NatsError):  # no stream
            await world.operator.request(FOREIGN, b"?", timeout=WITHIN)

    @rule(**MEANWHILE)
    def kill_the_server(self, events: int, silent: int, turns: int) -> None:
        self._meanwhile("kill", events, silent, turns)
        kill(world.server)
        world.server.start()

    @rule(**MEANWHILE)
    def rebuild_the_stream(self, events: int, silent: int, turns: int) -> None:
        self._meanwhile("rebuild", events, silent, turns)
        world.run(self._rebuild())

    async def _rebuild(self) -> None:
        await self._connected()
        await self._remove_foreign()
        plan = await self._again(lambda: plan_of(world.operator, SERVICE))
        await self._again(lambda: rebuild(world.operator, source(self.log), plan))
        self.harmed = False

    async def _again(self, work: Callable[[], Awaitable[T]]) -> T:
        """As an operator does where the server has not answered."""
        while True:
            try:
                return await work()
            except NatsTimeout:
                await self._connected()

    async def _connected(self) -> None:
        while True:
            try:
                await ask(world.operator, "INFO")
            except NatsError:  # the connection was cut with the request on its way
                await asyncio.sleep(0.01)
            else:
                return

    async def _remove_foreign(self) -> None:
        """As the relay's error tells an operator to."""
        await self._connected()
        try:
            while (last := await last_message(world.operator, SERVICE)) and last["subject"] == FOREIGN:
                await ask(world.operator, f"STREAM.MSG.DELETE.{STREAM}", {"seq": last["seq"]})
        except NotFoundError:
            return

    @rule(**MEANWHILE)
    def all_comes_to_rest(self, events: int, silent: int, turns: int) -> None:
        self._meanwhile("rest", events, silent, turns)
        if not self.running:
            world.run(self._start(0, 50))
        world.run(self._rest())

    async def _rest(self) -> None:
        await self._remove_foreign()
        found = await self._again(lambda: compare(world.operator, source(self.log), lag_seconds=5.0))
        exact = await self._exact()
        assert (found.differences == 0) == exact, f"{found} while the stream is {'' if exact else 'not '}the log"
        if not exact:
            assert self.harmed, f"nobody harmed the stream, and it differs: {found} {self._states()}"
            assert set(found.counts) <= {Kind.MISSING, Kind.DIFFERENT}
            world.steps["mended"] += 1
            await self._rebuild()
            assert await self._exact()

    def _states(self) -> list[relay.RelayState]:
        return [each.state for _, each in self.running.values()]

    async def _exact(self) -> bool:
        """Each published event once, in order, linked, byte for byte."""
        stored = await contents(world.operator)
        wanted = messages(world.operator, self.log)
        return [each[1:] for each in stored] == [
            (
                each.subject,
                each.headers["ce-id"],
                f"{each.headers['ce-sequence']}<-{each.headers['ce-previous']}",
                each.body,
            )
            for each in wanted
        ]

    @invariant()
    def no_relay_has_ended(self) -> None:
        assert not [task for task, _ in self.running.values() if task.done()]

    def teardown(self) -> None:
        try:
            self.all_comes_to_rest(1, 1, 1)
        finally:
            for number in list(self.running):
                world.run(self._stop(number))


def test_the_stream_is_the_log_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    global world
    # The same waits, but short: an answer that is lost here costs what it costs.
    monkeypatch.setattr(streams, "REQUEST_SECONDS", 0.3)
    monkeypatch.setattr(bus, "_RECONNECT_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(relay, "_LONGEST_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(rebuilding, "STUCK_SECONDS", 5.0)
    world = World()
    try:
        with capture_logs():  # which are many, and tracebacks take long to draw
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                Relays,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    phases=[Phase.generate],  # what depends on when things happen shrinks to nothing
                    suppress_health_check=list(HealthCheck),
                ),
            )
    finally:
        world.close()
