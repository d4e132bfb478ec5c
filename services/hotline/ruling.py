"""The rules of handling that are in force."""

from __future__ import annotations

import asyncio

from services.hotline.decider.rules import RULES, RulesState, SetRules, handling_rules
from services.hotline.events.rules import STANDARD, HandlingRules
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

KEPT_SECONDS = 0.5  # real seconds for which another replica's change may go unseen


class RulesInForce:
    """Read from the record, and kept for a moment: a batch of a thousand tickets asks a thousand times."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._rules = STANDARD
        self._read_at = -KEPT_SECONDS

    async def now(self) -> HandlingRules:
        """What holds for a ticket that is received, dispatched or reopened now."""
        at = asyncio.get_running_loop().time()
        if at - self._read_at >= KEPT_SECONDS:
            state: RulesState | None = await self._runtime.state(handling_rules, RULES)
            self._rules, self._read_at = (state or RulesState()).rules, at
        return self._rules

    async def set(self, rules: HandlingRules, reason: str, actor: Actor, sent: str | None) -> Receipt:
        """Sets them anew, and knows so at once."""
        command = SetRules(rules=rules, reason=reason)
        receipt = await self._runtime.execute(handling_rules, RULES, command, actor, idempotency_key=sent)
        self._read_at = -KEPT_SECONDS
        return receipt
