"""Departments supply facts of many enterprises at once (article 8: 汇集和共享各类应用数据)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from services.registry.commands.facts import FactForm, definitions_of, stated, today_of
from services.registry.decider import StateFacts, enterprise, problems
from services.registry.events import FactsStated, StatedFact
from shared.contracts.facts import FactDefinition
from shared.contracts.identifiers import DepartmentCode, Uscc
from shared.eventstore.decider import FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.http.batches import BatchAnswer, RefusedRow, errors_of
from shared.http.problems import field_errors
from shared.runtime.service import Runtime
from shared.security.actor import Actor


class SupplyRow(FactForm):
    """One fact of one enterprise. `department`: whose data it is; without it, the sender's own department."""

    model_config = ConfigDict(extra="forbid")

    uscc: Uscc
    department: DepartmentCode | None = None
    sample: bool = Field(False, description="样例标记，仅供演示数据使用")


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    uscc: str
    source: str
    fact: StatedFact


async def take_supply(runtime: Runtime, actor: Actor, rows: Sequence[dict[str, Any]]) -> BatchAnswer:
    """Takes every row that can be taken, in one transaction: the rows of one enterprise and source are one command.

    A row that contradicts what stands already is refused alone; the other rows of its enterprise are taken.
    """
    answer = BatchAnswer()
    forms: dict[int, SupplyRow] = {}
    for number, raw in enumerate(rows):
        try:
            forms[number] = SupplyRow.model_validate(raw)
        except ValidationError as error:
            answer.refused.append(RefusedRow(row=number, errors=field_errors(error.errors())))
    definitions = await definitions_of(runtime, {form.key for form in forms.values()})
    good = _checked(forms, definitions, actor, today_of(runtime), answer)
    left = await _carry_out(runtime, actor, good, definitions, answer)
    if left:
        await _carry_out(runtime, actor, left, definitions, answer)
    answer.refused.sort(key=lambda refused: refused.row)
    return answer


def _checked(
    forms: Mapping[int, SupplyRow],
    definitions: Mapping[str, FactDefinition],
    actor: Actor,
    today: date,
    answer: BatchAnswer,
) -> list[_Row]:
    """The rows with nothing wrong in themselves; the others are refused, each with everything that is wrong."""
    good: list[_Row] = []
    for number, form in forms.items():
        errors: list[FieldError] = []
        source = form.department or actor.department
        if source is None:
            errors.append(FieldError(field="department", code="missing", message="请注明数据由哪个部门提供。"))
        try:
            fact = stated(form, definitions, today)
            errors += problems(fact, definitions.get(form.key), today)
        except ValueError as error:
            errors.append(FieldError(field="value", code="unfit", message=str(error)))
        if errors or source is None:
            answer.refused.append(RefusedRow(row=number, errors=errors))
        else:
            good.append(_Row(number, form.uscc, source, fact))
    return good


async def _carry_out(
    runtime: Runtime,
    actor: Actor,
    rows: Sequence[_Row],
    definitions: Mapping[str, FactDefinition],
    answer: BatchAnswer,
) -> list[_Row]:
    """Hands in the rows; answers with those that were held back only because others of their command were wrong."""
    groups: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        groups.setdefault((row.uscc, row.source), []).append(row)
    commands = [
        StateFacts(
            uscc=uscc,
            source=source,
            facts=tuple(row.fact for row in group),
            definitions={row.fact.key: definitions[row.fact.key] for row in group},
        )
        for (uscc, source), group in groups.items()
    ]
    verdicts = await runtime.execute_all([(enterprise, each.uscc, each) for each in commands], actor)
    left: list[_Row] = []
    for group, verdict in zip(groups.values(), verdicts, strict=True):
        if isinstance(verdict, Receipt):
            _count(group, verdict, answer)
        else:
            left += _refused(group, verdict, answer)
    return left


def _count(group: Sequence[_Row], receipt: Receipt, answer: BatchAnswer) -> None:
    stated_events = [each.event for each in receipt.events if isinstance(each.event, FactsStated)]
    loaded = sum(len(event.facts) for event in stated_events)
    answer.loaded += loaded
    answer.repeated += len(group) - loaded
    answer.position = max(answer.position, receipt.position)


def _refused(group: Sequence[_Row], refused: Refused, answer: BatchAnswer) -> list[_Row]:
    """The rows that the refusal names are refused; when it names none, all of them."""
    by_place: dict[int, list[FieldError]] = {}
    for error in refused.errors:
        prefix, _, rest = error.field.partition(".")
        number, _, field = rest.partition(".")
        if prefix == "facts" and number.isdigit():
            by_place.setdefault(int(number), []).append(error.model_copy(update={"field": field}))
    for place, row in enumerate(group):
        errors = by_place.get(place) if by_place else errors_of(refused)
        if errors:
            answer.refused.append(RefusedRow(row=row.number, errors=errors))
    return [row for place, row in enumerate(group) if by_place and place not in by_place]
