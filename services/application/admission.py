"""Places, money and turns: kept when an application comes in, given back when it ends without a grant; in one transaction
with the application's own step, so that there is never too much, nor too little."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.application.decider import (
    AnyCommand,
    ApplicationState,
    ConcludeRelease,
    GiveOpinion,
    SubmitApplication,
    application,
)
from services.application.decider.allotment import AdjustClaim, ClaimPlace, ReleasePlace, allotment
from services.application.decider.allotment import key_of as allotment_of
from services.application.decider.commands import CompleteReview
from services.application.decider.delegation import ActForAbsent, delegation
from services.application.decider.delegation import key_of as delegation_of
from services.application.decider.scheme import SchemeState, scheme
from services.application.decider.turn import ReleaseTurn, TakeTurn, turn
from services.application.decider.turn import key_of as turn_of
from services.application.definition.rules import Rules
from services.application.events import ReviewCompleted
from services.application.events.review import OpinionGiven
from shared.eventstore.decider import Command, Context, Decider, Refused
from shared.eventstore.events import Event
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

Given = tuple[Decider[Any, Any], str, Command]


async def admit(
    runtime: Runtime, command: SubmitApplication, actor: Actor, key: str | None, also: Sequence[Given] = ()
) -> Receipt:
    """Submits under the item's scheme, with all that it holds and `also`, or not at all. Raises `Refused`."""
    state: SchemeState | None = await runtime.state(scheme, command.item_code)
    if state is None:
        alone: list[Given] = [(application, command.number, command), *also]
        return (await runtime.execute_together(alone, actor, idempotency_key=key))[0]
    rules = state.rules
    holding = [*_turns(command, rules), *_place(command, rules)]
    whole = command.model_copy(
        update={
            "scheme": state.version,
            "period": rules.period,
            "process": state.process,
            "ranked": rules.award == "ranked",
            "budgeted": rules.budget_fen is not None,
            "most_fen": rules.most_fen,
            "holds": tuple(decider.id_of(name) for decider, name, _ in holding),
        }
    )
    # The application first: what is wrong with it is said before that there is no place for it.
    receipts = await runtime.execute_together(
        [(application, command.number, whole), *holding, *also], actor, idempotency_key=key
    )
    return receipts[0]


def _turns(command: SubmitApplication, rules: Rules) -> list[Given]:
    groups = [*([command.item_code] if rules.once else []), *(f"group:{group}" for group in rules.exclusive)]
    return [
        (
            turn,
            turn_of(group, rules.period, command.enterprise),
            TakeTurn(
                group=group,
                period=rules.period,
                enterprise=command.enterprise,
                number=command.number,
                item_title=command.item_title,
            ),
        )
        for group in groups
    ]


def _place(command: SubmitApplication, rules: Rules) -> list[Given]:
    if not rules.bounded or rules.award == "ranked":  # ranked: places are shared when all have been scored
        return []
    fen = command.applied_fen or 0 if rules.budget_fen is not None else 0
    return [
        (allotment, allotment_of(command.item_code, rules.period), ClaimPlace(number=command.number, amount_fen=fen))
    ]


async def opine(
    runtime: Runtime,
    number: str,
    command: CompleteReview | GiveOpinion,
    actor: Actor,
    key: str | None,
    version: int | None,
    also: Sequence[Given] = (),
) -> Receipt:
    """One for somebody who is away uses the delegation; without one it is refused whole, with `also`. Raises `Refused`."""
    others = [*_represented(number, command, actor), *also]
    return await within_budget(runtime, number, command, others, actor, key, version)


async def within_budget(
    runtime: Runtime,
    number: str,
    command: AnyCommand,
    others: Sequence[Given],
    actor: Actor,
    key: str | None,
    version: int | None = None,
) -> Receipt:
    """What is granted is what the budget keeps: an opinion with an amount keeps just that much, an approval without one
    nothing. Where there is not enough left it is refused whole, with `others`. Raises `Refused`."""
    while True:
        seen = await runtime.aggregates.get(application, application.id_of(number))
        commands: list[Given] = [(application, number, command), *others]
        held = _allotment_held(seen.state)
        if held is not None:
            fen = to_keep(_foreseen(seen.state, command, Context(runtime.clock.now(), runtime.calendar(), actor)))
            commands += [] if fen is None else [(allotment, held, AdjustClaim(number=number, amount_fen=fen))]
        # What follows from it was foreseen on this version: where others were quicker, it is foreseen anew.
        pinned = seen.version if held is not None and version is None else version
        try:
            receipts = await runtime.execute_together(commands, actor, idempotency_key=key, expected_version=pinned)
        except Refused as refused:
            if version is None and refused.code == "platform.version-moved":
                continue
            raise
        return receipts[0]


def to_keep(decided: Sequence[Event]) -> int | None:
    """What the budget keeps for an application once this is decided on it, in fen; None if as before."""
    for event in reversed(decided):
        match event:
            case ReviewCompleted(outcome="approved", amount_fen=fen):
                return fen or 0
            case OpinionGiven(amount_fen=int() as fen):
                return fen
    return None


def _foreseen(state: ApplicationState, command: AnyCommand, context: Context) -> Sequence[Event]:
    try:
        return application.decide(state, command, context)
    except Refused:
        return []  # and nothing is kept: it is refused, or answered as a repeat, when it is carried out


def _represented(number: str, command: CompleteReview | GiveOpinion, actor: Actor) -> list[Given]:
    if not isinstance(command, GiveOpinion) or command.on_behalf_of is None:
        return []
    acts = ActForAbsent(application=number, step=command.step)
    return [(delegation, delegation_of(actor.department or "", command.on_behalf_of), acts)]


def _allotment_held(state: ApplicationState | None) -> str | None:
    prefix = f"{allotment.kind}-"
    holds = state.submitted.holds if state and state.holding else ()
    return next((hold.removeprefix(prefix) for hold in holds if hold.startswith(prefix)), None)


async def release(runtime: Runtime, number: str) -> None:
    """Gives back all that an application without a grant holds; done twice it does nothing the second time."""
    state: ApplicationState = await runtime.state(application, number)
    commands: list[Given] = [(application, number, ConcludeRelease())]
    for hold in state.submitted.holds:
        kind, _, name = hold.partition("-")
        if kind == allotment.kind:
            commands.append((allotment, name, ReleasePlace(number=number)))
        else:
            commands.append((turn, name, ReleaseTurn(number=number)))
    await runtime.execute_together(commands, runtime.itself)
