"""Where every application stands, and the track of its steps (closed loop, article 21)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, DateTime, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from services.application import events
from services.application.definition.process import Process
from services.application.events import handling, payment, payout, review
from services.application.events.counter import ActedAtCounter
from services.application.readmodels.taking_part import involved, waited_for, working
from services.application.timeline import PLATFORM, side_of
from shared.calendar import LimitClock
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel, empty_dict, empty_list

TOLD = (
    *("announcement", "reasons", "reason", "requirements", "outcome", "opinion", "due_on", "in_time", "notice"),
    *("paid_on", "reference", "act", "visit", "clerk", "limit", "step_title"),
)
SILENT = (
    *(events.HoldsForfeited, events.HoldsReleased, events.ReviewDueSoon),  # the platform's and the department's own
    events.SupplementDueSoon,  # a reminder
    *(payout.ApplicationPutOnPlan, payout.ApplicationTakenOffPlan),  # the payment tells it
    payment.PayeeChanged,  # the application's own account tells it
    *(payment.PaymentTroubled, payment.OutcomeProposed),  # finance's own
)
FOLLOWS = (events.AnswersCompared, review.StepStarted, review.StepConcluded)  # from what somebody else did
TOLD_OF_STEPS = ("departments", "of_department", "agrees", "place", "photos", "returned_from")
TOLD_OF_HANDLING = ("part_title", "of_department", "system_name", "text", "stage_name", "why")


class ApplicationRow(SQLModel, table=True):
    """An application. `clock` is the promised limit as the last event left it (shared.calendar.LimitClock); `process` its
    steps as data, `standing` where each of them is: `status`, `due_on`, `overdue`, `waits_for`. `involved`: departments that
    take part in it; `working`: those of them that have something to do now; `supplement_by`: the last day to answer the
    supplement notice, over where nobody is waited for any more; `payment` where its money is."""

    __tablename__ = "application_applications"
    __table_args__ = (
        Index("application_applications_involved", "involved", postgresql_using="gin"),
        Index("application_applications_working", "working", postgresql_using="gin"),
    )

    number: str = Field(primary_key=True)
    item_code: str = Field(index=True)
    item_title: str
    department: str = Field(index=True)
    involved: list[str] = Field(default_factory=empty_list, sa_column=Column(ARRAY(Text), nullable=False))
    working: list[str] = Field(default_factory=empty_list, sa_column=Column(ARRAY(Text), nullable=False))
    enterprise: str = Field(index=True)
    status: str = Field(index=True)
    channel: str = "online"  # or "counter": a clerk handed it in, in `visit`
    visit: str | None = None
    period: str | None = None
    overdue: bool = False
    unaccepted: bool = False
    waiting_for_applicant: bool = False
    supplement_by: date | None = None
    statement: str = ""
    requested_fen: int | None = Field(default=None, sa_type=BigInteger)
    granted_fen: int | None = Field(default=None, sa_type=BigInteger)
    score: float | None = None
    scored_fen: int | None = Field(default=None, sa_type=BigInteger)
    submitted_on: date
    submitted_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    accept_by: date | None = None
    accepted_on: date | None = None
    due_on: date | None = None
    provisional: bool = False
    completed_on: date | None = None
    in_time: bool | None = None
    clock: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    form: int | None = None
    answers: dict[str, Any] = Field(default_factory=empty_dict, sa_column=Column(JSON, nullable=False))
    attachments: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))
    compared: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))
    differing: int = 0  # answers that differ from what is known
    account: str | None = None  # sealed
    account_end: str | None = None
    payment: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    announcement: str | None = Field(default=None, index=True)
    withheld: bool = False  # from the public, on its announcement
    final: bool = False
    process: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    standing: dict[str, dict[str, Any]] = Field(default_factory=empty_dict, sa_column=Column(JSON, nullable=False))
    documents: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))
    steps: list[dict[str, Any]] = Field(default_factory=empty_list, sa_column=Column(JSON, nullable=False))


class Track(RowModel[ApplicationRow]):
    """Fed by application's own log."""

    name = "track"
    version = 5
    table = ApplicationRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (ApplicationRow,)

    def key(self, happened: Happened) -> str | None:
        """The application's; a payment has the number of the application, or of the grant, that it is for."""
        kind, _, key = happened.aggregate_id.partition("-")
        return key if kind in ("application", "payment") else None

    def evolve(self, row: ApplicationRow | None, happened: Happened) -> ApplicationRow | None:
        """The row after the event."""
        event = happened.event
        if isinstance(event, events.ApplicationSubmitted):
            row = _submitted(event, happened)
        if row is None and isinstance(event, payment.OfPayment):
            return None  # a grant's
        if row is None:
            raise ValueError(f"{happened.type} of an application that was never submitted")
        steps = row.steps if isinstance(event, SILENT) else [*row.steps, _step(happened)]
        standing = {"standing": _standing(row.standing, event)}
        if isinstance(event, review.StepReassigned):
            standing = {"standing": _reassigned(row, event)}
        after = row.model_dump() | _changes(row, event) | standing | {"steps": steps}
        return ApplicationRow(**(after | {"working": working(after)}))


