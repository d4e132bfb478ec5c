"""Whom notify tells what when something happens elsewhere (closed loop, article 21; notice of publications, article 11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from services.notify import templates
from services.notify.applications import of_applications
from services.notify.decider import WriteMessage, message
from services.notify.notices import DATA_BUREAU, DESK, Notice, to_department, to_enterprise
from services.notify.templates import Rendered, Template
from services.notify.templates import hotline as ticket_texts
from services.notify.templates import live as live_texts
from services.notify.templates import policy as policy_texts
from services.notify.templates import ratings as ratings_texts
from services.notify.templates import registry as registry_texts
from shared.contracts import hotline, policy, registry
from shared.contracts.base import Published
from shared.eventstore.ledger import Intent
from shared.messaging.reactions import Reaction
from shared.readmodels.happened import Happened
from shared.security.actor import system

HISTORY = timedelta(days=30)  # a ticket received longer ago than this was imported, and its asker expects no receipt
_MESSAGES = uuid5(NAMESPACE_URL, "urn:chengce:notify:message")


def notices(happened: Happened) -> Iterator[Notice]:
    """Who is to be told of an event, and how; pure."""
    event = happened.event
    yield from of_applications(event)
    yield from _ticket_notices(happened)
    yield from _rating_notices(event)
    yield from _live_notices(event)
    yield from _policy_notices(event)
    yield from _profile_notices(event)


def _policy_notices(event: object) -> Iterator[Notice]:
    match event:
        case policy.ItemPublished():
            yield Notice(DATA_BUREAU, templates.ITEM_PUBLISHED)
        case policy.PolicyPublished():
            yield Notice(DATA_BUREAU, templates.POLICY_PUBLISHED)
        case policy.ItemAmended():
            yield Notice(DATA_BUREAU, policy_texts.ITEM_AMENDED)
        case policy.ItemRepealed():
            yield Notice(DATA_BUREAU, policy_texts.ITEM_REPEALED)
        case policy.PolicyRevised():
            yield Notice(DATA_BUREAU, policy_texts.POLICY_REVISED)
        case policy.PolicyRepealed():
            yield Notice(DATA_BUREAU, policy_texts.POLICY_REPEALED)
        case policy.WindowDecided():
            yield Notice(DATA_BUREAU, policy_texts.WINDOW_DECIDED)
        case policy.PublicationDueSoon(department=department):
            yield to_department(department, policy_texts.PUBLICATION_DUE_SOON)
        case policy.PublicationOverdue(department=department):
            yield to_department(department, policy_texts.PUBLICATION_OVERDUE)
            yield Notice(DATA_BUREAU, policy_texts.PUBLICATION_OVERDUE_SUPERVISION)
        case policy.ItemFlagged(department=department):
            yield to_department(department, policy_texts.ITEM_FLAGGED)
            yield Notice(DATA_BUREAU, policy_texts.ITEM_FLAGGED_SUPERVISION)
        case policy.SavedSearchesFound(enterprises=enterprises):
            template = policy_texts.SAVED_SEARCHES_FOUND
            yield from (Notice(f"enterprise:{uscc}", template, quiet=True) for uscc in enterprises)
        case policy.RepresentativesInvited(enterprises=enterprises):
            yield from (to_enterprise(uscc, policy_texts.REPRESENTATIVES_INVITED) for uscc in enterprises)
        case policy.OpinionAnswered(enterprise=str(uscc)):
            yield Notice(f"enterprise:{uscc}", policy_texts.OPINION_ANSWERED, quiet=True)
        case policy.AnsweringDueSoon(department=department):
            yield to_department(department, policy_texts.ANSWERING_DUE_SOON)
        case policy.AnsweringOverdue(department=department):
            yield to_department(department, policy_texts.ANSWERING_OVERDUE)
            yield Notice(DATA_BUREAU, policy_texts.ANSWERING_OVERDUE_SUPERVISION)
        case policy.MatchesFound(level=level, enterprises=enterprises):
            template = policy_texts.ITEM_MET if level == "met" else policy_texts.ITEM_NEARLY_MET
            yield from (Notice(f"enterprise:{uscc}", template, quiet=True) for uscc in enterprises)
        case policy.ClosingSoon(enterprises=enterprises):
            yield from (Notice(f"enterprise:{uscc}", policy_texts.CLOSING_SOON, quiet=True) for uscc in enterprises)
        case policy.DigestDue(uscc=uscc):
            yield Notice(f"enterprise:{uscc}", policy_texts.DIGEST, quiet=True)


def _profile_notices(event: object) -> Iterator[Notice]:
    match event:
        case registry.FactDisputed(department=department):
            yield _office(department, registry_texts.FACT_DISPUTED)
        case registry.DisputeSettled(uscc=uscc):
            yield to_enterprise(uscc, registry_texts.DISPUTE_SETTLED)
        case registry.DisputeOverdue(department=department):
            yield _office(department, registry_texts.DISPUTE_OVERDUE)
            if department:
                yield Notice(DATA_BUREAU, registry_texts.DISPUTE_OVERDUE_SUPERVISION)


def _office(department: str | None, template: Template) -> Notice:
    """The department's, or the data bureau's where it is no department's."""
    return to_department(department, template) if department else Notice(DATA_BUREAU, template)


