"""Registry reacts to nobody: the others refer to it."""

from __future__ import annotations

from shared.messaging.reactions import Reaction

reactions: tuple[Reaction, ...] = ()
