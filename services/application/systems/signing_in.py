"""Secrets and tokens of departments' own systems (RFC 6749, 4.4)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import NamedTuple

from services.application.decider.system import (
    SUBJECT,
    IssueSecret,
    SystemState,
    client_of,
    digest_of,
    proves,
    require_connected,
    system,
)
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role
from shared.security.tokens import issue

LONGEST_SECONDS = 600
SECRET_BYTES = 32


class Drawn(NamedTuple):
    """`secret`: None in a repeat, for it is shown once."""

    receipt: Receipt
    secret: str | None


class WrongClient(Exception):
    """No system has this id and secret; which of both is wrong is not said."""


async def draw_secret(runtime: Runtime, client: str, overlap_hours: int, actor: Actor, key: str | None) -> Drawn:
    """A new secret, of which the record keeps a salted digest. Raises `Refused`."""
    secret, salt = secrets.token_urlsafe(SECRET_BYTES), secrets.token_hex(16)
    command = IssueSecret(overlap_hours=overlap_hours, salt=salt, digest=digest_of(salt, secret))
    receipt = await runtime.execute(system, client, command, actor, idempotency_key=key)
    return Drawn(receipt, None if receipt.repeated else secret)


async def token_for(runtime: Runtime, client: str, secret: str, seconds: int) -> str:
    """A token for `seconds` of the caller's time. Raises `WrongClient`, and `Refused` where it is right but not connected."""
    state: SystemState | None = await runtime.state(system, client)
    now = runtime.clock.now()
    if not proves(state, secret, now) or state is None:
        raise WrongClient
    require_connected(state)
    actor = Actor(
        subject=f"{SUBJECT}{client}",
        name=state.requested.system_name,
        roles=(Role.DEPARTMENT_SYSTEM,),
        department=state.requested.department,
    )
    # However fast a demonstration's clock runs, as with the development sign-in.
    lasts = timedelta(seconds=seconds) * max(1.0, runtime.settings.clock_speed)
    return issue(actor, runtime.settings.require_secret(), now, lasts)


async def connected(runtime: Runtime, actor: Actor) -> SystemState:
    """The system that asks, from the record itself: what is suspended is so at once, whatever token it still has."""
    return require_connected(await runtime.state(system, client_of(actor)))
