"""Which of several sources takes precedence, and what that changes for the others of the platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from services.registry.computing import DERIVED, computed
from services.registry.decider.state import EnterpriseState, Statement, evolve
from services.registry.events import COMPUTED, ComputedFact, EffectiveFact, ProfileChanged
from shared.contracts.facts import Standing
from shared.eventstore.decider import Context
from shared.eventstore.events import Event

_STANDINGS: Mapping[Standing, int] = {"declared": 0, "computed": 1, "verified": 2}
Rank = tuple[bool, int, date, datetime, str]


def rank(statement: Statement, today: date) -> Rank:
    """Who takes precedence: (1) unexpired before expired; (2) verified before computed before declared; (3) the later
    as-of date; (4) what was recorded later. The source's name decides only what is equal in all of these."""
    standing = _STANDINGS[statement.standing]
    return not statement.expired(today), standing, statement.as_of, statement.recorded_at, statement.source


def holding(statements: Iterable[Statement], today: date) -> Statement | None:
    """The statement that holds; None when there is none, or when all have expired."""
    best = max(statements, key=lambda each: rank(each, today), default=None)
    return None if best is None or best.expired(today) else best


def with_what_holds(state: EnterpriseState | None, events: Sequence[Event], context: Context) -> list[Event]:
    """The events, and after them what they change in the profile, when they change anything."""
    for event in events:
        state = evolve(state, event)
    return [*events, *(what_changed(state, context) if state else ())]


def what_changed(state: EnterpriseState, context: Context) -> list[ProfileChanged]:
    """What holds today otherwise than was last said; nothing, when all is as it was."""
    today = context.today
    held = {
        key: best
        for key, sources in state.statements.items()
        if key not in DERIVED and (best := holding(sources.values(), today))
    }
    anew, gone = _computed_anew(state, held)
    for key in DERIVED:
        sources = {
            name: each for name, each in state.statements.get(key, {}).items() if key not in gone or name != COMPUTED
        }
        if key in anew:
            said = {"source": COMPUTED, "standing": "computed", "recorded_at": context.now}
            sources[COMPUTED] = Statement(**dict(anew[key]), **said)
        if best := holding(sources.values(), today):
            held[key] = best
    effective = {key: _effective(state, best, held) for key, best in held.items()}
    facts = [fact for key, fact in effective.items() if state.effective.get(key) != fact]
    facts += [EffectiveFact(key=key, value=None) for key in state.effective if key not in effective]
    if not (facts or anew or gone):
        return []
    return [
        ProfileChanged(
            uscc=state.uscc,
            version=state.version + 1,
            recorded_at=context.now,
            facts=tuple(sorted(facts, key=lambda fact: fact.key)),
            computed=tuple(anew.values()),
            no_longer_computed=tuple(gone),
            next_expiry=min((end for each in held.values() if (end := each.valid_until)), default=None),
        )
    ]


def _computed_anew(state: EnterpriseState, held: Mapping[str, Statement]) -> tuple[dict[str, ComputedFact], list[str]]:
    """What is computed otherwise than before, and what cannot be computed any more."""
    before = {key: each for key in sorted(DERIVED) if (each := state.statement(key, COMPUTED))}
    now = computed(held)
    fields = ComputedFact.model_fields
    anew = {
        key: fact
        for key, fact in now.items()
        if key not in before or any(getattr(before[key], name) != getattr(fact, name) for name in fields)
    }
    return anew, [key for key in before if key not in now]


def _effective(state: EnterpriseState, best: Statement, held: Mapping[str, Statement]) -> EffectiveFact:
    # What was computed from a disputed value is disputed as well.
    rests_on = [best, *(held[name] for name in best.inputs if name in held)]
    content = {name: getattr(best, name) for name in EffectiveFact.model_fields if name != "disputed"}
    return EffectiveFact(**content, disputed=any(state.disputed(each.key, each.source) for each in rests_on))
