"""What the room does when asked: seal, decide, append, make tickets."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time

from pydantic import BaseModel, ConfigDict, Field

from services.hotline.commands import receive_ticket
from services.hotline.decider.commands import Text, Title, Town, Unit
from services.hotline.decider.meeting import (
    AddDemands,
    AskedThere,
    MeetingState,
    RecordDemandTickets,
    RecordMeeting,
    meeting,
)
from services.hotline.events.meeting import Demand, MeetingKind
from services.hotline.forms import Caller, CallerPhone, TicketForm
from services.hotline.keys import ticket_key
from services.hotline.particulars import without_particulars
from shared.calendar import SHANGHAI
from shared.contracts.identifiers import DepartmentCode, Uscc
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor
from shared.security.personal import ErasedError

SOURCE = "visit"
CHANNELS = {"symposium": "座谈会", "visit": "走访企业"}


class Contact(BaseModel):
    """Whom to answer; sealed."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, max_length=60)
    phone: CallerPhone | None = None


class DemandForm(AskedThere):
    """A demand, with whom to answer."""

    contact: Contact | None = Field(None, description="联系人，加密保存")  # type: ignore[assignment] # sealed later


class MeetingForm(BaseModel):
    """A symposium or visit that was held."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "symposium",
                    "title": "技改政策座谈会（样例）",
                    "held_on": "2026-03-02",
                    "place": "市政务服务中心",
                    "department": "gxj",
                    "minutes": "听取企业对技改奖励的意见（样例）。",
                    "demands": [{"title": "希望提前兑现（样例）", "content": "希望缩短奖励兑现时间。"}],
                }
            ]
        },
    )

    kind: MeetingKind = Field(description="symposium 座谈会、visit 走访企业")
    title: Title
    held_on: date
    place: Unit
    town: Town | None = None
    department: DepartmentCode = Field(description="组织部门")
    enterprises: tuple[Uscc, ...] = Field((), max_length=200, description="参加的企业")
    minutes: Text
    demands: tuple[DemandForm, ...] = Field((), max_length=100)


class DemandsForm(BaseModel):
    """Demands that were forgotten."""

    model_config = ConfigDict(extra="forbid")

    demands: tuple[DemandForm, ...] = Field(min_length=1, max_length=100)


async def record(runtime: Runtime, form: MeetingForm, actor: Actor, sent: str | None) -> Receipt:
    """Under a key of its department, day, title and place: recorded twice it is the same meeting."""
    _refuse_numbers([("minutes", form.minutes)], form.demands)
    digest = hashlib.sha256(f"{form.department}\0{form.title}\0{form.place}".encode()).hexdigest()[:8]
    key = f"{form.held_on:%Y%m%d}-{digest}"
    demands = await _sealed(runtime, key, form.demands)
    command = RecordMeeting(**form.model_dump(exclude={"demands"}), demands=demands)
    return await runtime.execute(meeting, key, command, actor, idempotency_key=sent)


async def add(runtime: Runtime, key: str, form: DemandsForm, actor: Actor, sent: str | None) -> Receipt:
    """More demands."""
    _refuse_numbers([], form.demands)
    command = AddDemands(demands=await _sealed(runtime, key, form.demands))
    return await runtime.execute(meeting, key, command, actor, idempotency_key=sent)


async def make_tickets(runtime: Runtime, key: str) -> None:
    """The tickets of all demands that have none; once more after a crash they are the same tickets."""
    state: MeetingState = await runtime.state(meeting, key)
    tickets = {}
    for demand in state.waiting:
        number = f"{key}.{demand.number}"
        decider, ticket, command = await receive_ticket(runtime, await _form(runtime, number, state, demand))
        await runtime.execute(decider, ticket, command)
        tickets[demand.number] = ticket_key(SOURCE, number)
        if demand.contact:  # the ticket has it now, and forgets it when asked to
            await runtime.in_thread(runtime.vault.erase, _person(key, demand))
    await runtime.execute(meeting, key, RecordDemandTickets(tickets=tickets))


async def _form(runtime: Runtime, number: str, state: MeetingState, demand: Demand) -> TicketForm:
    held = state.recorded
    contact = Contact()
    if demand.contact:
        try:
            contact = Contact.model_validate_json(await runtime.in_thread(runtime.vault.open, demand.contact))
        except ErasedError:  # the ticket was made before a crash, and has it
            contact = Contact()
    return TicketForm(
        source=SOURCE,
        number=number,
        channel=CHANNELS[held.kind],
        received_at=datetime.combine(held.held_on, time(), SHANGHAI),
        town=held.town,
        caller=Caller(enterprise_uscc=demand.enterprise, **contact.model_dump()),
        **demand.model_dump(include={"nature", "title", "content", "item", "suggested_department"}),
    )


async def _sealed(runtime: Runtime, key: str, demands: Sequence[DemandForm]) -> tuple[AskedThere, ...]:
    sealed = []
    for demand in demands:
        said = AskedThere(**demand.model_dump(exclude={"contact"}))
        if demand.contact and demand.contact.model_dump(exclude_none=True):
            text = demand.contact.model_dump_json()
            said = said.model_copy(
                update={"contact": await runtime.in_thread(runtime.vault.seal, _person(key, said), text)}
            )
        sealed.append(said)
    return tuple(sealed)


def _person(key: str, demand: AskedThere | Demand) -> str:
    said = hashlib.sha256(f"{demand.enterprise}\0{demand.title}\0{demand.content}".encode()).hexdigest()[:16]
    return f"meeting:{key}:{said}"


def _refuse_numbers(texts: Sequence[tuple[str, str]], demands: Sequence[DemandForm]) -> None:
    """Minutes and demands are read by many; whom to answer has a place of its own."""
    said = [(f"demands.{n}.{name}", getattr(d, name)) for n, d in enumerate(demands) for name in ("title", "content")]
    errors = []
    for field, text in [*texts, *said]:
        if numbers := without_particulars(text)[1]:
            message = f"文中有{len(numbers)}处电话、证件号等号码，请删去，联系人请填写在联系人（contact）一栏。"
            errors.append(FieldError(field=field, code="particulars", message=message))
    if errors:
        title = f"有{len(errors)}处需要改正，请改正后重新提交。"
        raise Refused("hotline.meeting-invalid", title, errors, Because.INVALID)
