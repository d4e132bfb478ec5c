"""An application's own steps of an announcement, each given together with the announcement's."""

from __future__ import annotations

from collections.abc import Sequence

from services.application.decider.commands import AnnounceResult, ConfirmResult, RevokeApproval
from services.application.decider.payout import require_not_planned
from services.application.decider.state import ApplicationState, about, require_department, require_stage
from services.application.events import ApprovalRevoked, ResultAnnounced, ResultConfirmed
from shared.eventstore.decider import Context, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role

STAFF = (Role.OFFICER, Role.DEPARTMENT_HEAD)


def announce(state: ApplicationState, command: AnnounceResult, context: Context) -> Sequence[Event]:
    """Once in its life."""
    require_department(state, context, *STAFF)
    require_stage(state, "reviewed")
    require_not_planned(state)
    if not state.approved or state.announcement is not None:
        raise Refused("application.not-to-announce", f"申报 {state.submitted.number} 未获通过，或已在另一份公示中。")
    return [ResultAnnounced(**about(state), **command.model_dump())]


def confirm(state: ApplicationState, command: ConfirmResult, context: Context) -> Sequence[Event]:
    """What stands is final, once. What was revoked since the announcement was read is refused, and with it the whole."""
    require_department(state, context, *STAFF)
    require_stage(state, "reviewed")
    if not state.approved or state.announcement != command.announcement:
        title = f"申报 {state.submitted.number} 不在这份公示中，请刷新后查看。"
        raise Refused("application.not-on-announcement", title)
    if state.final:
        return []
    known = {"period": command.period, "name": command.name, "withheld": command.withheld}
    fen = state.granted_fen or 0
    return [ResultConfirmed(**about(state), **known, amount_fen=fen, confirmed_on=context.today)]


def revoke(state: ApplicationState, command: RevokeApproval, context: Context) -> Sequence[Event]:
    """An objection to it was upheld; what is final does not fall any more."""
    require_department(state, context, *STAFF)
    require_stage(state, "reviewed")
    if state.final:
        title = f"申报 {state.submitted.number} 的结果已经确认，不能再撤销，请刷新后查看。"
        raise Refused("application.result-final", title)
    require_not_planned(state)
    return [ApprovalRevoked(**about(state), reason=command.reason)]