def _ticket_notices(happened: Happened) -> Iterator[Notice]:
    """Tickets come with years of history: what was over when the platform heard of it is told to nobody."""
    event = happened.event
    match event:
        case hotline.TicketReceived() if event.received_at >= happened.at - HISTORY:
            yield _caller(event, templates.TICKET_RECEIVED)
        case hotline.TicketDispatched() if event.answer_due_on >= happened.day:
            yield to_department(event.department, templates.TICKET_DISPATCHED)
        case hotline.TicketAnswered() if event.answered_on >= happened.day:
            yield _caller(event, templates.TICKET_ANSWERED)
            if event.enterprise:
                yield to_enterprise(event.enterprise, templates.TICKET_ANSWERED_ENTERPRISE)
        case hotline.TicketOverdue():
            yield to_department(event.department, templates.TICKET_OVERDUE_DEPARTMENT)
        case hotline.TicketSupervised():
            yield to_department(event.department, ticket_texts.TICKET_SUPERVISED_DEPARTMENT)
            yield Notice(DATA_BUREAU, templates.TICKET_OVERDUE_SUPERVISION)
        case _:
            yield from _asker_notices(event)
            yield from _handler_notices(event)
            yield from _desk_notices(event)


def _asker_notices(event: object) -> Iterator[Notice]:
    match event:
        case hotline.InformationAsked():
            yield _caller(event, ticket_texts.INFORMATION_ASKED)
            if event.enterprise:
                yield to_enterprise(event.enterprise, ticket_texts.INFORMATION_ASKED)
        case hotline.ExtensionDecided(granted=True):
            yield _caller(event, ticket_texts.EXTENSION_GRANTED)
        case hotline.TicketReopened():
            yield _caller(event, ticket_texts.TICKET_REOPENED)
        case hotline.TicketMerged():
            yield _caller(event, ticket_texts.TICKET_MERGED)
        case hotline.TicketSetApart(by_model=None):
            yield _caller(event, ticket_texts.TICKET_SET_APART)


_TO_HANDLERS: dict[type[Published], Template] = {
    hotline.InformationGiven: ticket_texts.INFORMATION_GIVEN,
    hotline.TicketSupplemented: ticket_texts.TICKET_SUPPLEMENTED,
    hotline.ExtensionDecided: ticket_texts.EXTENSION_DECIDED,
    hotline.TicketDueSoon: ticket_texts.TICKET_DUE_SOON,
    hotline.TicketUrged: ticket_texts.TICKET_URGED,
    hotline.TicketReopened: ticket_texts.TICKET_REWORK,
    hotline.TicketWithdrawn: ticket_texts.TICKET_WITHDRAWN,
}


def _handler_notices(event: object) -> Iterator[Notice]:
    """To the department that has the ticket, where one has it."""
    template, department = _TO_HANDLERS.get(type(event)), getattr(event, "department", None)  # type: ignore[arg-type]
    if template is not None and department:
        yield to_department(department, template)


def _desk_notices(event: object) -> Iterator[Notice]:
    match event:
        case hotline.TicketReturned():
            yield Notice(DESK, ticket_texts.TICKET_RETURNED)
        case hotline.TicketUnhandled():
            yield Notice(DESK, ticket_texts.TICKET_UNHANDLED)
            yield Notice(DATA_BUREAU, ticket_texts.TICKET_UNHANDLED_SUPERVISION)
        case hotline.ExtensionAsked():
            yield Notice(DATA_BUREAU, ticket_texts.EXTENSION_ASKED)
        case hotline.HotSpotRaised():
            yield Notice(DATA_BUREAU, ticket_texts.HOT_SPOT)
        case hotline.RowRefused():
            yield Notice(DESK, ticket_texts.ROW_REFUSED, once_a_day=True)
        case hotline.RowWaiting():
            yield Notice(DESK, ticket_texts.ROW_WAITING, once_a_day=True)
            yield Notice(DATA_BUREAU, ticket_texts.ROW_WAITING, once_a_day=True)


