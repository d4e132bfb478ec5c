"""Analytics reacts to nobody: what others publish is folded by its read models."""

from __future__ import annotations

from shared.messaging.reactions import Reaction

reactions: tuple[Reaction, ...] = ()
