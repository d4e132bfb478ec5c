"""What others hear of who takes part beside the people of a department."""

from __future__ import annotations

from services.application.events import delegation as delegations
from shared.contracts import application as published
from shared.contracts.base import Published
from shared.eventstore.events import Recorded


def contract(recorded: Recorded) -> Published | None:
    """Those that are told."""
    event = recorded.event
    of_delegation = {"delegation_id": recorded.originator_id.partition("-")[2], **vars(event)}
    match event:
        case delegations.DelegationSet():
            return published.DelegationSet(**of_delegation)
        case delegations.DelegationEnded():
            return published.DelegationEnded(**of_delegation)
    return None
