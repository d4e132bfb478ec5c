"""Hotline reacts to nobody yet: tickets come in through its doors."""

from __future__ import annotations

from shared.messaging.reactions import Reaction

reactions: tuple[Reaction, ...] = ()
