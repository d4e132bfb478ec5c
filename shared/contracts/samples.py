"""One sample of every published event: made up, coherent with each other, the same for ever.

They stand in the schemas as `examples`, in the AsyncAPI document, and in the tests of those who receive. The enterprise
is made up; its code (GB 32100-2015) has right check digits.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from shared.contracts.analytics import BulletinPublished
from shared.contracts.application import (
    ApplicationAccepted,
    ApplicationNotAccepted,
    ApplicationSubmitted,
    ApplicationSupplemented,
    GrantConfirmed,
    GrantDeclined,
    GrantLapsed,
    GrantListAccepted,
    GrantListReturned,
    GrantListSubmitted,
    GrantOffered,
    GrantSupported,
    GrantTermOver,
    ReviewCompleted,
    ReviewDeadlineRecomputed,
    ReviewOverdue,
    SupplementRequested,
    SupportListConfirmed,
)
from shared.contracts.base import Published
from shared.contracts.facts import BASE_CATALOGUE
from shared.contracts.hotline import (
    AnswerPublished,
    AnswerUnpublished,
    ExtensionAsked,
    ExtensionDecided,
    FollowUpDueSoon,
    FollowUpOverdue,
    FollowUpRecorded,
    HotSpotRaised,
    InformationAsked,
    InformationGiven,
    LiveAnnounced,
    LiveCancelled,
    LiveNotHeld,
    LiveQuestionAnswered,
    LiveQuestionDueSoon,
    LiveQuestionHandedOver,
    LiveRecordOverdue,
    LiveRecordPublished,
    LiveRescheduled,
    MeetingRecorded,
    RatingGiven,
    RatingReplied,
    RowRefused,
    RowWaiting,
    TicketAnswered,
    TicketClassified,
    TicketClosed,
    TicketDeadlineRecomputed,
    TicketDispatched,
    TicketDueSoon,
    TicketMerged,
    TicketOverdue,
    TicketReceived,
    TicketReopened,
    TicketReturned,
    TicketSetApart,
    TicketSupervised,
    TicketSupplemented,
    TicketUnhandled,
    TicketUrged,
    TicketWithdrawn,
)
from shared.contracts.notify import MessageWritten, SmsAccepted, SmsDelivered, SmsFailed
from shared.contracts.policy import (
    AnsweringDueSoon,
    AnsweringOverdue,
    ArticlePublished,
    ArticleWithdrawn,
    ClosingSoon,
    CommentPublished,
    CommentWithdrawn,
    ConsultationClosed,
    ConsultationExtended,
    ConsultationOpened,
    ConsultationResultsPublished,
    ConsultationWithdrawn,
    DigestDue,
    DigestEntry,
    Finding,
    ItemAmended,
    ItemFlagged,
    ItemPublished,
    ItemRepealed,
    ItemWithdrawn,
    ListReleased,
    MatchesFound,
    OpinionAnswered,
    PolicyPublished,
    PolicyRepealed,
    PolicyRevised,
    PolicyWithdrawn,
    PublicationDueSoon,
    PublicationOverdue,
    RepresentativesInvited,
    SavedSearchesFound,
    ViewCount,
    ViewsCounted,
    WindowDecided,
    WindowSpan,
)
from shared.contracts.registry import (
    DepartmentRegistered,
    DisputeOverdue,
    DisputeSettled,
    EnterpriseRegistered,
    FactDefined,
    FactDisputed,
    FactsChanged,
    FactStatement,
)

USCC = "91320281000000019H"
DEPARTMENT = "sample-industry"


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


_DOCUMENT, _ITEM, _APPLICATION, _TICKET, _MESSAGE = (_id(n) for n in range(1, 6))
_ITEM_TITLE = "样例事项：技术改造设备投入奖励"

_application: dict[str, Any] = {
    "application_id": _APPLICATION,
    "number": "SB-SAMPLE-2026-0001",
    "item_id": _ITEM,
    "item_title": _ITEM_TITLE,
    "department": DEPARTMENT,
    "enterprise": USCC,
}
_grant_list: dict[str, Any] = {
    "list_id": "MS2026-5A3B1C2D",
    "item_id": _ITEM,
    "item_code": "SAMPLE-2026-001",
    "item_title": _ITEM_TITLE,
    "department": DEPARTMENT,
    "period": "2026",
}
_grant: dict[str, Any] = {
    **_grant_list,
    "grant_id": f"SAMPLE-2026-001.2026.{USCC}",
    "enterprise": USCC,
    "amount_fen": 5_000_000,
}
_ticket: dict[str, Any] = {
    "ticket_id": _TICKET,
    "source": "12345",
    "number": "GD-SAMPLE-2026-0001",
    "title": "样例诉求：咨询技术改造奖励的申报材料",
    "nature": "consultation",
    "enterprise": USCC,
}
_rating: dict[str, Any] = {
    "rating_id": f"application-{_APPLICATION}",
    "kind": "application",
    "title": _ITEM_TITLE,
    "grade": 2,
    "department": DEPARTMENT,
    "enterprise": USCC,
    "item": "SX-SAMPLE-001",
}
_LIVE_AT, _LIVE_END = datetime(2026, 3, 2, 6, 0, tzinfo=UTC), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_live: dict[str, Any] = {"live_id": "20260302-0a1b2c3d", "department": DEPARTMENT, "title": "样例直播"}
_question: dict[str, Any] = _live | {"question_id": "20260302-0a1b2c3d.0123456789ab"}
_message: dict[str, Any] = {"message_id": _MESSAGE, "recipient": f"enterprise:{USCC}"}
_dispute: dict[str, Any] = {
    "uscc": USCC,
    "number": 1,
    "key": "rd_ratio",
    "label": "研发费用占营业收入的比例",
    "department": DEPARTMENT,
}

_CONSULTATION: Any = {
    "consultation_id": "ZQYJ-SAMPLE-001",
    "title": "关于征求《技术改造扶持办法（样例）》意见的公告",
    "department": DEPARTMENT,
}
_SAMPLES: tuple[Published, ...] = (
    DepartmentRegistered(code=DEPARTMENT, name="样例市工业主管部门", short_name="样例工业部门", role="department"),
    EnterpriseRegistered(
        uscc=USCC,
        name="样例精密制造有限公司",
        industry="C3489",
        division="320281",
        established_on=date(2019, 5, 6),
    ),
    FactDefined(definition=BASE_CATALOGUE["rd_ratio"]),
    FactsChanged(
        uscc=USCC,
        version=3,
        facts=(
            FactStatement(
                key="rd_ratio", value=560, source=DEPARTMENT, as_of=date(2025, 12, 31), valid_until=date(2026, 12, 31)
            ),
            FactStatement(key="invention_patents", value=None),
        ),
    ),
    FactDisputed(**_dispute, due_on=date(2026, 3, 23), provisional=False),
    DisputeSettled(**_dispute, outcome="corrected", settled_on=date(2026, 3, 20), in_time=True),
    DisputeOverdue(**_dispute, due_on=date(2026, 3, 23), limit_days=15),
    PolicyPublished(
        document_id=_DOCUMENT,
        number="样例发〔2026〕1号",
        title="样例：关于支持企业技术改造的若干措施",
        department=DEPARTMENT,
        issued_on=date(2026, 1, 12),
        decided_on=date(2026, 1, 9),
        themes=("技术改造",),
    ),
    ItemPublished(
        item_id=_ITEM,
        code="SX-SAMPLE-001",
        title=_ITEM_TITLE,
        document_id=_DOCUMENT,
        department=DEPARTMENT,
        procedure="simple",
        promised_days=10,
        window=WindowSpan(kind="fixed", opens_on=date(2026, 3, 2), closes_on=date(2026, 4, 30)),
        support_type="奖励",
        amount_fen=50_000_000,
        themes=("技术改造",),
        industries=("C",),
        towns=("320281100",),
    ),
    ItemAmended(
        item_id=_ITEM,
        code="SX-SAMPLE-001",
        title=_ITEM_TITLE,
        document_id=_DOCUMENT,
        department=DEPARTMENT,
        procedure="simple",
        promised_days=8,
        window=WindowSpan(kind="fixed", opens_on=date(2026, 3, 2), closes_on=date(2026, 5, 29)),
        support_type="奖励",
        amount_fen=50_000_000,
        themes=("技术改造",),
        industries=("C",),
        towns=("320281100",),
        revision=2,
        reason="样例：延长申报时间。",
        decided_on=date(2026, 4, 20),
        transition_until=date(2026, 6, 30),
    ),
    ItemRepealed(
        item_id=_ITEM,
        code="SX-SAMPLE-001",
        title=_ITEM_TITLE,
        document_id=_DOCUMENT,
        department=DEPARTMENT,
        reason="样例：文件已废止。",
        decided_on=date(2026, 6, 1),
        transition_until=date(2026, 6, 30),
    ),
    ItemWithdrawn(item_id=_ITEM, code="SX-SAMPLE-001", document_id=_DOCUMENT, department=DEPARTMENT),
    PolicyRevised(
        document_id=_DOCUMENT,
        number="样例发〔2026〕1号",
        title="样例：关于支持企业技术改造的若干措施",
        department=DEPARTMENT,
        revision=2,
        reason="样例：提高补助比例。",
        decided_on=date(2026, 4, 20),
        late=False,
        themes=("技术改造",),
    ),
    PolicyRepealed(
        document_id=_DOCUMENT,
        number="样例发〔2026〕1号",
        title="样例：关于支持企业技术改造的若干措施",
        department=DEPARTMENT,
        reason="样例：已有新办法。",
        decided_on=date(2026, 6, 1),
        transition_until=date(2026, 6, 30),
        late=False,
    ),
    PolicyWithdrawn(document_id=_DOCUMENT, department=DEPARTMENT),
    WindowDecided(
        item_id=_ITEM,
        code="SX-SAMPLE-001",
        title=_ITEM_TITLE,
        department=DEPARTMENT,
        window=WindowSpan(kind="fixed", opens_on=date(2026, 3, 2), closes_on=date(2026, 4, 30)),
        decided_on=date(2026, 2, 9),
        due_on=date(2026, 2, 12),
        provisional=False,
    ),
    PublicationDueSoon(
        number="SX-SAMPLE-001",
        title=_ITEM_TITLE,
        department=DEPARTMENT,
        decision="window",
        decided_on=date(2026, 2, 9),
        due_on=date(2026, 2, 12),
    ),
    ListReleased(number="2026-01", title="惠企政策清单（样例）", items=68),
    PublicationOverdue(
        number="SX-SAMPLE-001",
        title=_ITEM_TITLE,
        department=DEPARTMENT,
        decision="window",
        decided_on=date(2026, 2, 9),
        due_on=date(2026, 2, 12),
    ),
    MatchesFound(
        item_id="SX-SAMPLE-001",
        title=_ITEM_TITLE,
        department=DEPARTMENT,
        revision=1,
        level="met",
        enterprises=(USCC,),
        amount_text="最高50万元",
        closes_on=date(2026, 4, 30),
    ),
    ClosingSoon(
        item_id="SX-SAMPLE-001",
        title=_ITEM_TITLE,
        department=DEPARTMENT,
        closes_on=date(2026, 4, 30),
        enterprises=(USCC,),
    ),
    DigestDue(uscc=USCC, entries=(DigestEntry(item_id="SX-SAMPLE-001", title=_ITEM_TITLE, level="nearly"),)),
    SavedSearchesFound(item_id="SX-SAMPLE-001", title=_ITEM_TITLE, department=DEPARTMENT, enterprises=(USCC,)),
    ConsultationOpened(**_CONSULTATION, opens_on=date(2026, 3, 2), closes_on=date(2026, 3, 31)),
    ConsultationExtended(**_CONSULTATION, closes_on=date(2026, 4, 15), reason="应企业要求延长（样例）。"),
    ConsultationWithdrawn(**_CONSULTATION, reason="征求意见稿有误（样例）。"),
    ConsultationClosed(**_CONSULTATION, answer_due_on=date(2026, 4, 22), provisional=False),
    RepresentativesInvited(**_CONSULTATION, closes_on=date(2026, 3, 31), enterprises=(USCC,)),
    OpinionAnswered(
        **_CONSULTATION,
        opinion_id="0123456789abcdef01234567",
        enterprise=USCC,
        outcome="partly",
        reason="比例提高到12%，其余待研究（样例）。",
    ),
    AnsweringDueSoon(**_CONSULTATION, answer_due_on=date(2026, 4, 22)),
    AnsweringOverdue(**_CONSULTATION, answer_due_on=date(2026, 4, 22)),
    ConsultationResultsPublished(**_CONSULTATION, opinions=3, adopted=1, partly=1, not_adopted=1, late=False),
    ArticlePublished(
        article_id="JD-SAMPLE-001",
        kind="interpretation",
        title="样例解读：技术改造设备投入奖励怎样申报",
        summary="说明奖励对象、比例和申报时间。",
        department=DEPARTMENT,
        item_id="SX-SAMPLE-001",
        themes=("技术改造",),
    ),
    ArticleWithdrawn(article_id="JD-SAMPLE-001", department=DEPARTMENT),
    CommentPublished(
        comment_id="5f0c2a9be1d34c7780aa",
        about_kind="item",
        about_id="SX-SAMPLE-001",
        about_title=_ITEM_TITLE,
        department=DEPARTMENT,
        author="enterprise",
        text="样例评论：希望说明旧设备能否申报。",
        submitted_on=date(2026, 3, 2),
    ),
    CommentWithdrawn(comment_id="5f0c2a9be1d34c7780aa", department=DEPARTMENT),
    ViewsCounted(
        day=date(2026, 3, 2),
        counts=(
            ViewCount(kind="document", key=_DOCUMENT, department=DEPARTMENT, views=3),
            ViewCount(kind="item", key="SX-SAMPLE-001", department=DEPARTMENT, views=12),
        ),
    ),
    ItemFlagged(
        item_id="SX-SAMPLE-001",
        title=_ITEM_TITLE,
        department=DEPARTMENT,
        findings=(
            Finding(
                rule="refused",
                figures={"approved": 4, "rejected": 6, "not-accepted": 1},
                sentence="已有结果的11件申报中，7件未获受理或通过，占63%，超过50%。",
            ),
        ),
    ),
    ApplicationSubmitted(**_application, submitted_on=date(2026, 3, 2)),
    ApplicationAccepted(
        **_application,
        accepted_on=date(2026, 3, 3),
        review_due_on=date(2026, 3, 17),
        provisional=False,
        limit_days=10,
    ),
    ApplicationNotAccepted(**_application, reasons=("样例理由：设备购置合同的签订日期不在政策规定的期间内。",)),
    SupplementRequested(
        **_application,
        requirements=("样例：请补充设备购置发票的扫描件。", "样例：请在投资明细表上加盖单位公章。"),
    ),
    ApplicationSupplemented(**_application, review_due_on=date(2026, 3, 20), provisional=False),
    ReviewCompleted(
        **_application,
        outcome="approved",
        opinion="样例意见：材料齐全，符合条件，同意给予奖励。",
        completed_on=date(2026, 3, 19),
        in_time=True,
        amount_fen=50_000_000,
    ),
    ReviewOverdue(**_application, due_on=date(2026, 3, 20), limit_days=10),
    ReviewDeadlineRecomputed(
        **_application,
        previous_due_on=date(2026, 3, 20),
        review_due_on=date(2026, 3, 23),
        provisional=False,
        notice="样例通知：2026年部分工作日调整安排",
    ),
    GrantListSubmitted(**_grant_list, rows=2, total_fen=10_000_000),
    GrantListReturned(**_grant_list, reason="样例理由：请核对第二家企业的金额。"),
    GrantListAccepted(**_grant_list, rows=2, total_fen=10_000_000, confirm_by=date(2026, 3, 16), provisional=False),
    GrantOffered(**_grant, confirm_by=date(2026, 3, 16), provisional=False),
    GrantConfirmed(**_grant),
    GrantDeclined(**_grant),
    GrantLapsed(**_grant),
    GrantTermOver(**_grant_list, confirmed=1, declined=0, lapsed=1),
    SupportListConfirmed(**_grant_list, rows=1, total_fen=5_000_000),
    GrantSupported(**_grant, supported_on=date(2026, 3, 17)),
    TicketReceived(**_ticket, channel="phone", received_at=datetime(2026, 3, 4, 1, 30, tzinfo=UTC), town="320281100"),
    TicketDispatched(
        **_ticket, department=DEPARTMENT, answer_due_on=date(2026, 3, 11), provisional=False, limit_days=5
    ),
    TicketClassified(**_ticket, subject="惠企政策/兑现/资金兑现", urgency="urgent", department=DEPARTMENT),
    TicketSetApart(**_ticket, reason="样例理由：居民生活诉求。"),
    TicketUnhandled(**_ticket, handle_by=date(2026, 3, 5)),
    TicketReturned(**_ticket, department=DEPARTMENT, better="kjj"),
    InformationAsked(**_ticket, department=DEPARTMENT, wait_until=datetime(2026, 3, 13, 16, 0, tzinfo=UTC)),
    InformationGiven(**_ticket, department=DEPARTMENT, given=True, answer_due_on=date(2026, 3, 12)),
    TicketSupplemented(**_ticket, department=DEPARTMENT),
    ExtensionAsked(**_ticket, department=DEPARTMENT, amount=2),
    ExtensionDecided(**_ticket, department=DEPARTMENT, granted=True, answer_due_on=date(2026, 3, 13)),
    TicketAnswered(**_ticket, department=DEPARTMENT, answered_on=date(2026, 3, 10), in_time=True),
    TicketDueSoon(**_ticket, department=DEPARTMENT, due_at=datetime(2026, 3, 11, 16, 0, tzinfo=UTC)),
    TicketSupervised(**_ticket, department=DEPARTMENT, reason="样例理由：超期未答复。"),
    TicketUrged(**_ticket, department=DEPARTMENT, text="样例提醒：请尽快联系诉求人。"),
    TicketReopened(**_ticket, department=DEPARTMENT, why="revisit", answer_due_on=date(2026, 3, 18)),
    TicketClosed(**_ticket, department=DEPARTMENT),
    TicketWithdrawn(**_ticket, department=DEPARTMENT),
    TicketMerged(**_ticket, into="12345-JY12345-2026-000002", department=DEPARTMENT),
    AnswerPublished(
        ticket_id="12345-JY12345-2026-000001",
        question="样例问题：技术改造奖励何时申报？",
        answer="样例答复：自3月起受理。",
        department=DEPARTMENT,
    ),
    AnswerUnpublished(ticket_id="12345-JY12345-2026-000001", department=DEPARTMENT),
    HotSpotRaised(lead="12345-JY12345-2026-000001", title="样例热点", tickets=6, days=14, town="320281100"),
    LiveAnnounced(**_live, starts_at=_LIVE_AT, ends_at=_LIVE_END, items=("jsgz-2026",)),
    LiveRescheduled(live_id=_live["live_id"], starts_at=_LIVE_AT, ends_at=_LIVE_END, reason="样例理由：主讲人出差。"),
    LiveCancelled(live_id=_live["live_id"], reason="样例理由：合并到下一场。"),
    LiveNotHeld(**_live),
    LiveRecordPublished(**_live),
    LiveRecordOverdue(**_live, due_on=date(2026, 3, 9)),
    LiveQuestionDueSoon(**_question, due_on=date(2026, 3, 9)),
    LiveQuestionAnswered(**_question, enterprise=USCC, live=True, in_time=True),
    LiveQuestionHandedOver(**_question, overdue=True),
    MeetingRecorded(
        meeting_id="20260302-0a1b2c3d",
        kind="symposium",
        title="样例座谈会",
        held_on=date(2026, 3, 2),
        department=DEPARTMENT,
        enterprises=(USCC,),
        demands=2,
    ),
    RowRefused(refusal_id="tickets-12345-JY-1", kind="tickets", source="12345", errors=2, look_by=date(2026, 3, 3)),
    RowWaiting(refusal_id="tickets-12345-JY-1", kind="tickets", source="12345", due_on=date(2026, 3, 3)),
    TicketOverdue(**_ticket, department=DEPARTMENT, due_on=date(2026, 3, 11), limit_days=5),
    TicketDeadlineRecomputed(
        **_ticket,
        department=DEPARTMENT,
        previous_due_on=date(2026, 3, 11),
        answer_due_on=date(2026, 3, 12),
        provisional=False,
        notice="样例通知：2026年部分工作日调整安排",
    ),
    RatingGiven(**_rating, channel="platform", given_on=date(2026, 3, 25)),
    RatingReplied(**_rating),
    FollowUpDueSoon(**_rating, due_on=date(2026, 4, 1)),
    FollowUpOverdue(**_rating, due_on=date(2026, 4, 1)),
    FollowUpRecorded(**_rating, put_right=True, recorded_on=date(2026, 3, 30), in_time=True),
    MessageWritten(**_message, template="review-completed", about=f"application:{_APPLICATION}"),
    SmsAccepted(**_message, attempts=1),
    SmsDelivered(**_message),
    SmsFailed(**_message, attempts=3, reason="样例原因：号码已停机"),
    BulletinPublished(
        number="SAMPLE-2026-03",
        first_day=date(2026, 3, 1),
        last_day=date(2026, 3, 31),
        departments=(DEPARTMENT,),
    ),
)

_by_class: dict[type[Published], Published] = {type(sample): sample for sample in _SAMPLES}


class MissingSampleError(LookupError):
    """A published event without a sample: its author adds one to this module."""


def sample_of(cls: type[Published]) -> Published:
    """The sample of a published event. Raises `MissingSampleError`."""
    try:
        return _by_class[cls]
    except KeyError:
        raise MissingSampleError(f"{cls.ce_type()} has no sample in shared/contracts/samples.py") from None
