"""Published of tickets: what enterprises ask and demand, and what becomes of it (articles 8, 22)."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from shared.contracts.base import Published

Nature = Literal["consultation", "suggestion", "complaint", "demand", "praise"]


class _OfTicket(Published):
    ticket_id: str
    source: str
    number: str
    title: str
    nature: Nature
    enterprise: str | None = None


class TicketReceived(_OfTicket):
    """A ticket has come in from 12345, the seat, the interaction zone or a visit; the caller stays in hotline."""

    TYPE: ClassVar[str] = "hotline.ticket-received"
    TITLE: ClassVar[str] = "诉求工单已接收"

    channel: str
    received_at: datetime
    town: str | None = None
    item: str | None = None


class TicketAboutApplication(_OfTicket):
    """The asker has named an application of their own, of that department, which is not told by this: a complaint may be
    about it. Follows on `TicketReceived`."""

    TYPE: ClassVar[str] = "hotline.ticket-about-application"
    TITLE: ClassVar[str] = "诉求工单已关联申报"

    application: str
    item: str
    of_department: str


class TicketClassified(_OfTicket):
    """What it is, by a person's word or beyond the confidence that the rules ask for; `department` is whose it may be."""

    TYPE: ClassVar[str] = "hotline.ticket-classified"
    TITLE: ClassVar[str] = "诉求工单已分类"

    subject: str | None = None
    urgency: Literal["normal", "urgent", "critical"] = "normal"
    department: str | None = None


class TicketSetApart(_OfTicket):
    """It is no matter of an enterprise, for the reason given: kept apart, and counted apart."""

    TYPE: ClassVar[str] = "hotline.ticket-set-apart"
    TITLE: ClassVar[str] = "非企业诉求已单列"

    reason: str
    by_model: str | None = None


class TicketUnhandled(_OfTicket):
    """The desk has neither answered nor dispatched it nor set it apart in time: nobody has it."""

    TYPE: ClassVar[str] = "hotline.ticket-unhandled"
    TITLE: ClassVar[str] = "诉求工单逾期无人处理"

    handle_by: date


class TicketDispatched(_OfTicket):
    """A department is responsible now (article 8: 企业诉求处置工单). Working days run from the next one; a limit in hours
    (`limit_days` 0) runs at once."""

    TYPE: ClassVar[str] = "hotline.ticket-dispatched"
    TITLE: ClassVar[str] = "诉求工单已派发"

    department: str
    answer_due_on: date
    provisional: bool
    limit_days: int
    limit_hours: int | None = None
    answer_due_at: datetime | None = None
    urgency: Literal["normal", "urgent", "critical"] = "normal"
    co_handlers: tuple[str, ...] = ()


class TicketReturned(_OfTicket):
    """The department says it is not its own; the desk dispatches it again."""

    TYPE: ClassVar[str] = "hotline.ticket-returned"
    TITLE: ClassVar[str] = "误派工单已退回"

    department: str
    better: str | None = None


class InformationAsked(_OfTicket):
    """The asker is asked for more; the limit stands still until `wait_until` at most."""

    TYPE: ClassVar[str] = "hotline.information-asked"
    TITLE: ClassVar[str] = "已请诉求人补充信息"

    department: str
    wait_until: datetime


class InformationGiven(_OfTicket):
    """The asker has told more, or has not within the time (`given` False): the limit runs again."""

    TYPE: ClassVar[str] = "hotline.information-given"
    TITLE: ClassVar[str] = "补充信息已收到或已期满"

    department: str
    given: bool
    answer_due_on: date


class TicketSupplemented(_OfTicket):
    """The asker has added to it unasked."""

    TYPE: ClassVar[str] = "hotline.ticket-supplemented"
    TITLE: ClassVar[str] = "诉求人已追加说明"

    department: str | None = None


class ExtensionAsked(_OfTicket):
    """The department asks for more time; supervision decides."""

    TYPE: ClassVar[str] = "hotline.extension-asked"
    TITLE: ClassVar[str] = "工单申请延期"

    department: str
    amount: int


class ExtensionDecided(_OfTicket):
    """Granted, with the new due day, or refused."""

    TYPE: ClassVar[str] = "hotline.extension-decided"
    TITLE: ClassVar[str] = "工单延期已审批"

    department: str
    granted: bool
    answer_due_on: date | None = None


class TicketAnswered(_OfTicket):
    """The department, or the seat at once, has answered the asker. The answer's text stays in hotline."""

    TYPE: ClassVar[str] = "hotline.ticket-answered"
    TITLE: ClassVar[str] = "诉求工单已答复"

    department: str | None
    answered_on: date
    in_time: bool
    put_right: bool = False


class TicketDueSoon(_OfTicket):
    """Few days are left (yellow); told to who handles it."""

    TYPE: ClassVar[str] = "hotline.ticket-due-soon"
    TITLE: ClassVar[str] = "诉求工单即将到期"

    department: str
    due_at: datetime


class TicketOverdue(_OfTicket):
    """The limit has passed without an answer; raised by the platform itself, once."""

    TYPE: ClassVar[str] = "hotline.ticket-overdue"
    TITLE: ClassVar[str] = "诉求工单已超期"

    department: str
    due_on: date
    limit_days: int


class TicketSupervised(_OfTicket):
    """On the data bureau's list (督办): late for long, or put there by a supervisor."""

    TYPE: ClassVar[str] = "hotline.ticket-supervised"
    TITLE: ClassVar[str] = "诉求工单已督办"

    department: str
    reason: str


class TicketUrged(_OfTicket):
    """A supervisor has reminded the department (催办)."""

    TYPE: ClassVar[str] = "hotline.ticket-urged"
    TITLE: ClassVar[str] = "诉求工单已催办"

    department: str
    text: str


class TicketReopened(_OfTicket):
    """It is worked on again after a bad rating (`revisit`), or at the desk's word."""

    TYPE: ClassVar[str] = "hotline.ticket-reopened"
    TITLE: ClassVar[str] = "诉求工单重新办理"

    department: str
    why: Literal["revisit", "desk"]
    answer_due_on: date


class TicketClosed(_OfTicket):
    """Nothing is left to do."""

    TYPE: ClassVar[str] = "hotline.ticket-closed"
    TITLE: ClassVar[str] = "诉求工单已办结"

    department: str | None = None


class TicketWithdrawn(_OfTicket):
    """The asker, or the source, has taken it back."""

    TYPE: ClassVar[str] = "hotline.ticket-withdrawn"
    TITLE: ClassVar[str] = "诉求工单已撤回"

    department: str | None = None


class TicketMerged(_OfTicket):
    """It is the same matter as another ticket (`into`), whose answer answers it."""

    TYPE: ClassVar[str] = "hotline.ticket-merged"
    TITLE: ClassVar[str] = "诉求工单已并单"

    into: str
    department: str | None = None


class TicketDeadlineRecomputed(_OfTicket):
    """A calendar notice has moved the due day of an open ticket."""

    TYPE: ClassVar[str] = "hotline.ticket-deadline-recomputed"
    TITLE: ClassVar[str] = "工单期限已重新计算"

    department: str
    previous_due_on: date
    answer_due_on: date
    provisional: bool
    notice: str
