"""What policy does when something happens elsewhere."""

from __future__ import annotations

from services.policy.matching.pushing import consider_facts
from shared.messaging.reactions import Reaction

reactions: tuple[Reaction, ...] = (Reaction("facts", ("registry",), consider=consider_facts),)
