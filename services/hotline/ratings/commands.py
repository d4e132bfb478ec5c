"""What the room does when asked: find the finished matter, count the day, decide, append."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from services.hotline.commands import asker_of
from services.hotline.decider import TicketState, ticket
from services.hotline.decider.rating import (
    MOST_CHARACTERS,
    CountRating,
    GiveRating,
    RecordVisit,
    VisitState,
    may_rate,
    rater,
    rating,
    visit,
)
from services.hotline.decider.rights import asks
from services.hotline.events.rating import Matter
from services.hotline.ratings.numbers import new_number, read_number
from services.hotline.readmodels.matters import MatterRow
from shared.calendar import civil_date
from shared.contracts.hotline import Grade, RatedKind
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

VISITOR = Actor(subject="counter-visitor", name="窗口办事人")


class RatingForm(BaseModel):
    """A rating. There is no default grade: who says nothing has not rated."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "ticket", "key": "12345-JY-1", "grade": 5, "tags": ["办事效率高"], "text": "答复清楚。"}
            ]
        },
    )

    kind: RatedKind = Field(description="ticket 诉求工单、application 申报、counter 窗口办事")
    key: str = Field(min_length=1, max_length=120, description="工单编号、申报标识或窗口评价编号")
    grade: Grade = Field(description="5 非常满意、4 满意、3 基本满意、2 不满意、1 非常不满意")
    tags: tuple[str, ...] = ()
    text: str = Field("", max_length=MOST_CHARACTERS)
    anonymous: bool = Field(False, description="匿名评价：不向被评价部门显示企业")
    open: bool = Field(True, description="同意审核后公开评价内容和部门回复")


class VisitForm(BaseModel):
    """What somebody came to the counter for, and when."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"department": "gxj", "about": "咨询技改奖励材料", "day": "2026-03-02"}]},
    )

    department: DepartmentCode
    about: str = Field(min_length=1, max_length=100)
    day: date


async def give_rating(runtime: Runtime, form: RatingForm, actor: Actor | None, sent: str | None) -> Receipt:
    """Rates a finished matter for whoever it belongs to. Raises `Refused`; a counter visit needs no sign-in."""
    by = actor or VISITOR
    matter, own = await _matter(runtime, form.kind, form.key, by)
    key = f"{matter.kind}-{matter.key}"
    if matter.kind != "counter" and may_rate(by, matter, own=own) == "platform":
        await _count(runtime, by, key)
    settings = runtime.settings
    command = GiveRating(
        matter=matter,
        **form.model_dump(exclude={"kind", "key"}),
        known_tags=tuple(settings.rating_tags),
        follow_up_days=settings.rating_follow_up_days,
        own=own,
    )
    return await runtime.execute(rating, key, command, by, idempotency_key=sent)


async def record_visit(runtime: Runtime, form: VisitForm, actor: Actor, sent: str | None) -> Receipt:
    """Records a visit under a new number."""
    number = new_number(runtime.settings.require_secret(), sent, actor.subject)
    command = RecordVisit(number=number, **form.model_dump())
    return await runtime.execute(visit, number, command, actor, idempotency_key=sent)


async def visit_matter(runtime: Runtime, typed: str) -> Matter:
    """The counter visit with this number. Raises `Refused`."""
    number = read_number(typed)
    state: VisitState | None = await runtime.state(visit, number) if number else None
    if state is None:
        title = "没有这个窗口评价编号，请对照回执或二维码重新输入。"
        raise Refused("hotline.visit-unknown", title, because=Because.NOT_FOUND)
    known = state.visit
    return Matter(
        kind="counter", key=known.number, title=known.about, department=known.department, finished_on=known.day
    )


async def _matter(runtime: Runtime, kind: RatedKind, key: str, actor: Actor) -> tuple[Matter, bool]:
    """A ticket or visit as the record has it, so that no rating is refused by lag; an application as it was told.

    With it, whether a ticket is the actor's own.
    """
    own = False
    if kind == "counter":
        return await visit_matter(runtime, key), own
    if kind == "ticket":
        state: TicketState | None = await runtime.state(ticket, key)
        found = _of_ticket(key, state) if state else None
        own = state is not None and asks(actor, asker_of(runtime, actor), state)
    else:
        row = await runtime.reads.one(MatterRow, f"application-{key}")
        found = Matter(**row.model_dump(include=set(Matter.model_fields))) if row else None
    if found is None:
        title = "这件事还没有办结，或者编号不对，请在收到办理结果后再评价。"
        raise Refused("hotline.nothing-to-rate", title, because=Because.NOT_FOUND)
    return found, own


def _of_ticket(key: str, state: TicketState) -> Matter | None:
    answered = state.answered
    if answered is None:
        return None
    return Matter(
        kind="ticket",
        key=key,
        title=answered.title,
        department=answered.department,
        enterprise=answered.enterprise,
        item=state.received.item,
        finished_on=answered.answered_on,
    )


async def _count(runtime: Runtime, actor: Actor, rating_key: str) -> None:
    """One more rating of the enterprise's day; a keyed hash names the day, so that the key tells nothing."""
    day = civil_date(runtime.clock.now())
    text = f"ratings\0{day}\0{actor.enterprise or actor.subject}".encode()
    digest = hmac.new(runtime.settings.require_secret().encode(), text, hashlib.sha256).hexdigest()[:24]
    await runtime.execute(rater, f"{day:%Y%m%d}-{digest}", CountRating(rating=rating_key), actor)
