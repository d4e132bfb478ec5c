"""Filling a build beside the one that is read, with the same projector. Nothing but read models hears these events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import text

from shared.messaging.streams import first_after, last_position
from shared.readmodels.happened import OWN_LOG, Happened, Heard
from shared.readmodels.model import ReadModel
from shared.readmodels.projections import ProjectionRefusedError, Projections
from shared.readmodels.projector import Feed, Projector
from shared.runtime.host import ends_of
from shared.runtime.projecting import feed_of
from shared.runtime.service import Runtime

NEARLY: Final = 100  # events that may lack when a build counts as filled: a switch brings them in
Moment = int | datetime


class Watch(Protocol):
    """Who watches a build being filled."""

    def expects(self, left: Mapping[str, int]) -> None:
        """So many events are still to come from each source."""

    def did(self, source: str, events: int) -> None:
        """So many more are done."""


class Counting:
    """Counts the events that were done."""

    def __init__(self) -> None:
        self.events = 0

    def expects(self, left: Mapping[str, int]) -> None:
        """Nothing to count yet."""

    def did(self, source: str, events: int) -> None:
        """Counts them."""
        self.events += events


@dataclass(frozen=True)
class Bounds:
    """The first and last event of a partial build, each by log position or by when it happened; both are folded."""

    begin: Moment | None = None
    end: Moment | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Bounds:
        """As kept with the build."""
        return cls(*(_moment(each) for each in ((kept or {}).get("from"), (kept or {}).get("to"))))

    def as_json(self) -> dict[str, Any] | None:
        """To be kept with the build; None when it is whole."""
        if not self.partial:
            return None
        return {"from": _kept(self.begin), "to": _kept(self.end)}

    def include(self, happened: Happened) -> bool:
        """Whether an event lies within."""
        begin, end = self.begin, self.end
        if begin is not None and (happened.position < begin if isinstance(begin, int) else happened.at < begin):
            return False
        return end is None or (happened.position <= end if isinstance(end, int) else happened.at <= end)

    @property
    def partial(self) -> bool:
        return self.begin is not None or self.end is not None

    @property
    def by_position(self) -> bool:
        return isinstance(self.begin, int) or isinstance(self.end, int)


def _moment(kept: Any) -> Moment | None:
    return datetime.fromisoformat(kept) if isinstance(kept, str) else kept


def _kept(moment: Moment | None) -> Any:
    return moment.isoformat() if isinstance(moment, datetime) else moment


class Pace:
    """Keeps to so many events a second; without a rate it never waits."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._free_at = time.monotonic()

    @property
    def piece(self) -> int | None:
        """Events written at once: a tenth of a second's."""
        return max(1, int(self._rate / 10)) if self._rate else None

    async def after(self, events: int) -> None:
        """Waits until these events are due."""
        if self._rate:
            self._free_at = max(self._free_at, time.monotonic() - 1) + events / self._rate
            await asyncio.sleep(max(0.0, self._free_at - time.monotonic()))


