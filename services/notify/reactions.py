"""Whom notify tells what when something happens elsewhere (closed loop, article 21; notice of publications, article 11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from services.notify import templates
from services.notify.decider import WriteMessage, message
from services.notify.templates import Template
from shared.contracts import application, hotline, policy
from shared.contracts.base import Published
from shared.eventstore.ledger import Intent
from shared.messaging.reactions import Reaction
from shared.readmodels.happened import Happened
from shared.security.actor import system

HISTORY = timedelta(days=30)  # a ticket received longer ago than this was imported, and its asker expects no receipt
DATA_BUREAU = "data-bureau"
_MESSAGES = uuid5(NAMESPACE_URL, "urn:chengce:notify:message")


@dataclass(frozen=True)
class Notice:
    """A template for a recipient; people outside the administration get a text message too."""

    recipient: str
    template: Template

    @property
    def wants_sms(self) -> bool:
        return self.recipient.startswith(("enterprise:", "caller:"))


def notices(happened: Happened) -> Iterator[Notice]:
    """Who is to be told of an event, and how; pure."""
    event = happened.event
    match event:
        case application.ApplicationSubmitted():
            yield _enterprise(event.enterprise, templates.APPLICATION_RECEIVED)
            yield _department(event.department, templates.APPLICATION_TO_ACCEPT)
        case application.ApplicationAccepted():
            yield _enterprise(event.enterprise, templates.APPLICATION_ACCEPTED)
        case application.ApplicationNotAccepted():
            yield _enterprise(event.enterprise, templates.APPLICATION_NOT_ACCEPTED)
        case application.SupplementRequested():
            yield _enterprise(event.enterprise, templates.SUPPLEMENT_REQUESTED)
        case application.ApplicationSupplemented():
            yield _department(event.department, templates.APPLICATION_SUPPLEMENTED)
        case application.ReviewCompleted():
            yield _enterprise(event.enterprise, templates.REVIEW_COMPLETED)
        case application.ReviewOverdue():
            yield _department(event.department, templates.REVIEW_OVERDUE_DEPARTMENT)
            yield _enterprise(event.enterprise, templates.REVIEW_OVERDUE)
            yield Notice(DATA_BUREAU, templates.REVIEW_OVERDUE_SUPERVISION)
        case application.ReviewDeadlineRecomputed():
            yield _enterprise(event.enterprise, templates.REVIEW_DEADLINE_MOVED)
        case policy.ItemPublished():
            yield Notice(DATA_BUREAU, templates.ITEM_PUBLISHED)
        case policy.PolicyPublished():
            yield Notice(DATA_BUREAU, templates.POLICY_PUBLISHED)
        case _:
            yield from _ticket_notices(happened)


def _ticket_notices(happened: Happened) -> Iterator[Notice]:
    """Tickets come with years of history: what was over when the platform heard of it is told to nobody."""
    event = happened.event
    match event:
        case hotline.TicketReceived() if event.received_at >= happened.at - HISTORY:
            yield _caller(event, templates.TICKET_RECEIVED)
        case hotline.TicketDispatched() if event.answer_due_on >= happened.day:
            yield _department(event.department, templates.TICKET_DISPATCHED)
        case hotline.TicketAnswered() if event.answered_on >= happened.day:
            yield _caller(event, templates.TICKET_ANSWERED)
            if event.enterprise:
                yield _enterprise(event.enterprise, templates.TICKET_ANSWERED_ENTERPRISE)
        case hotline.TicketOverdue():
            yield _department(event.department, templates.TICKET_OVERDUE_DEPARTMENT)
            yield Notice(DATA_BUREAU, templates.TICKET_OVERDUE_SUPERVISION)


def _enterprise(uscc: str, template: Template) -> Notice:
    return Notice(f"enterprise:{uscc}", template)


def _department(code: str, template: Template) -> Notice:
    return Notice(f"department:{code}", template)


def _caller(event: hotline.TicketReceived | hotline.TicketAnswered, template: Template) -> Notice:
    return Notice(f"caller:{event.ticket_id}", template)


def react(happened: Happened) -> Sequence[Intent]:
    """The messages an event owes, each under an id that the same fact always gets."""
    if not isinstance(happened.event, Published):
        return []
    return [_write(happened, happened.event, notice) for notice in notices(happened)]


def _write(happened: Happened, event: Published, notice: Notice) -> Intent:
    message_id = message_id_of(happened, notice)
    rendered = notice.template.render(event)
    command = WriteMessage(
        message_id=message_id,
        recipient=notice.recipient,
        department=getattr(event, "department", None),
        template=notice.template.name,
        about=about(event),
        title=rendered.title,
        text=rendered.text,
        wants_sms=notice.wants_sms,
    )
    return Intent(message, message.id_of(message_id), command, system("notify"))


def message_id_of(happened: Happened, notice: Notice) -> str:
    """One message per fact: the same event, recipient and template are the same message, however often it is heard."""
    fact = (happened.source, happened.aggregate_id, str(happened.position), notice.recipient, notice.template.name)
    return uuid5(_MESSAGES, "\n".join(fact)).hex


def about(event: Published) -> str:
    """What a message is about, as `<kind>:<id>`."""
    for kind in ("application", "ticket", "item", "document"):
        if found := getattr(event, f"{kind}_id", None):
            return f"{kind}:{found}"
    raise ValueError(f"{event.TYPE} names nothing that a message could be about")


reactions = (Reaction("messages", ("policy", "application", "hotline"), react),)
