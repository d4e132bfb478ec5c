"""What sources say of an enterprise, checked against the catalogue; and taking it back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from services.registry.decider.commands import StateFacts, WithdrawFact
from services.registry.decider.rights import require_source
from services.registry.decider.state import EnterpriseState, OpenDispute
from services.registry.events import DisputeSettled, FactsStated, FactWithdrawn, StatedFact
from shared.contracts.facts import FactDefinition, FactKind, NumberBand, Unit, known
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event

_CODES = {"industries": re.compile(r"[A-T](\d{2,4})?"), "divisions": re.compile(r"\d{2}(\d{2}(\d{2}(\d{3})?)?)?")}
MOST_ITEMS, MOST_CHARACTERS = 200, 120
_COUNTED = {Unit.PERSON, Unit.PIECE, Unit.SQUARE_METRE, Unit.TONNE}


def problems(fact: StatedFact, definition: FactDefinition | None, today: date) -> list[FieldError]:
    """Everything that is wrong with a stated fact, as it stands by itself; fields are `key`, `value`, `as_of`, ..."""
    errors: list[FieldError] = []

    def wrong(field: str, code: str, message: str) -> None:
        errors.append(FieldError(field=field, code=code, message=message))

    if definition is None:
        wrong("key", "unknown", f"事实目录中没有“{fact.key}”，请核对名称，或请市数政局先定义。")
    else:
        try:
            known(definition, fact.value)
            _check_value(fact, definition)
        except ValueError as error:
            wrong("value", "unfit", str(error))
    if fact.as_of > today:
        wrong("as_of", "future", "数据截至日期不能晚于今天，请核对。")
    if fact.valid_until is not None and fact.valid_until < fact.as_of:
        wrong("valid_until", "order", "有效期截止日不能早于数据截至日期，请核对。")
    return errors


def _check_value(fact: StatedFact, definition: FactDefinition) -> None:
    """What is more than a matter of form. Raises ValueError, a Chinese sentence."""
    least = fact.value.least if isinstance(fact.value, NumberBand) else fact.value
    if definition.unit in _COUNTED and isinstance(least, int) and least < 0:
        raise ValueError(f"“{definition.label}”不能小于零，请核对。")
    texts = fact.value if isinstance(fact.value, tuple) else (fact.value,)
    if len(texts) > MOST_ITEMS or any(isinstance(each, str) and len(each) > MOST_CHARACTERS for each in texts):
        limits = f"每项不超过{MOST_CHARACTERS}个字符，清单不超过{MOST_ITEMS}项"
        raise ValueError(f"“{definition.label}”的内容过长：{limits}，请精简后重新提交。")
    pattern = _CODES.get(definition.code_list or "")
    if pattern and not pattern.fullmatch(str(fact.value)):
        raise ValueError(f"“{definition.label}”应为代码表中的代码，例如 C3922 或 320281，请核对。")
    if definition.kind is FactKind.SET and isinstance(fact.value, tuple) and not all(map(str.strip, fact.value)):
        raise ValueError(f"“{definition.label}”的清单中有空项，请删除后重新提交。")


def state_facts(state: EnterpriseState | None, command: StateFacts, context: Context) -> Sequence[Event]:
    """Takes what is new; everything that is wrong is refused at once, under `facts.<place>.<field>`."""
    standing = require_source(context, command.uscc, command.source)
    last = {fact.key: n for n, fact in enumerate(command.facts)}
    errors: list[FieldError] = []
    for n, fact in enumerate(command.facts):
        found = problems(fact, command.definitions.get(fact.key), context.today)
        if last[fact.key] != n and fact != command.facts[last[fact.key]]:
            found.append(_error("key", "twice", "同一事实填写了多次且内容不同，请只保留正确的一项。"))
        found += _older(state, command.source, fact)
        errors += [error.model_copy(update={"field": f"facts.{n}.{error.field}"}) for error in found]
    if errors:
        title = f"提交的内容有{len(errors)}处需要改正，请逐项修改后重新提交。"
        raise Refused("registry.invalid-facts", title, errors, Because.INVALID)
    facts = tuple(
        _in_order(fact)
        for n, fact in enumerate(command.facts)
        if last[fact.key] == n and not said_before(state, command.source, _in_order(fact))
    )
    if not facts:
        return []
    stated = FactsStated(
        uscc=command.uscc, source=command.source, standing=standing, recorded_at=context.now, facts=facts
    )
    return [stated]


def said_before(state: EnterpriseState | None, source: str, fact: StatedFact) -> bool:
    """Whether a source has said exactly this already."""
    known_one = state.statement(fact.key, source) if state else None
    return known_one is not None and all(getattr(known_one, f) == getattr(fact, f) for f in StatedFact.model_fields)


def withdraw(state: EnterpriseState, command: WithdrawFact, context: Context) -> Sequence[Event]:
    """What nobody says any more cannot be disputed: open disputes of it are settled with it. A repeat changes nothing."""
    require_source(context, command.uscc, command.source)
    if state.statement(command.key, command.source) is None:
        return []
    withdrawn = FactWithdrawn(uscc=command.uscc, key=command.key, source=command.source, reason=command.reason)
    disputes = [each for each in state.disputes if (each.key, each.source) == (command.key, command.source)]
    return [withdrawn, *(settled(state, each, "withdrawn", command.reason, context) for each in disputes)]


def settled(
    state: EnterpriseState, dispute: OpenDispute, outcome: str, reason: str, context: Context
) -> DisputeSettled:
    """The end of a dispute, with whether it came in time."""
    late = dispute.overdue or dispute.clock.is_overdue(context.today)
    return DisputeSettled.model_validate(
        {
            **dispute.model_dump(include={"number", "key", "label", "source", "department"}),
            "uscc": state.uscc,
            "outcome": outcome,
            "reason": reason,
            "settled_on": context.today,
            "in_time": not late,
        }
    )


def _older(state: EnterpriseState | None, source: str, fact: StatedFact) -> list[FieldError]:
    known_one = state.statement(fact.key, source) if state else None
    if known_one is None or fact.as_of >= known_one.as_of:
        return []
    message = f"该来源已提供截至{known_one.as_of}的数据，不能用更早的数据替换；确需改回时，请先撤回已提供的数据。"
    return [_error("as_of", "older", message)]


def _in_order(fact: StatedFact) -> StatedFact:
    # A set has no order; kept in one, the same said again is the same.
    return fact.model_copy(update={"value": tuple(sorted(set(fact.value)))}) if isinstance(fact.value, tuple) else fact


def _error(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)
