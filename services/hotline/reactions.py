"""What hotline does when others tell: visits at the counter can be rated."""

from __future__ import annotations

from services.hotline.ratings.hearing import hearing
from shared.messaging.reactions import Reaction

reactions: tuple[Reaction, ...] = (hearing,)
