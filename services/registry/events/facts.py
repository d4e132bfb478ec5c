"""What happened to the catalogue of facts."""

from __future__ import annotations

from typing import ClassVar

from shared.contracts.facts import FactDefinition
from shared.eventstore.events import Event


class FactDefined(Event):
    """The data bureau has added a fact to the catalogue, or changed its label, options or question (article 8)."""

    TOPIC: ClassVar[str] = "registry.fact-defined"

    definition: FactDefinition
