"""The object store of a running service: where it is, whether it can be used, and what in it no event names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import structlog

from shared.backup.objects import OBJECTS
from shared.embedded.servers import ARCHIVE
from shared.objects.folder import FolderStore
from shared.objects.s3 import S3Address, S3Store
from shared.objects.store import ObjectStore, ObjectStoreAway
from shared.runtime.service import Runtime
from shared.runtime.settings import Settings

log = structlog.get_logger(__name__)
ORPHANED = timedelta(days=1)  # real time; an event follows its object within seconds
SWEEP_SECONDS = 6 * 3600.0
AGAIN_SECONDS = 300.0
LOOK_SECONDS = 5.0
LOOK_TIMEOUT_SECONDS = 3.0

Named = Callable[[Runtime, Sequence[str]], Awaitable[set[str]]]


def store_of(settings: Settings, service: str) -> ObjectStore:
    """A service's objects: `CHENGCE_OBJECT_STORE_URL`, or a folder of the data directory. Connects when first used."""
    if settings.object_store_url is None:
        return FolderStore(settings.data_dir / OBJECTS / service, settings.data_dir / ARCHIVE)
    parts = urlsplit(settings.object_store_url)
    authority = settings.object_store_authority
    return S3Store(
        S3Address(
            bucket=parts.netloc,
            prefix=f"{parts.path.strip('/')}/{service}".lstrip("/"),
            endpoint=settings.object_store_endpoint,
            region=settings.object_store_region,
            access_key=settings.object_store_access_key,
            secret_key=settings.object_store_secret_key,
            path_style=settings.object_store_path_style,
            authority=authority.read_text("ascii") if authority else None,
        )
    )


class StoreWatch:
    """Looks at the store again and again, so that readiness need not wait for one that is silent.

    `usable` is None before the first look; `error` says why not.
    """

    def __init__(self, store: ObjectStore) -> None:
        self.usable: bool | None = None
        self.error: str | None = None
        self._store = store

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Once."""
        error: str | None = None
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_SECONDS):
                await self._store.look()
        except (ObjectStoreAway, TimeoutError) as away:
            error = (str(away) or f"no answer within {LOOK_TIMEOUT_SECONDS:g} s")[:300]
        if self.usable is not (error is None):
            log.info("object_store", usable=error is None, error=error)
        self.usable, self.error = error is None, error


class Sweeping:
    """Removes what was stored and never named: an upload whose process was killed before its event was written."""

    def __init__(self, runtime: Runtime, named: Named) -> None:
        self._runtime = runtime
        self._named = named

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await sweep(self._runtime, self._named, datetime.now(UTC) - ORPHANED)
            except ObjectStoreAway as error:
                log.warning("objects_not_swept", service=self._runtime.service.name, error=str(error))
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                await asyncio.sleep(SWEEP_SECONDS)


async def sweep(runtime: Runtime, named: Named, before: datetime) -> int:
    """Removes objects stored before a moment that no event names, and what broken writes left; how many objects it were.

    The record is asked after the store: an object that it names then was named all along. Raises `ObjectStoreAway`.
    """
    removed = 0
    async for listed in runtime.objects.listed():
        old = [each.name for each in listed if each.stored_at < before]
        for name in sorted(set(old) - await named(runtime, old)) if old else ():
            await runtime.objects.delete(name)
            log.info("object_swept", service=runtime.service.name, name=name)
            removed += 1
    await runtime.objects.tidy(before)
    return removed
