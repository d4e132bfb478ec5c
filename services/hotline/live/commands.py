"""What the room does when asked: name, look up, decide, append."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import func, select

from services.hotline.commands import asker_of, receive_ticket
from services.hotline.decider.commands import Text
from services.hotline.decider.live import AnnounceLive, LiveState, live
from services.hotline.decider.remark import MakeRemark, RecordQuestionTicket, RemarkState, remark
from services.hotline.events.live import RemarkKind
from services.hotline.forms import Caller, TicketForm
from services.hotline.keys import ticket_key
from services.hotline.particulars import without_particulars
from services.hotline.readmodels.live import RemarkRow
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

SOURCE = "live"
TITLE_LENGTH = 40


class RemarkForm(BaseModel):
    """A question or a comment."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"kind": "question", "text": "小微企业能否申报？（样例）"}]}
    )

    kind: RemarkKind = Field("question", description="question 提问、comment 评论")
    text: Text = Field(max_length=2000)


class AloudForm(BaseModel):
    """A question that was asked in the session."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "何时兑现？（样例）"}]})

    text: Text = Field(max_length=2000)
    enterprise: Uscc | None = None


async def announce(runtime: Runtime, command: AnnounceLive, actor: Actor, sent: str | None) -> Receipt:
    """Under a key of its department, day and title: announced twice it is the same session."""
    day = f"{command.starts_at:%Y%m%d}"
    digest = hashlib.sha256(f"{command.department}\0{command.title}\0{command.starts_at}".encode()).hexdigest()[:8]
    return await runtime.execute(live, f"{day}-{digest}", command, actor, idempotency_key=sent)


async def say(runtime: Runtime, session: str, form: RemarkForm, actor: Actor, sent: str | None) -> Receipt:
    """A remark of whoever is signed in."""
    asker = asker_of(runtime, actor)
    rows = select(func.count()).where(RemarkRow.session == session, RemarkRow.asker == asker)
    async with runtime.reads.session() as reading:
        earlier = int((await reading.execute(rows)).scalar_one())
    said: dict[str, object] = {
        "kind": form.kind,
        "text": form.text,
        "asker": asker,
        "enterprise": actor.enterprise,
        "earlier": earlier,
    }
    return await _remark(runtime, session, said, actor, sent)


async def note(runtime: Runtime, session: str, form: AloudForm, actor: Actor, sent: str | None) -> Receipt:
    """A question that was asked aloud, written down by the staff."""
    said: dict[str, object] = {"kind": "question", "text": form.text, "enterprise": form.enterprise, "aloud": True}
    return await _remark(runtime, session, said, actor, sent)


async def _remark(runtime: Runtime, session: str, said: dict[str, object], actor: Actor, sent: str | None) -> Receipt:
    _, numbers = without_particulars(str(said["text"]))
    if numbers:
        message = f"提问和评论会公开，请删去其中的电话、证件号等{len(numbers)}处号码后再提交。"
        wrong = FieldError(field="text", code="particulars", message=message)
        raise Refused("hotline.remark-invalid", "有1处需要改正，请改正后重新提交。", [wrong], Because.INVALID)
    known = await session_of(runtime, session)
    about = {"department": known.announced.department, "title": known.announced.title}
    command = MakeRemark.model_validate(
        {**said, **about, "session": session, "status": known.status, "ends_at": known.ends_at}
    )
    whose = f"{said.get('asker')}\0{said.get('enterprise')}\0{said['kind']}\0{said['text']}"
    key = f"{session}.{hashlib.sha256(whose.encode()).hexdigest()[:12]}"
    return await runtime.execute(remark, key, command, actor, idempotency_key=sent)


async def session_of(runtime: Runtime, session: str) -> LiveState:
    """As the record has it. Raises `Refused`."""
    state: LiveState | None = await runtime.state(live, session)
    if state is None:
        raise Refused("hotline.live-unknown", "没有这场直播，请核对编号。", because=Because.NOT_FOUND)
    return state


async def make_ticket(runtime: Runtime, key: str) -> None:
    """The ticket of a question that was handed over; once more after a crash it is the same ticket."""
    state: RemarkState = await runtime.state(remark, key)
    made = state.made
    form = TicketForm(
        source=SOURCE,
        number=key,
        channel="云直播",
        nature="consultation",
        title=made.text[:TITLE_LENGTH].strip(),
        content=f"{made.text}\n（在直播“{made.title}”中提出）",
        received_at=made.made_at,
        caller=Caller(enterprise_uscc=made.enterprise),
        suggested_department=made.department,
    )
    decider, ticket, command = await receive_ticket(runtime, form, made.asker)
    await runtime.execute(decider, ticket, command)
    await runtime.execute(remark, key, RecordQuestionTicket(ticket=ticket_key(SOURCE, key)))
