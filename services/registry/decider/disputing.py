"""The enterprise disputes what a source says of it, and the source's department looks again (articles 8, 20)."""

from __future__ import annotations

from collections.abc import Sequence

from services.registry.decider.commands import DisputeFact, SettleDispute
from services.registry.decider.rights import MANAGERS, OFFICERS, require_own, require_platform
from services.registry.decider.state import EnterpriseState, OpenDispute
from services.registry.decider.stating import problems, said_before, settled
from services.registry.events import (
    COMPUTED,
    ENTERPRISE,
    REGISTRATION,
    DisputeDeadlineRecomputed,
    DisputeOverdue,
    FactDisputed,
    FactsStated,
    StatedFact,
)
from shared.calendar import LimitClock
from shared.contracts.facts import FactDefinition
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event

_NOT_DISPUTABLE = {
    ENTERPRISE: "这是贵企业自己申报的数据，请直接重新申报正确的内容。",
    COMPUTED: "这项数据由平台计算得出，请对计算所依据的数据提出异议。",
}


def dispute(state: EnterpriseState, command: DisputeFact, context: Context) -> Sequence[Event]:
    """By the enterprise itself. The same statement is in dispute once; a repeat with the same source changes nothing."""
    require_own(context.actor, command.uscc, "对")
    effective = state.effective.get(command.key)
    source = command.source or (effective.source if effective else "")
    if state.statement(command.key, source) is None:
        raise Refused(
            "registry.nothing-to-dispute",
            "画像中没有这项数据，请刷新后核对要提出异议的内容。",
            because=Because.NOT_FOUND,
        )
    if source in _NOT_DISPUTABLE:
        raise Refused("registry.not-disputable", _NOT_DISPUTABLE[source], because=Because.INVALID)
    if state.disputed(command.key, source):
        return []
    definition = command.definitions.get(command.key)
    own = _own_value(command, definition, context)
    disputed = FactDisputed(
        uscc=state.uscc,
        number=state.disputes_raised + 1,
        key=command.key,
        label=definition.label if definition else command.key,
        source=source,
        department=None if source == REGISTRATION else source,
        reason=command.reason,
        clock=LimitClock.start(context.calendar, command.limit_days, context.today),
    )
    return [disputed, *_stated(state, ENTERPRISE, own, context)]


def settle(state: EnterpriseState, command: SettleDispute, context: Context) -> Sequence[Event]:
    """By the department whose statement it is; the data bureau can settle any, and alone those of the registration."""
    found = next((each for each in state.disputes if each.number == command.number), None)
    if found is None:
        if 1 <= command.number <= state.disputes_raised:
            raise Refused("registry.dispute-settled", "这项异议已经处理完毕，请刷新后查看结果。")
        raise Refused("registry.dispute-unknown", "没有这项异议，请核对异议编号。", because=Because.NOT_FOUND)
    actor = context.actor
    own = actor.has(*OFFICERS) and found.department is not None and actor.department == found.department
    if not own and not actor.has(*MANAGERS):
        who = f"部门 {found.department}" if found.department else "市数政局"
        raise Refused(
            "registry.not-your-dispute", f"这项异议由{who}处理，请由该部门的人员操作。", because=Because.FORBIDDEN
        )
    corrected = _corrected(state, found, command, context)
    end = settled(state, found, command.outcome, command.reason, context)
    return [end, *_stated(state, found.source, corrected, context)]


def raise_overdue(state: EnterpriseState, number: int, context: Context) -> Sequence[Event]:
    """Exactly once, strictly after the due day; a deadline that is out of date changes nothing."""
    require_platform(context)
    found = next((each for each in state.disputes if each.number == number), None)
    if found is None or found.overdue or not found.clock.is_overdue(context.today):
        return []
    about = found.model_dump(include={"number", "key", "label", "department"})
    clock = found.clock
    return [DisputeOverdue(uscc=state.uscc, **about, due_on=clock.due.day, limit_days=clock.limit_days)]


def recompute(state: EnterpriseState, number: int, context: Context) -> Sequence[Event]:
    """When a notice of the State Council moves the due day, or makes a provisional one certain."""
    require_platform(context)
    found = next((each for each in state.disputes if each.number == number), None)
    if found is None or found.overdue:
        return []
    before, anew = found.clock.due, found.clock.recomputed(context.calendar)
    if (anew.due.day, anew.due.provisional) == (before.day, before.provisional):
        return []
    return [
        DisputeDeadlineRecomputed(
            uscc=state.uscc, number=number, previous_due_on=before.day, clock=anew, notice=anew.due.calendar
        )
    ]


def _own_value(command: DisputeFact, definition: FactDefinition | None, context: Context) -> StatedFact | None:
    if command.value is None:
        return None
    own = StatedFact(key=command.key, value=command.value, as_of=context.today)
    _refuse(problems(own, definition, context.today), "registry.invalid-facts")
    return own


def _corrected(
    state: EnterpriseState, found: OpenDispute, command: SettleDispute, context: Context
) -> StatedFact | None:
    """The value that takes the disputed one's place; None where that is confirmed."""
    if command.outcome == "confirmed":
        if command.value is not None:
            error = FieldError(field="value", code="confirmed", message="维持原数据时不能填写新的值，请删除。")
            _refuse([error], "registry.invalid-settlement")
        return None
    if command.value is None:
        error = FieldError(field="value", code="missing", message="更正数据时请填写正确的值。")
        _refuse([error], "registry.invalid-settlement")
        return None
    before = state.statement(found.key, found.source)
    fact = StatedFact(
        key=found.key,
        value=command.value,
        as_of=command.as_of or context.today,
        valid_until=command.valid_until or (before.valid_until if before else None),
    )
    errors = problems(fact, command.definitions.get(found.key), context.today)
    if before is not None and before.value == fact.value:
        errors.append(
            FieldError(field="value", code="same", message="更正后的值与原值相同；数据无误时请选择维持原数据。")
        )
    _refuse(errors, "registry.invalid-settlement")
    return fact


def _refuse(errors: Sequence[FieldError], code: str) -> None:
    if errors:
        title = f"提交的内容有{len(errors)}处需要改正，请逐项修改后重新提交。"
        raise Refused(code, title, errors, Because.INVALID)


def _stated(state: EnterpriseState, source: str, fact: StatedFact | None, context: Context) -> list[FactsStated]:
    if fact is None or said_before(state, source, fact):
        return []
    standing = "declared" if source == ENTERPRISE else "verified"
    return [FactsStated(uscc=state.uscc, source=source, standing=standing, recorded_at=context.now, facts=(fact,))]
