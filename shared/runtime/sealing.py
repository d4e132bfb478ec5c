"""Seals the log as it grows; a duty of the leading replica."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from shared.eventstore.seals import MOST_EVENTS, Sealer
from shared.runtime.service import Runtime
from shared.runtime.settings import Settings
from shared.security.signatures import KeyRing, SigningKey, public_keys, signing_secret

LOOK_SECONDS: Final = 1.0  # between looks whether enough has come together, while something waits


class Sealing:
    """Seals every 1,000 events at once, and fewer after `seconds`.

    An idle log costs one look each `seconds`; `wake` is set when this process appends.
    """

    def __init__(self, sealer: Sealer, wake: asyncio.Event, seconds: float) -> None:
        self.sealer = sealer
        self._wake = wake
        self._seconds = seconds

    async def run(self) -> None:
        """Until cancelled. Raises what `Sealer.seal_next` raises; the duty begins again."""
        try:
            await self._follow()
        finally:
            await self.sealer.close()

    async def _follow(self) -> None:
        since: float | None = None  # when the first event that waits was noticed
        while True:
            self._wake.clear()
            due = since is not None and time.monotonic() - since >= self._seconds
            seal, waiting = await self.sealer.seal_next(1 if due else MOST_EVENTS)
            if seal:
                since = None
                continue  # there may be more
            if not waiting:
                since = None
                await self._woken()
                continue
            since = time.monotonic() if since is None else since
            # Not the wake: under load it is set with every command, and each look costs one.
            await asyncio.sleep(max(0.0, min(LOOK_SECONDS, since + self._seconds - time.monotonic())))

    async def _woken(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._wake.wait()
        except TimeoutError:
            return  # time to look for what other replicas wrote


def sealing(runtime: Runtime) -> Sealing:
    """The duty of a running service. Raises as `signing_key`."""
    name = runtime.service.name
    sealer = Sealer(runtime.settings.database_of(name), name, signing_key(runtime.settings))
    return Sealing(sealer, runtime.tail.new_wake(), runtime.settings.seal_seconds)


def signing_key(settings: Settings) -> SigningKey:
    """The key that seals are signed with. Raises ValueError for a missing or short secret, or an unknown algorithm."""
    return SigningKey(_secret(settings), settings.seal_algorithm)


def key_ring(settings: Settings) -> KeyRing:
    """The keys whose seals are believed: those of the secret, and the public keys of earlier ones."""
    return KeyRing(_secret(settings), public_keys(settings.seal_trusted))


def _secret(settings: Settings) -> bytes:
    return signing_secret("" if settings.seal_key else settings.require_secret(), settings.seal_key)
