"""Models: trained, kept, and one of them active; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from services.hotline.decider.commands import Reason
from services.hotline.decider.rights import not_yours
from services.hotline.events.model import ModelActivated, ModelTrained
from shared.eventstore.decider import Command, Context, Decider, State
from shared.eventstore.events import Event
from shared.security.actor import Role

CLASSIFIER = "tickets"  # the key of the only one
_MAY = (Role.DATA_BUREAU, Role.OPERATOR)


class KeepModel(Command):
    """Keep what was trained; the same artefact again changes nothing."""

    artefact: str
    card: dict[str, Any]


class ModelState(State):
    """There is one."""


class ActivateModel(Command):
    """Have it suggest from now on; None goes back to the rules."""

    model: str | None
    reason: Reason


class ClassifierState(State):
    """Which one suggests."""

    active: str | None = None


def key_of(artefact: str) -> str:
    """A model's name: its content's digest."""
    return hashlib.sha256(artefact.encode()).hexdigest()[:12]


def _keep(state: ModelState | None, command: KeepModel, context: Context) -> Sequence[Event]:
    _require(context)
    return [] if state else [ModelTrained(artefact=command.artefact, card=command.card)]


def _activate(state: ClassifierState | None, command: ActivateModel, context: Context) -> Sequence[Event]:
    _require(context)
    if (state or ClassifierState()).active == command.model:
        return []
    return [ModelActivated(model=command.model, reason=command.reason)]


def _require(context: Context) -> None:
    if not context.actor.has(*_MAY):
        not_yours("分类模型由市数政局或运维人员管理。")


def _kept(_state: ModelState | None, _event: Event) -> ModelState:
    return ModelState()


def _activated(_state: ClassifierState | None, event: Event) -> ClassifierState:
    assert isinstance(event, ModelActivated)  # noqa: S101 - the only one
    return ClassifierState(active=event.model)


model = Decider("model", ModelState, _keep, _kept)
classifier = Decider("classifier", ClassifierState, _activate, _activated)
