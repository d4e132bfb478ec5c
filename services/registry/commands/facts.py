"""The catalogue of facts as commands need it, and single changes of a profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.registry.decider import fact
from services.registry.events import StatedFact
from services.registry.values import read_value
from shared.calendar import civil_date
from shared.contracts.facts import BASE_CATALOGUE, FactDefinition, FactKey, FactValue
from shared.eventstore.decider import Because, FieldError, Refused
from shared.runtime.service import Runtime


class FactForm(BaseModel):
    """A fact as somebody fills it in. `as_of`: the day on which it stood so; without it, today."""

    model_config = ConfigDict(extra="forbid")

    key: FactKey
    value: Any = Field(
        description="整数（或 least、most 区间）、日期、是否、选项、代码，或清单；文字按事实的类型识别", examples=[120]
    )
    as_of: date | None = Field(None, description="数据截至日期，不填则为今天")
    valid_until: date | None = Field(None, description="有效期的最后一天，不填则长期有效")


async def definitions_of(runtime: Runtime, keys: Iterable[str]) -> dict[str, FactDefinition]:
    """The definitions of these keys as the record has them now; an unknown key is left out."""
    wanted = {fact.id_of(key): key for key in keys}
    found, _ = await runtime.aggregates.load(dict.fromkeys(wanted, fact)) if wanted else ({}, {})
    own = {wanted[aggregate_id]: each.state.definition for aggregate_id, each in found.items() if each.state}
    return {key: BASE_CATALOGUE[key] for key in wanted.values() if key in BASE_CATALOGUE} | own


def stated(form: FactForm, definitions: Mapping[str, FactDefinition], today: date) -> StatedFact:
    """The form as a statement. Raises ValueError (a Chinese sentence) for a value that cannot be read at all."""
    return StatedFact(
        key=form.key,
        value=value_of(form.key, form.value, definitions),
        as_of=form.as_of or today,
        valid_until=form.valid_until,
    )


def all_stated(
    forms: Sequence[FactForm], definitions: Mapping[str, FactDefinition], today: date
) -> tuple[StatedFact, ...]:
    """All forms as statements. Refused with every value that cannot be read."""
    facts: list[StatedFact] = []
    errors: list[FieldError] = []
    for n, form in enumerate(forms):
        try:
            facts.append(stated(form, definitions, today))
        except ValueError as error:
            errors.append(FieldError(field=f"facts.{n}.value", code="unfit", message=str(error)))
    if errors:
        title = f"提交的内容有{len(errors)}处需要改正，请逐项修改后重新提交。"
        raise Refused("registry.invalid-facts", title, errors, Because.INVALID)
    return tuple(facts)


def value_of(key: str, raw: Any, definitions: Mapping[str, FactDefinition]) -> FactValue:
    """A raw value read by its definition; of an unknown fact any value will do, for the fact itself is refused."""
    return read_value(definitions[key], raw) if key in definitions else ""


def read_or_refuse(key: str, raw: Any, definitions: Mapping[str, FactDefinition]) -> FactValue | None:
    """The value of a form with one value, or None. Refused when it cannot be read."""
    try:
        return None if raw is None else value_of(key, raw, definitions)
    except ValueError as error:
        problem = FieldError(field="value", code="unfit", message=str(error))
        raise Refused(
            "registry.invalid-facts", "提交的内容有1处需要改正，请修改后重新提交。", [problem], Because.INVALID
        ) from error


def today_of(runtime: Runtime) -> date:
    """The civil date in Asia/Shanghai."""
    return civil_date(runtime.clock.now())
