"""What hotline has once stored, it reads for ever."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from services.hotline import events
from services.hotline.events.meeting import Demand
from services.hotline.events.rules import STANDARD, Terms
from shared.calendar import AnnouncedYear, HoursClock, LimitClock, WorkingCalendar
from shared.eventstore.decider import FieldError
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor
from tests.services.hotline.tickets import (
    ABOUT,
    AGENT,
    BUREAU,
    HEAD,
    OFFICER,
    PLATFORM,
    SUPERVISOR,
    answered,
    dispatched,
    overdue,
    received,
    recomputed,
    shanghai,
)
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
# A calendar of its own: the installed one cites its release, which samples must not follow.
NOTICE = WorkingCalendar((AnnouncedYear(year=2026, notice="样例通知"),))
REVISED = NOTICE.revised(AnnouncedYear(year=2026, notice="样例修订通知", days_off=frozenset({date(2026, 3, 4)})))
DESK = LimitClock.start(NOTICE, 1, date(2026, 3, 3))
STOPPED = LimitClock.start(NOTICE, 3, date(2026, 3, 2)).stop(NOTICE, date(2026, 3, 3))
HOURS = HoursClock.start(4, shanghai("2026-03-03T10:00"))
OF_GXJ: dict[str, Any] = {**ABOUT, "department": "gxj"}
RUNNING = {"clock": HOURS, "warn_at": None, "supervise_at": shanghai("2026-03-05T00:00")}


def recorded(version: int, event: Event, at: str, actor: Actor = AGENT, of: str = "ticket-12345-JY-1") -> Recorded:
    return Recorded(of, version, shanghai(at), event, actor, f"command-{version}")


WEEK = LimitClock.start(NOTICE, 5, date(2026, 3, 2))
OF_LIVE: dict[str, Any] = {"department": "gxj", "title": "样例直播"}
OF_QUESTION: dict[str, Any] = {"session": "20260302-0a1b2c3d", **OF_LIVE}
STARTS, ENDS = shanghai("2026-03-02T14:00"), shanghai("2026-03-02T16:00")


def _in_order(of: str, *each: Event) -> tuple[Recorded, ...]:
    return tuple(recorded(n, event, "2026-03-02T09:00", of=of) for n, event in enumerate(each, 1))


LIVE = _in_order(
    "live-20260302-0a1b2c3d",
    events.LiveAnnounced(
        summary="样例说明。",
        co_departments=("czj",),
        speakers=("样例科室",),
        starts_at=STARTS,
        ends_at=ENDS,
        address="https://example.org/live",
        items=("jsgz-2026",),
        **OF_LIVE,
    ),
    events.LiveNotHeld(**OF_LIVE),
    events.LiveRescheduled(starts_at=STARTS, ends_at=ENDS, reason="样例理由。"),
    events.LiveBegun(end_by=ENDS),
    events.LiveEnded(clock=WEEK, by_itself=False),
    events.LiveRecordDueMoved(clock=WEEK),
    events.LiveRecordOverdue(**OF_LIVE, due_on=date(2026, 3, 9)),
    events.LiveRecordPublished(**OF_LIVE, summary="样例实录。", recording=None),
    events.LiveCancelled(reason="样例理由。"),
)
REMARKS = _in_order(
    "remark-20260302-0a1b2c3d.0123456789ab",
    events.RemarkMade(
        **OF_QUESTION,
        kind="question",
        text="样例提问。",
        asker="0f" * 12,
        enterprise=None,
        aloud=False,
        made_at=shanghai("2026-03-02T13:00"),
        clock=WEEK,
        warn_on=date(2026, 3, 6),
    ),
    events.RemarkShown(),
    events.RemarkHidden(reason="样例理由。"),
    events.QuestionDueMoved(clock=WEEK, warn_on=date(2026, 3, 6)),
    events.QuestionDueSoon(**OF_QUESTION, due_on=date(2026, 3, 9)),
    events.QuestionAnswered(**OF_QUESTION, enterprise=None, text="样例答复。", live=True, in_time=True),
    events.QuestionHandedOver(**OF_QUESTION, overdue=False, reason="样例理由。"),
    events.QuestionBecameTicket(ticket="live-20260302-0a1b2c3d.0123456789ab"),
)
DEMAND = Demand(number=1, title="样例诉求", content="样例内容。", contact="v1.A256GCM.sample")
MEETING = _in_order(
    "meeting-20260302-0a1b2c3d",
    events.MeetingRecorded(
        kind="symposium",
        title="样例座谈会",
        held_on=date(2026, 3, 2),
        place="样例地点",
        town="320281100",
        department="gxj",
        enterprises=("91320281000000019H",),
        minutes="样例纪要。",
        demands=(DEMAND,),
    ),
    events.DemandsAdded(demands=(DEMAND.model_copy(update={"number": 2}),)),
    events.DemandsBecameTickets(tickets={1: "visit-20260302-0a1b2c3d.1"}, left=1),
)


def _as_before_warnings(event: Any) -> Any:
    return event.model_copy(update={"warn_at": None, "supervise_at": None})


EXPECTED = (
    recorded(1, received(handle_by=None), "2026-03-02T09:00"),
    recorded(2, _as_before_warnings(dispatched("2026-03-02", 3, NOTICE)), "2026-03-02T09:05"),
    recorded(
        3,
        _as_before_warnings(recomputed("2026-03-05", LimitClock.start(REVISED, 3, date(2026, 3, 2)), REVISED)),
        "2026-03-03T09:00",
        PLATFORM,
    ),
    recorded(4, overdue("2026-03-06"), "2026-03-07T00:00", PLATFORM),
    recorded(
        5,
        answered("2026-03-09T10:00", in_time=False, unit="行政审批科（样例）", close_at=None),
        "2026-03-09T10:00",
        OFFICER,
    ),
    recorded(6, events.TicketDueSoon(**OF_GXJ, due_at=shanghai("2026-03-06T00:00")), "2026-03-04T00:00", PLATFORM),
    recorded(7, events.TicketSupervised(**OF_GXJ, reason="样例理由", by_itself=False), "2026-03-07T00:00", SUPERVISOR),
    recorded(8, events.TicketUrged(**OF_GXJ, text="请尽快答复（样例）。"), "2026-03-07T00:00", SUPERVISOR),
    recorded(9, events.TicketUnhandled(**ABOUT, handle_by=date(2026, 3, 3)), "2026-03-04T00:00", PLATFORM),
    recorded(
        10,
        events.TicketAboutApplication(
            **ABOUT,
            application="SB2026-0A1B2C3D4E5F",
            item="item-1",
            item_title="技改设备补助（样例）",
            of_department="gxj",
        ),
        "2026-03-02T09:00",
    ),
    recorded(
        11,
        events.TicketClassified(
            **ABOUT,
            subject="融资/贷款/贷款难",
            urgency="urgent",
            department="gxj",
            by_model=None,
            disagrees=("subject",),
            nature_before="demand",
        ),
        "2026-03-02T09:00",
    ),
    recorded(12, events.TicketSetApart(**ABOUT, reason="样例理由", by_model="rules-1"), "2026-03-02T09:00"),
    recorded(13, events.TicketTakenBack(**ABOUT, handle_by=DESK), "2026-03-03T09:00"),
    recorded(14, events.TicketSigned(**OF_GXJ), "2026-03-03T09:00", OFFICER),
    recorded(15, events.TicketReturned(**OF_GXJ, reason="样例理由", better="kjj", handle_by=DESK), "2026-03-03T09:00"),
    recorded(
        16,
        events.InformationAsked(**OF_GXJ, question="样例问题", clock=STOPPED, wait_until=shanghai("2026-03-11T00:00")),
        "2026-03-03T09:00",
        OFFICER,
    ),
    recorded(17, events.InformationGiven(**OF_GXJ, **RUNNING, text="样例补充"), "2026-03-03T10:00"),
    recorded(18, events.TicketSupplemented(**OF_GXJ, text="样例补充"), "2026-03-03T10:00"),
    recorded(19, events.ExtensionAsked(**OF_GXJ, amount=2, reason="样例理由"), "2026-03-03T10:00", OFFICER),
    recorded(20, events.ExtensionGranted(**OF_GXJ, **RUNNING, amount=2), "2026-03-03T10:00", SUPERVISOR),
    recorded(21, events.ExtensionRefused(**OF_GXJ, reason="样例理由"), "2026-03-03T10:00", SUPERVISOR),
    recorded(
        22,
        events.ReplyProposed(**OF_GXJ, by="officer", text="样例答复", put_right=None),
        "2026-03-03T10:00",
        OFFICER,
    ),
    recorded(23, events.ReplyReturned(**OF_GXJ, reason="样例理由"), "2026-03-03T10:00", HEAD),
    recorded(24, events.TicketClosed(**OF_GXJ, reason=None, by_itself=True), "2026-03-16T00:00", PLATFORM),
    recorded(
        25,
        events.TicketReopened(**OF_GXJ, **RUNNING, why="revisit", reason="样例理由", terms=Terms()),
        "2026-03-16T10:00",
        PLATFORM,
    ),
    recorded(26, events.TicketWithdrawn(**OF_GXJ, reason="样例理由", by_source=True), "2026-03-03T10:00"),
    recorded(27, events.TicketMerged(**OF_GXJ, into="12345-JY-2", by_source=False), "2026-03-03T10:00"),
    recorded(28, events.TicketJoined(**ABOUT, joined="12345-JY-3"), "2026-03-03T10:00"),
    recorded(29, events.MergeSettled(**ABOUT, into="12345-JY-2"), "2026-03-03T10:00", PLATFORM),
    recorded(30, events.JoinedAnswered(**ABOUT, joined=("12345-JY-3",)), "2026-03-03T10:00", PLATFORM),
    recorded(
        31,
        events.AnswerPublished(**OF_GXJ, question="样例问题", answer="样例答复", item="JG-1", subject=None),
        "2026-03-09T10:00",
        OFFICER,
    ),
    recorded(32, events.AnswerUnpublished(**OF_GXJ, reason="样例理由"), "2026-03-09T10:00", OFFICER),
    recorded(33, events.CallerShown(**OF_GXJ, to="officer"), "2026-03-09T10:00", OFFICER),
    recorded(34, events.CallerErased(**ABOUT, reason="样例理由"), "2026-03-09T10:00", BUREAU),
    recorded(35, events.CoHandlerReported(**OF_GXJ, text="样例意见"), "2026-03-09T10:00", OFFICER),
    recorded(1, events.RulesSet(rules=STANDARD, reason="样例理由"), "2026-03-02T09:00", BUREAU, "rules-tickets"),
    recorded(
        1, events.ModelTrained(artefact="eJw=", card={"rows": 30}), "2026-03-02T09:00", BUREAU, "model-0123456789ab"
    ),
    recorded(
        1,
        events.ModelActivated(model="0123456789ab", reason="样例理由"),
        "2026-03-02T09:00",
        BUREAU,
        "classifier-tickets",
    ),
    recorded(
        1,
        events.HotSpotsLooked(place="town-320281100", at=shanghai("2026-03-02T09:10")),
        "2026-03-02T09:10",
        PLATFORM,
        "hotspots-town-320281100",
    ),
    recorded(
        2,
        events.HotSpotRaised(
            lead="12345-JY-1",
            title="样例热点",
            town="320281100",
            item=None,
            tickets=("12345-JY-1", "12345-JY-2"),
            days=14,
            again=False,
        ),
        "2026-03-02T09:10",
        PLATFORM,
        "hotspots-town-320281100",
    ),
    recorded(
        1,
        events.RowRefused(
            kind="tickets",
            source="12345",
            number="JY-9",
            digest="0f" * 12,
            original="v1.A256GCM.sample",
            errors=(FieldError(field="title", code="missing", message="缺少必填项。"),),
            clock=DESK,
        ),
        "2026-03-03T09:00",
        of="refusal-tickets-12345-JY-9",
    ),
    recorded(2, events.RowShown(), "2026-03-03T10:00", of="refusal-tickets-12345-JY-9"),
    recorded(
        3,
        events.RowWaiting(kind="tickets", source="12345", due_on=date(2026, 3, 4)),
        "2026-03-05T00:00",
        PLATFORM,
        "refusal-tickets-12345-JY-9",
    ),
    recorded(
        4,
        events.RowSettled(taken=False, reason="样例理由：测试数据。"),
        "2026-03-05T09:00",
        of="refusal-tickets-12345-JY-9",
    ),
    *LIVE,
    *REMARKS,
    *MEETING,
)


def test_every_version_of_every_event_has_a_sample_that_is_read_and_stored_again_alike() -> None:
    check_samples(FOLDER, events, EXPECTED)