def _rating_notices(event: object) -> Iterator[Notice]:
    """A bad rating is its department's business; where the hotline answered by itself, the data bureau's."""
    match event:
        case hotline.RatingGiven() if event.grade <= 2:
            yield _office(event.department, ratings_texts.BAD_RATING)
        case hotline.RatingReplied() if event.enterprise:
            yield Notice(f"enterprise:{event.enterprise}", ratings_texts.RATING_REPLIED, quiet=True)
        case hotline.FollowUpDueSoon():
            yield _office(event.department, ratings_texts.FOLLOW_UP_DUE_SOON)
        case hotline.FollowUpOverdue():
            yield _office(event.department, ratings_texts.FOLLOW_UP_OVERDUE)
            if event.department:
                yield Notice(DATA_BUREAU, ratings_texts.FOLLOW_UP_OVERDUE_SUPERVISION)


def _live_notices(event: object) -> Iterator[Notice]:
    match event:
        case hotline.LiveNotHeld(department=department):
            yield to_department(department, live_texts.LIVE_NOT_HELD)
            yield Notice(DATA_BUREAU, live_texts.LIVE_NOT_HELD)
        case hotline.LiveRecordOverdue(department=department):
            yield to_department(department, live_texts.LIVE_RECORD_OVERDUE)
            yield Notice(DATA_BUREAU, live_texts.LIVE_RECORD_OVERDUE)
        case hotline.LiveQuestionDueSoon(department=department):
            yield to_department(department, live_texts.LIVE_QUESTION_DUE_SOON)
        case hotline.LiveQuestionAnswered(enterprise=str(uscc)):
            yield Notice(f"enterprise:{uscc}", live_texts.LIVE_QUESTION_ANSWERED, quiet=True)
        case hotline.LiveQuestionHandedOver(department=department, overdue=True):
            yield to_department(department, live_texts.LIVE_QUESTION_OVERDUE)
            yield Notice(DATA_BUREAU, live_texts.LIVE_QUESTION_OVERDUE)


def _caller(event: Any, template: Template) -> Notice:
    return Notice(f"caller:{event.ticket_id}", template)


def react(happened: Happened) -> Sequence[Intent]:
    """The messages an event owes, each under an id that the same fact always gets."""
    if not isinstance(happened.event, Published):
        return []
    event, texts = happened.event, dict[str, Rendered]()  # one text for all whom an event names
    intents: list[Intent] = []
    for notice in notices(happened):
        name = notice.template.name
        if name not in texts:
            texts[name] = notice.template.render(event)
        intents.append(_write(happened, event, notice, texts[name]))
    return intents


def _write(happened: Happened, event: Published, notice: Notice, rendered: Rendered) -> Intent:
    message_id = message_id_of(happened, notice)
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
    what = (str(happened.day),) if notice.once_a_day else (happened.aggregate_id, str(happened.position))
    fact = (happened.source, *what, notice.recipient, notice.template.name)
    return uuid5(_MESSAGES, "\n".join(fact)).hex


def about(event: Published) -> str:
    """What a message is about, as `<kind>:<id>`."""
    for kind in (
        "application",
        "ticket",
        "grant",
        "list",
        "payment",
        "plan",
        "item",
        "document",
        "consultation",
        "live",
        "delegation",
        "visit",
        "performance",
        "system",
    ):
        if found := getattr(event, f"{kind}_id", None):
            return f"{kind}:{found}"
    match event:
        case policy.PublicationDueSoon() | policy.PublicationOverdue():
            return f"{'item' if event.decision == 'window' else 'number'}:{event.number}"
    if isinstance(event, hotline.HotSpotRaised):
        return f"ticket:{event.lead}"
    if uscc := getattr(event, "uscc", None):
        return f"enterprise:{uscc}"
    for kind in ("rating", "refusal"):
        if found := getattr(event, f"{kind}_id", None):
            return f"{kind}:{found}"
    raise ValueError(f"{event.TYPE} names nothing that a message could be about")


reactions = (Reaction("messages", ("registry", "policy", "application", "hotline"), react),)
