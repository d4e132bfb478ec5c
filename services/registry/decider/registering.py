"""An enterprise becomes known, and what its registration says becomes part of its profile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.registry.decider.commands import RegisterEnterprise
from services.registry.decider.rights import MANAGERS
from services.registry.decider.state import EnterpriseState
from services.registry.events import REGISTRATION, EnterpriseRegistered, FactsStated, StatedFact
from shared.contracts.facts import BASE_CATALOGUE, LARGEST, FactValue
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event

_COMPARED = ("name", "industry", "division", "established_on", "employees", "revenue_fen", "assets_fen", "tags")
_QUALIFICATIONS = {
    name: option.value for option in BASE_CATALOGUE["qualifications"].options for name in (option.value, option.label)
}


def register(state: EnterpriseState | None, command: RegisterEnterprise, context: Context) -> Sequence[Event]:
    """The data bureau registers any enterprise, an applicant its own; what an applicant says of it counts as declared.

    A repeat completes the profile where the registration is older than profiles are.
    """
    actor = context.actor
    if not actor.has(*MANAGERS) and actor.enterprise != command.uscc:
        raise Refused(
            "registry.not-your-enterprise",
            "只能登记您本人所属的企业，请核对统一社会信用代码。",
            because=Because.FORBIDDEN,
        )
    if context.today < (command.established_on or context.today):
        raise Refused(
            "registry.invalid-enterprise",
            "企业信息有1处需要改正。",
            [FieldError(field="established_on", code="future", message="成立日期不能晚于今天。")],
            Because.INVALID,
        )
    known = state.registered if state else None
    facts = _facts(state, command, context.today)
    standing = "verified" if actor.has(*MANAGERS) else "declared"
    stated = [
        FactsStated(uscc=command.uscc, source=REGISTRATION, standing=standing, recorded_at=context.now, facts=facts)
    ]
    if known is None:
        contact = {"contact_name": command.contact_name, "contact_phone": command.contact_phone}
        return [EnterpriseRegistered(**command.model_dump(), **contact), *(stated if facts else ())]
    differing = _differences(known, command)
    if not differing:
        return stated if facts else []
    raise Refused(
        "registry.enterprise-exists",
        "该统一社会信用代码已登记，且内容不同，请核对后更正。",
        [FieldError(field=f, code="differs", message=f"已登记的内容为：{old or '空'}。") for f, old in differing],
    )


def _differences(known: EnterpriseRegistered, command: RegisterEnterprise) -> list[tuple[str, object]]:
    # Sealed fields differ at every sealing; they say nothing about the content.
    return [(f, getattr(known, f)) for f in _COMPARED if getattr(known, f) != getattr(command, f)]


def _facts(state: EnterpriseState | None, command: RegisterEnterprise, today: date) -> tuple[StatedFact, ...]:
    """What the registration says that it has not said before."""
    said = {
        "industry": command.industry,
        "division": command.division,
        "established_on": command.established_on.isoformat() if command.established_on else None,
        "employees": command.employees,
        "revenue": _amount(command.revenue_fen),
        "assets": _amount(command.assets_fen),
        "qualifications": tuple(sorted({_QUALIFICATIONS[tag] for tag in command.tags if tag in _QUALIFICATIONS})),
    }
    return tuple(
        StatedFact(key=key, value=value, as_of=today)
        for key, value in said.items()
        # Other tags are no list of qualifications: without one of these nothing is said of them.
        if value not in (None, ()) and (state is None or state.statement(key, REGISTRATION) is None)
    )


def _amount(fen: int | None) -> FactValue | None:
    return None if fen is None else min(fen, LARGEST)