class Filling:
    """Feeds one build that no service feeds, named by its schema. Whoever uses it has claimed the build."""

    def __init__(
        self,
        runtime: Runtime,
        model: ReadModel,
        schema: str,
        bounds: Bounds | None = None,
        *,
        rate: float | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.runtime = runtime
        self.model = model
        self.schema = schema
        self.bounds = bounds or Bounds()
        self._pace = Pace(rate)
        self._watch = watch or Counting()

    async def positions(self) -> dict[str, tuple[int, int]]:
        """Position and stream sequence in each source."""
        return await Projections(self.runtime.database).positions(self.schema)

    async def ends(self) -> dict[str, int]:
        """Where each source ends now for this build."""
        last = self.bounds.end
        ends = await ends_of(self.runtime.database, self.runtime.bus, [self.model])
        return {source: min(end, last) if isinstance(last, int) else end for source, end in ends.items()}

    async def left(self, ends: Mapping[str, int], *, beginning: bool = False) -> dict[str, int]:
        """How many events there are in each source between where the build stands, or would begin, and these ends."""
        first = self.bounds.begin - 1 if isinstance(self.bounds.begin, int) else 0
        positions = {} if beginning else await self.positions()
        return {
            source: await events_between(self.runtime, source, *positions.get(source, (first, 0)), ends[source])
            for source in self.model.sources
        }

    async def begin(self) -> None:
        """Puts a new build before its first event, where that is given by position."""
        if not isinstance(self.bounds.begin, int):
            return
        async with self.runtime.database.transaction() as session:
            await session.execute(
                text("UPDATE platform.positions SET position = :before WHERE name = :name AND position < :before"),
                {"name": self.schema, "before": self.bounds.begin - 1},
            )

    async def up_to(self, ends: Mapping[str, int]) -> None:
        """Feeds until the build stands at these ends, not beyond. Raises what the first failing source raises."""
        feeds = {source: self._until(source, end) for source, end in ends.items() if source in self.model.sources}
        await together([self._projector(source, feed).run() for source, feed in feeds.items()])

    async def follow(self) -> None:
        """Feeds until cancelled."""
        await together([self._projector(source, feed_of(self.runtime, source)).run() for source in self.model.sources])

    async def whole(self) -> None:
        """Feeds until hardly anything is missing of what happened meanwhile."""
        while True:
            ends = await self.ends()
            left = await self.left(ends)
            self._watch.expects(left)
            await self.up_to(ends)
            if self.bounds.partial or sum(left.values()) <= NEARLY:
                return

    def _projector(self, source: str, feed: Feed) -> Projector:
        only = self.bounds.include if self.bounds.partial else None
        return Projector(self.model, source, feed, self.runtime.database, self.runtime.positions, self.schema, only)

    def _until(self, source: str, end: int) -> Feed:
        async def feed(position: int, stream_sequence: int) -> AsyncGenerator[Sequence[Heard], None]:
            if position >= end:
                return
            async with aclosing(feed_of(self.runtime, source)(position, stream_sequence)) as batches:
                async for batch in batches:
                    for piece in _pieces(batch, end, self._pace.piece):
                        yield piece
                        self._watch.did(source, len(piece))
                        await self._pace.after(len(piece))
                    if batch[-1].position >= end:
                        return

        return feed


def _pieces(batch: Sequence[Heard], end: int, size: int | None) -> list[Sequence[Heard]]:
    kept = [each for each in batch if each.position <= end]
    step = size or len(kept) or 1
    return [kept[start : start + step] for start in range(0, len(kept), step)]


async def events_between(runtime: Runtime, source: str, position: int, stream_sequence: int, end: int) -> int:
    """How many events a source has after a position, up to `end`; on a stream, up to its last message."""
    if position >= end:
        return 0
    if source == OWN_LOG:
        async with runtime.database.transaction() as session:
            found = await session.execute(
                text(
                    "SELECT count(*) FROM stored_events WHERE notification_id > :position AND notification_id <= :end"
                ),
                {"position": position, "end": end},
            )
            return int(found.scalar_one())
    start = await first_after(runtime.bus, source, position, stream_sequence)
    return max(0, (await last_position(runtime.bus, source)).stream_sequence - start + 1)


def require_possible(model: ReadModel, bounds: Bounds) -> None:
    """Positions of several sources do not compare. Raises `ProjectionRefusedError`."""
    if bounds.by_position and len(model.sources) > 1:
        raise ProjectionRefusedError(
            f"读模型 {model.name} 有 {len(model.sources)} 个来源（{'、'.join(model.sources)}），"
            "各自的位置互不相干，请改用时间作为 --from 与 --to。"
        )


async def together(work: Sequence[Awaitable[None]]) -> None:
    """All of it at once; the first failure ends the rest and is raised."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
