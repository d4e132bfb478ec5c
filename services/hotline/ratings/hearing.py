"""Visits at the counter that application has told of: each gets the number by which its visitor rates it."""

from __future__ import annotations

from collections.abc import Sequence

from services.hotline.decider.rating import RecordVisit, VisitState, visit
from services.hotline.events.rating import VisitRecorded
from services.hotline.ratings.numbers import new_number
from shared.contracts.application import CounterVisitEnded
from shared.eventstore.decider import Because, Refused
from shared.eventstore.ledger import Intent
from shared.messaging.reactions import Reaction
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role

TELLER = "service:application"  # no account is called so


async def consider(runtime: Runtime, events: Sequence[Happened]) -> Sequence[Intent]:
    """One record for each visit that has ended; heard again it is the same one."""
    return [
        Intent(visit, visit.id_of(number), command, runtime.itself)
        for happened in events
        if isinstance(event := happened.event, CounterVisitEnded)
        for number in [number_of(runtime, event.visit_id)]
        for command in [
            RecordVisit(
                number=number,
                department=event.department,
                about=f"{event.service_title}（{event.hall_name}）",
                day=event.day,
            )
        ]
    ]


def number_of(runtime: Runtime, visit_id: str) -> str:
    """The rating number of a visit that application knows under `visit_id`: the same in every replica, and not guessed."""
    return new_number(runtime.settings.require_secret(), visit_id, TELLER)


async def recorded(runtime: Runtime, visit_id: str, actor: Actor) -> VisitRecorded:
    """The visit as it can be rated, for the staff of its department, and for visitors who are signed in and know its id.

    Raises `Refused`.
    """
    state: VisitState | None = await runtime.state(visit, number_of(runtime, visit_id))
    staff = state is not None and actor.department == state.visit.department
    if state is None or not (staff or actor.has(Role.APPLICANT)):
        title = "没有查到这次窗口办理的评价编号。办理刚结束的，请稍候再查；尚未结束的，请先结束办理。"
        raise Refused("hotline.visit-unknown", title, because=Because.NOT_FOUND)
    return state.visit


hearing = Reaction("counter-visits", ("application",), consider=consider)
