"""What happened to the models that suggest."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.eventstore.events import Event


class ModelTrained(Event):
    """A model was trained from handled tickets. The artefact is data, and in the record: what suggested can be asked again."""

    TOPIC: ClassVar[str] = "hotline.model-trained"

    artefact: str
    card: dict[str, Any]


class ModelActivated(Event):
    """Suggestions come from this model from now on, or from the rules alone (None)."""

    TOPIC: ClassVar[str] = "hotline.model-activated"

    model: str | None
    reason: str