def _submitted(event: events.ApplicationSubmitted, happened: Happened) -> ApplicationRow:
    return ApplicationRow(
        number=event.number,
        item_code=event.item_code,
        item_title=event.item_title,
        department=event.department,
        involved=involved(event.department, event.process),
        enterprise=event.enterprise,
        status="submitted",
        period=event.period,
        statement=event.statement,
        requested_fen=event.requested_fen,
        submitted_on=event.submitted_on,
        submitted_at=happened.at,
        accept_by=event.acceptance.due.day if event.acceptance else None,
        process=event.process,
        form=event.form,
        answers=event.answers,
        attachments=list(event.attachments),
    )


def _changes(row: ApplicationRow, event: object) -> dict[str, Any]:
    match event:
        case events.ApplicationAccepted():
            return {"status": "accepted", "accepted_on": event.accepted_on} | _clock(event.clock)
        case events.ApplicationNotAccepted():
            return {"status": "not-accepted", "waiting_for_applicant": False}
        case events.ApplicationWithdrawn():
            return {"status": "withdrawn", "waiting_for_applicant": False}
        case events.AcceptanceOverdue():
            return {"unaccepted": True}
        case events.SupplementRequested():
            supplement_by = event.term.due.day if event.term else None
            return {"waiting_for_applicant": True, "supplement_by": supplement_by} | _clock(event.clock)
        case events.SupplementLapsed():
            return {"waiting_for_applicant": False} | _accept_by(event.acceptance) | _clock(event.clock)
        case events.ApplicationSupplemented():
            accept_by = _accept_by(event.acceptance) | {"supplement_by": None}
            changed = {} if event.answers is None else {"answers": event.answers, "attachments": [*event.attachments]}
            return {"waiting_for_applicant": False} | accept_by | changed | _clock(event.clock)
        case events.AnswersCompared(fields=fields):
            return {"compared": list(fields), "differing": sum(each["outcome"] == "differs" for each in fields)}
        case events.ReviewCompleted():
            done = {"completed_on": event.completed_on, "in_time": event.in_time, "granted_fen": event.amount_fen}
            return {"status": "reviewed"} | done
        case events.ResultAnnounced(announcement=key, withheld=withheld):
            return {"announcement": key, "withheld": withheld}
        case events.ResultConfirmed():
            return {"final": True}
        case events.ApprovalRevoked():
            return {"status": "revoked", "granted_fen": None}
        case events.PayeeGiven():
            return {"account": event.account, "account_end": event.account_end}
        case payment.OfPayment():
            return {"payment": _payment(row.payment, event)}
        case events.ReviewOverdue():
            return {"overdue": True}
        case ActedAtCounter(act="submit", visit=visit):
            return {"channel": "counter", "visit": visit}
        case events.ReviewDeadlineRecomputed():
            return _clock(event.clock)
        case events.LimitRecomputed(limit="acceptance", clock=clock):
            return _accept_by(clock)
        case events.LimitRecomputed(limit="supplement", clock=clock):
            return {"supplement_by": clock.due.day}
        case review.StepReassigned():
            process = Process.model_validate(row.process).reassigned({event.step: event.departments})
            shown = process.model_dump(mode="json")
            return {"process": shown, "involved": involved(row.department, shown)}
        case review.OpinionStamped():
            made = {"document": event.document, "department": event.of_department, "stamped_on": event.stamped_on}
            return {"documents": [*row.documents, made | {"digest": event.digest}]}
        case review.ApplicationScored():
            return {"status": "scored", "score": event.score, "scored_fen": event.amount_fen}
    return {}


