"""An enterprise's word on its grant, said by itself or by a clerk at the counter."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.admission import Given
from services.application.counter.visiting import Acting, standing_for, using
from services.application.decider.grant import ConfirmGrant, GrantState, grant
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor


async def answer_grant(
    runtime: Runtime,
    key: str,
    commands: Sequence[Given],
    actor: Actor,
    sent: str | None,
    visit: str | None,
) -> Receipt:
    """The word itself, first of `commands`, and what goes with it; written together with the visit's own part where a clerk
    says it. Raises `Refused`."""
    state: GrantState | None = await runtime.state(grant, key)
    whose = state.listed.enterprise if state else ""
    (_, _, word), *_ = commands
    act = "confirm" if isinstance(word, ConfirmGrant) else "decline"
    actor = await standing_for(runtime, actor, visit, Acting(act, key, whose))
    together = [*commands, *using(visit, act, key, whose)]
    return (await runtime.execute_together(together, actor, idempotency_key=sent))[0]
