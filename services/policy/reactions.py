"""Policy reacts to nobody yet: departments write here, the others listen."""

from __future__ import annotations

from shared.messaging.reactions import Reaction

reactions: tuple[Reaction, ...] = ()
