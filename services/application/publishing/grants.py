"""What others hear of lists and grants: not their making, not the accounts."""

from __future__ import annotations

from services.application.events import grant as grants
from shared.contracts import application as published
from shared.contracts.base import Published
from shared.eventstore.events import Recorded


def contract(recorded: Recorded) -> Published | None:
    """Those that are told."""
    event = recorded.event
    key = recorded.originator_id.partition("-")[2]
    of_list, of_grant = {"list_id": key, **vars(event)}, {"grant_id": key, **vars(event)}
    match event:
        case grants.GrantListSubmitted():
            return published.GrantListSubmitted(**of_list)
        case grants.GrantListReturned():
            return published.GrantListReturned(**of_list)
        case grants.GrantListAccepted(clock=clock):
            due = {"confirm_by": clock.due.day, "provisional": clock.due.provisional}
            return published.GrantListAccepted(**of_list, **due)
        case grants.GrantTermOver():
            return published.GrantTermOver(**of_list)
        case grants.SupportListConfirmed():
            return published.SupportListConfirmed(**of_list)
    of_grant["list_id"] = getattr(event, "grant_list", None)
    match event:
        case grants.GrantOffered():
            return published.GrantOffered(**of_grant)
        case grants.GrantConfirmed():
            return published.GrantConfirmed(**of_grant)
        case grants.GrantDeclined():
            return published.GrantDeclined(**of_grant)
        case grants.GrantLapsed():
            return published.GrantLapsed(**of_grant)
        case grants.GrantSupported():
            return published.GrantSupported(**of_grant)
    return None
