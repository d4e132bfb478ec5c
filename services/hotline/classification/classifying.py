"""The classifier in force: the model that was activated for what it knows, and the rules for the rest."""

from __future__ import annotations

import asyncio

import structlog

from services.hotline.classification.model import Model, UnreadableModelError, unpacked
from services.hotline.classification.rules import RulesClassifier
from services.hotline.classification.suggestion import Suggestion
from services.hotline.classification.taxonomy import load
from services.hotline.decider.model import CLASSIFIER, ClassifierState, classifier, model
from services.hotline.events.model import ModelTrained
from shared.runtime.service import Runtime

log = structlog.get_logger(__name__)
KEPT_SECONDS = 1.0  # real seconds for which an activation by another replica may go unseen


class ClassifierInForce:
    """Asks the record which model is active, and keeps it unpacked."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._rules = RulesClassifier(load(runtime.settings.ticket_taxonomy))
        self._model: Model | None = None
        self._active: str | None = None
        self._looked_at = -KEPT_SECONDS

    async def suggest(self, title: str, content: str) -> Suggestion:
        """What is suggested about a ticket. Worked out here: to hand it to a thread takes longer than the work."""
        await self._follow()
        suggested = self._both(self._model, title, content)
        await asyncio.sleep(0)  # tickets of a batch come one after another, and others want their turn
        return suggested

    def look_again(self) -> None:
        """After an activation here: the next ticket is the new model's."""
        self._looked_at = -KEPT_SECONDS

    def _both(self, trained: Model | None, title: str, content: str) -> Suggestion:
        by_rules = self._rules.suggest(title, content)
        if trained is None:
            return by_rules
        known = {name: guess for name, guess in dict(trained.suggest(title, content)).items() if guess is not None}
        return by_rules.model_copy(update=known)

    async def _follow(self) -> None:
        at = asyncio.get_running_loop().time()
        if at - self._looked_at < KEPT_SECONDS:
            return
        state: ClassifierState | None = await self._runtime.state(classifier, CLASSIFIER)
        active = state.active if state else None
        if active != self._active:
            self._model = await self._unpacked(active) if active else None
            self._active = active
        self._looked_at = at

    async def _unpacked(self, key: str) -> Model | None:
        history = await self._runtime.aggregates.history(model.id_of(key))
        trained = next(each.event for each in history if isinstance(each.event, ModelTrained))
        try:
            return await self._runtime.in_thread(unpacked, trained.artefact, key)
        except UnreadableModelError as error:  # of a later release: the rules answer meanwhile
            log.error("model_unreadable", model=key, error=str(error))
            return None
