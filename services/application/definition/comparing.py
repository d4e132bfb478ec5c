"""Facts and answers (数据填充、数据比对, article 18): what fills a form, and what in it differs from what is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from services.application.definition.answers import title_of
from services.application.definition.form import Answers, Form, Schema, asked
from services.application.definition.formats import yuan_of
from shared.contracts.facts import DateBand, FactValue, NumberBand, Standing

Outcome = Literal["same", "differs", "unknown"]


class KnownFact(BaseModel):
    """What is known of the enterprise, and where from: a department's code, `enterprise`, `registration` or `computed`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    value: FactValue
    source: str = ""
    standing: Standing = "verified"
    as_of: date | None = None
    valid_until: date | None = None
    disputed: bool = False


class Compared(BaseModel):
    """An answer beside the fact that it is compared with, both as they are kept (amounts in fen)."""

    model_config = ConfigDict(frozen=True)

    field: str
    title: str
    fact: str
    outcome: Outcome
    entered: Any
    known: KnownFact | None


class Prefilled(BaseModel):
    """What fills the form: `answers` as they are entered, and by field where each comes from."""

    model_config = ConfigDict(frozen=True)

    answers: dict[str, Any]
    origins: dict[str, KnownFact]


def prefill(form: Form, facts: Mapping[str, KnownFact]) -> Prefilled:
    """Fields with a fact that is known exactly; a band says something to compare with, not what to write."""
    answers: dict[str, Any] = {}
    origins: dict[str, KnownFact] = {}
    for name, field, fact in _with_facts(asked(form.answers, {})[0]):
        known = facts.get(fact)
        if known is None or isinstance(known.value, NumberBand | DateBand):
            continue
        answers[name] = _as_entered(field, known.value)
        origins[name] = known
    return Prefilled(answers=answers, origins=origins)


def compare(form: Form, kept: Answers, facts: Mapping[str, KnownFact]) -> tuple[Compared, ...]:
    """Every answer that has a fact, beside it."""
    fields, _ = asked(form.answers, kept)
    return tuple(
        Compared(
            field=name,
            title=title_of(field, name),
            fact=fact,
            outcome=_outcome(kept[name], known),
            entered=kept[name],
            known=known,
        )
        for name, field, fact in _with_facts(fields)
        if name in kept
        for known in [facts.get(fact)]
    )


def _with_facts(fields: Mapping[str, Schema]) -> Iterator[tuple[str, Schema, str]]:
    return ((name, field, field["x-fact"]) for name, field in fields.items() if "x-fact" in field)


def _outcome(entered: Any, known: KnownFact | None) -> Outcome:
    if known is None:
        return "unknown"
    return "same" if _agree(entered, known.value) else "differs"


def _agree(entered: Any, known: FactValue) -> bool:
    match known:
        case NumberBand(least=least, most=most):
            return (least is None or entered >= least) and (most is None or entered <= most)
        case DateBand(earliest=earliest, latest=latest):
            day = date.fromisoformat(entered)
            return (earliest is None or day >= earliest) and (latest is None or day <= latest)
        case tuple():
            return set(entered) == set(known)
    return bool(entered == known)


def _as_entered(field: Schema, value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return yuan_of(value) if field.get("format") == "amount" else value