def _payment(before: dict[str, Any] | None, event: payment.OfPayment) -> dict[str, Any] | None:
    match event:
        case payment.PaymentPlanned(plan=plan):
            return {"status": "planned", "plan": plan}
        case payment.PaymentOrdered(plan=plan):
            return {"status": "ordered", "plan": plan}
        case payment.PaymentPaid(plan=plan, paid_on=day, reference=reference, amount_fen=fen):
            paid = {"paid_on": day.isoformat(), "reference": reference, "amount_fen": fen}
            return {"status": "paid", "plan": plan} | paid
        case payment.PaymentSentBack(plan=plan, reason=reason):
            return {"status": "sent-back", "plan": plan, "reason": reason}
        case payment.PayeeCorrected(plan=plan):
            return {"status": "planned", "plan": plan}
        case payment.PaymentDropped():
            return None
    return before


def _accept_by(clock: LimitClock | None) -> dict[str, Any]:
    return {"accept_by": clock.due.day} if clock else {}


def _clock(clock: LimitClock | None) -> dict[str, Any]:
    if clock is None:
        return {}
    return {"clock": clock.model_dump(mode="json"), "due_on": clock.due.day, "provisional": clock.due.provisional}


def _standing(before: dict[str, dict[str, Any]], event: object) -> dict[str, dict[str, Any]]:
    match event:
        case review.StepStarted(step=key, clock=clock, departments=departments):
            begun = {"status": "open", "due_on": clock.due.day.isoformat(), "overdue": False}
            return before | {key: begun | {"waits_for": list(departments)}}
        case review.OpinionGiven(step=key):
            return before | {key: before[key] | {"waits_for": waited_for(before[key]["waits_for"], event)}}
        case review.StepConcluded(step=key, outcome=outcome):
            status = {"passed": "done", "failed": "failed", "closed": "closed"}[outcome]
            return before | {key: before[key] | {"status": status, "waits_for": []}}
        case review.StepOverdue(step=key):
            return before | {key: before[key] | {"overdue": True}}
        case events.LimitRecomputed(limit="step", step=str() as key, clock=clock):
            return before | {key: before[key] | {"due_on": clock.due.day.isoformat()}}
        case review.ReturnedToStep(undone=undone):
            return {key: each for key, each in before.items() if key not in undone}
        case (
            events.SupplementRequested(steps=steps)
            | events.ApplicationSupplemented(steps=steps)
            | events.SupplementLapsed(steps=steps)
        ):
            moved = {key: before[key] | {"due_on": clock.due.day.isoformat()} for key, clock in steps.items()}
            return before | moved
    return before


def _reassigned(row: ApplicationRow, event: review.StepReassigned) -> dict[str, dict[str, Any]]:
    """A step that has begun waits for those of its departments now that have not spoken."""
    if event.step not in row.standing:
        return row.standing
    before = row.standing[event.step]
    step = Process.model_validate(row.process).step(event.step)
    spoken = set(step.departments if step else ()) - set(before["waits_for"])
    return row.standing | {event.step: before | {"waits_for": [e for e in event.departments if e not in spoken]}}


def _step(happened: Happened) -> dict[str, Any]:
    event = happened.event
    names = TOLD + (TOLD_OF_STEPS if isinstance(event, review.OfStep) else ())
    names = TOLD_OF_HANDLING if isinstance(event, handling.OfHandling) else names  # not the reasons between the two
    told = {name: value for name in names if (value := getattr(event, name, None)) not in (None, ())}
    side = PLATFORM if isinstance(event, FOLLOWS) else side_of(happened.actor)
    return {"at": happened.at.isoformat(), "step": happened.type.partition(".")[2], "side": side, **told}
