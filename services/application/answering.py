"""Answers to forms, with all that has to be looked up for them: the version, facts of the enterprise, and sealing."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from sqlmodel import select

from services.application.attachments.commands import described
from services.application.decider import application
from services.application.decider.commands import AnsweredForm
from services.application.decider.form import FormState
from services.application.decider.form import form as forms
from services.application.definition.answers import as_entered, judge
from services.application.definition.comparing import KnownFact, compare
from services.application.definition.form import Answers, Form
from services.application.definition.sealing import Envelope, covered, read, uncovered
from services.application.events import ApplicationSubmitted
from services.application.readmodels.facts import FactDefinitionRow, KnownFactsRow
from services.application.readmodels.grants import KnownEnterpriseRow
from shared.calendar import civil_date
from shared.contracts.facts import BASE_CATALOGUE, FactDefinition
from shared.eventstore.decider import Because, Refused
from shared.runtime.service import Runtime
from shared.security.actor import Actor
from shared.security.personal import ErasedError


class Whose(NamedTuple):
    """Which version of the form (None: the one in force), the facts of which enterprise, and the draft or application whose
    answers they are already."""

    version: int | None
    enterprise: str
    through: str | None = None


ERASED = "（已按要求删除）"


async def form_of(runtime: Runtime, item_code: str) -> FormState | None:
    """All versions of an item's form, from the record."""
    state: FormState | None = await runtime.state(forms, item_code)
    return state


async def catalogue(runtime: Runtime) -> dict[str, FactDefinition]:
    """The base catalogue, and what the data bureau has defined or redefined since."""
    rows = await runtime.reads.all(FactDefinitionRow, select(FactDefinitionRow))
    return {**BASE_CATALOGUE, **{row.key: FactDefinition.model_validate(row.definition) for row in rows}}


async def facts_of(runtime: Runtime, enterprise: str) -> dict[str, KnownFact]:
    """What holds today; the registered name is known as `name`."""
    today = civil_date(runtime.clock.now())
    registered = await runtime.reads.one(KnownEnterpriseRow, enterprise)
    row = await runtime.reads.one(KnownFactsRow, enterprise)
    known = {key: KnownFact.model_validate(fact) for key, fact in (row.facts if row else {}).items()}
    held = {key: fact for key, fact in known.items() if fact.valid_until is None or fact.valid_until >= today}
    return held | ({"name": KnownFact(value=registered.name, source="registration")} if registered else {})


async def answer(
    runtime: Runtime, actor: Actor, number: str, state: FormState, of: Whose, answers: Answers
) -> AnsweredForm:
    """Judges answers for the application `number`."""
    version, enterprise, through = of
    definition = state.of(version)
    kept, errors = judge(definition, answers)
    wrong, attachments = await described(runtime, actor, definition, answers, through)
    errors += wrong
    compared = () if errors else compare(definition, kept, await facts_of(runtime, enterprise))
    return AnsweredForm(
        version=version or state.version,
        errors=tuple(errors),
        kept=await sealed(runtime, f"application:{number}", definition, kept),
        compared=compared,
        attachments=attachments,
        requested_fen=kept.get(definition.requested) if definition.requested else None,
    )


async def sealed(runtime: Runtime, whose: str, form: Form, answers: Answers) -> dict[str, Any]:
    """The same answers, in whatever shape, with what identifies a person, or leads to money, in envelopes."""
    kept: dict[str, Any] = await runtime.in_thread(covered, form, answers, partial(runtime.vault.seal, whose))
    return kept


async def opened(runtime: Runtime, kept: Answers) -> dict[str, Any]:
    """Sealed answers in clear."""

    def clear(envelope: Envelope) -> Any:
        try:
            return read(envelope, runtime.vault.open(envelope["sealed"]))
        except ErasedError:
            return ERASED

    found: dict[str, Any] = await runtime.in_thread(uncovered, kept, clear)
    return found


def masked(kept: Answers) -> dict[str, Any]:
    """Sealed answers by their last four characters."""
    return uncovered(kept, lambda envelope: f"****{envelope['end']}")


async def amended(
    runtime: Runtime, actor: Actor, submitted: ApplicationSubmitted, kept: Answers, changed: Answers
) -> AnsweredForm:
    """Answers of an application that were kept, with some changed (None: taken out), judged as a whole. Raises `Refused`."""
    state = await form_of(runtime, submitted.item_code)
    if state is None or submitted.form is None:
        raise Refused("application.no-form", "这件申报没有表单，请在补正说明中填写。", because=Because.INVALID)
    before = as_entered(state.of(submitted.form), await opened(runtime, kept))
    whose = Whose(submitted.form, submitted.enterprise, application.id_of(submitted.number))
    return await answer(runtime, actor, submitted.number, state, whose, before | dict(changed))
