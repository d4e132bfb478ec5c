"""An enterprise's word on its grant, said by itself or by a clerk at the counter."""

from __future__ import annotations

from services.application.counter.visiting import Acting, standing_for, using
from services.application.decider.grant import ConfirmGrant, DeclineGrant, GrantState, grant
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor


async def answer_grant(
    runtime: Runtime,
    key: str,
    command: ConfirmGrant | DeclineGrant,
    actor: Actor,
    sent: str | None,
    visit: str | None,
) -> Receipt:
    """Written together with the visit's own part where a clerk says it. Raises `Refused`."""
    state: GrantState | None = await runtime.state(grant, key)
    whose = state.listed.enterprise if state else ""
    act = "confirm" if isinstance(command, ConfirmGrant) else "decline"
    actor = await standing_for(runtime, actor, visit, Acting(act, key, whose))
    commands = [(grant, key, command), *using(visit, act, key, whose)]
    return (await runtime.execute_together(commands, actor, idempotency_key=sent))[0]
