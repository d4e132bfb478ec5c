"""Application reacts to nobody: what can be applied for is a read model of policy's stream."""

from __future__ import annotations

from shared.messaging.reactions import Reaction

reactions: tuple[Reaction, ...] = ()
