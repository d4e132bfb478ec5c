"""The command everything is measured with, a ticket at the hotline: as a body, an intent, a row, and the peer's aggregate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent
from psycopg.conninfo import conninfo_to_dict

from services.hotline.decider import ReceiveTicket, ticket
from services.hotline.events import TicketReceived
from services.hotline.events.rules import STANDARD
from services.hotline.keys import ticket_key
from shared.eventstore.events import Recorded
from shared.eventstore.ledger import Intent
from shared.eventstore.mapper import EventMapper
from shared.security.actor import Actor, Role

SOURCE = "bench"
AGENT = Actor(subject="agent-1", roles=(Role.HOTLINE_AGENT,), source="192.0.2.10")
RECEIVED_AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
CONTENT: dict[str, Any] = {
    "source": SOURCE,
    "channel": "电话",
    "nature": "consultation",
    "title": "咨询技术改造奖励何时申报（样例）",
    "content": "企业询问设备投入奖励的申报时间和材料，希望得到书面答复。",
    "received_at": RECEIVED_AT,
    "town": "320281100",
    "enterprise": None,
    "suggested_department": "gxj",
}

_NOTHING = dict.fromkeys(
    ("caller_name", "caller_phone", "asker", "item", "particulars", "handle_by", "suggestion"), None
)


def body(number: str, received_at: datetime = RECEIVED_AT) -> bytes:
    """What is sent to the door. Without a caller: sealing one is a command of its own to the key store."""
    content = {k: v for k, v in CONTENT.items() if v is not None}
    return orjson.dumps(content | {"number": number, "received_at": received_at})


def intent(number: str) -> Intent:
    """What is handed to the ledger."""
    return Intent(
        ticket, ticket.id_of(ticket_key(SOURCE, number)), ReceiveTicket(number=number, rules=STANDARD, **CONTENT), AGENT
    )


def row(number: str) -> StoredEvent:
    """What the command leaves in the log."""
    return EventMapper().to_stored_event(
        Recorded(
            originator_id=ticket.id_of(ticket_key(SOURCE, number)),
            originator_version=1,
            at=RECEIVED_AT,
            event=TicketReceived(number=number, **_NOTHING, **CONTENT),
            actor=AGENT,
            command_id="0d7a5d0e-4bf9-4f3c-8e70-000000000000",
        )
    )


def rows(prefix: str, count: int) -> list[StoredEvent]:
    """Many of them, which differ in the ticket they belong to."""
    one = row(f"{prefix}-00000000")
    return [replace(one, originator_id=ticket.id_of(ticket_key(SOURCE, f"{prefix}-{n:08d}"))) for n in range(count)]


class PeerTicket(Aggregate):
    """The same ticket as eventsourcing's documentation would have it."""

    @event("Received")
    def __init__(
        self,
        source: str,
        number: str,
        channel: str,
        nature: str,
        title: str,
        content: str,
        received_at: datetime,
        town: str | None,
        enterprise: str | None,
        suggested_department: str | None,
    ) -> None:
        self.source, self.number = source, number
        self.channel, self.nature, self.title, self.content = channel, nature, title, content
        self.received_at, self.town = received_at, town
        self.enterprise, self.suggested_department = enterprise, suggested_department


def peer_ticket(number: str) -> PeerTicket:
    """A new ticket, not yet saved."""
    return PeerTicket(number=number, **CONTENT)


def peer_application(url: str) -> Application[UUID]:
    """eventsourcing on a database, with its default settings."""
    parts = conninfo_to_dict(url)
    names = ("dbname", "host", "port", "user", "password")
    env = {f"POSTGRES_{name.upper()}": str(parts[name]) for name in names}
    return Application(env={"PERSISTENCE_MODULE": "eventsourcing.postgres", **env})
