"""Every step of every ticket, for the asker and for who works on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, DateTime, Index
from sqlmodel import Field, SQLModel

from services.hotline.decider.clocks import due_on
from services.hotline.events import handling as on
from services.hotline.events import ticket as core
from services.hotline.readmodels.tickets import ticket_of
from shared.readmodels.happened import Happened
from shared.readmodels.model import ReadModel, Writer


class StepRow(SQLModel, table=True):
    """One thing that happened to a ticket. `to_asker`: it is shown to who asked, too."""

    __tablename__ = "hotline_steps"
    __table_args__ = (Index("hotline_steps_of_ticket", "ticket", "position"),)

    position: int = Field(primary_key=True)
    ticket: str
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    step: str
    department: str | None = None
    text: str | None = None
    to_asker: bool = True


class Steps(ReadModel):
    """Fed by hotline's own log."""

    name = "ticket-steps"
    tables: ClassVar[tuple[type[SQLModel], ...]] = (StepRow,)

    async def apply(self, events: Sequence[Happened], writer: Writer) -> None:
        """A row for each event that says something."""
        rows = []
        for happened in events:
            key, told = ticket_of(happened), step_of(happened.event)
            if key is not None and told is not None:
                rows.append(StepRow(position=happened.position, ticket=key, at=happened.at, **told))
        await writer.upsert(StepRow, rows)


def step_of(event: object) -> dict[str, Any] | None:
    """What an event says of its ticket; None for what only the platform needs."""
    told = _to_asker(event)
    if told is not None:
        return told
    inside = _inside(event)
    return inside | {"to_asker": False} if inside is not None else None


def _to_asker(event: object) -> dict[str, Any] | None:
    department = {"department": getattr(event, "department", None)}
    match event:
        case core.TicketReceived():
            return {"step": "已接收"}
        case core.TicketAboutApplication(item_title=title, application=number):
            return {"step": "已关联申报", "text": f"{title}（{number}）"}
        case core.TicketDispatched(clock=clock):
            return department | {"step": "已派发", "text": f"承诺于{due_on(clock)}前答复。"}
        case on.TicketSigned():
            return department | {"step": "已签收"}
        case on.TicketReturned():
            return department | {"step": "已退回重新派发"}
        case on.InformationAsked(question=question):
            return department | {"step": "请您补充信息", "text": question}
        case on.InformationGiven(text=text):
            return department | {"step": "已补充信息" if text else "补充期满，继续办理", "text": text}
        case on.TicketSupplemented(text=text):
            return department | {"step": "已追加说明", "text": text}
        case on.ExtensionGranted(clock=clock):
            return department | {"step": "已延期", "text": f"承诺于{due_on(clock)}前答复。"}
        case core.TicketDeadlineRecomputed(clock=clock):
            return department | {"step": "期限已按新的放假安排重新计算", "text": f"承诺于{due_on(clock)}前答复。"}
    return _ending(event, department)


def _ending(event: object, department: dict[str, Any]) -> dict[str, Any] | None:
    match event:
        case core.TicketOverdue():
            return department | {"step": "已超期"}
        case core.TicketSupervised():
            return department | {"step": "已督办"}
        case core.TicketAnswered(text=text, put_right=put_right):
            right = f"{text}\n整改情况：{put_right}" if put_right else text
            return department | {"step": "已答复", "text": right}
        case on.TicketReopened(reason=reason):
            return department | {"step": "重新办理", "text": reason}
        case on.TicketClosed(reason=reason):
            return department | {"step": "已办结", "text": reason}
        case on.TicketWithdrawn(reason=reason):
            return department | {"step": "已撤回", "text": reason}
        case on.TicketMerged():
            return {"step": "与同一事项的其他诉求合并办理"}
        case on.TicketSetApart(reason=reason):
            return {"step": "不属于企业诉求", "text": reason}
        case on.TicketTakenBack():
            return {"step": "按企业诉求办理"}
    return None


def _inside(event: object) -> dict[str, Any] | None:
    department = {"department": getattr(event, "department", None)}
    match event:
        case on.TicketClassified(subject=subject, by_model=by_model):
            return department | {"step": "自动分类" if by_model else "人工分类", "text": subject}
        case on.CoHandlerReported(text=text):
            return department | {"step": "协办意见", "text": text}
        case on.ExtensionAsked(reason=reason, amount=amount):
            return department | {"step": "申请延期", "text": f"{amount}：{reason}"}
        case on.ExtensionRefused(reason=reason):
            return department | {"step": "不同意延期", "text": reason}
        case on.ReplyProposed(text=text):
            return department | {"step": "答复待审核", "text": text}
        case on.ReplyReturned(reason=reason):
            return department | {"step": "答复被退回", "text": reason}
        case core.TicketDueSoon():
            return department | {"step": "即将到期"}
        case core.TicketUrged(text=text):
            return department | {"step": "催办", "text": text}
        case core.TicketUnhandled():
            return {"step": "热线逾期未处理"}
        case on.TicketJoined(joined=joined):
            return {"step": "并入其他工单", "text": joined}
        case on.CallerShown():
            return department | {"step": "查看来电人信息"}
        case on.CallerErased(reason=reason):
            return {"step": "删除来电人信息", "text": reason}
        case on.AnswerPublished(question=question):
            return department | {"step": "公开问答", "text": question}
        case on.AnswerUnpublished(reason=reason):
            return department | {"step": "撤下公开问答", "text": reason}
    return None
