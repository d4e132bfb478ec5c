"""Published by application: the track of every application (closed loop, article 21)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.base import Published


class _OfApplication(Published):
    application_id: str
    number: str
    item_id: str
    item_title: str
    department: str
    enterprise: str


class ApplicationSubmitted(_OfApplication):
    """An enterprise has applied for an item (article 20)."""

    TYPE: ClassVar[str] = "application.application-submitted"
    TITLE: ClassVar[str] = "申报已提交"

    submitted_on: date


class ApplicationAccepted(_OfApplication):
    """The department has accepted it; from the next working day its promised limit runs (article 19)."""

    TYPE: ClassVar[str] = "application.application-accepted"
    TITLE: ClassVar[str] = "申报已受理"

    accepted_on: date
    review_due_on: date
    provisional: bool
    limit_days: int


class ApplicationNotAccepted(_OfApplication):
    """The department has not accepted it, for reasons that were told once and all (article 19)."""

    TYPE: ClassVar[str] = "application.application-not-accepted"
    TITLE: ClassVar[str] = "申报不予受理"

    reasons: tuple[str, ...]


class SupplementRequested(_OfApplication):
    """One notice lists all that is to be supplemented; the clock stops (article 19)."""

    TYPE: ClassVar[str] = "application.supplement-requested"
    TITLE: ClassVar[str] = "申报需补正"

    requirements: tuple[str, ...]


class ApplicationSupplemented(_OfApplication):
    """The applicant has supplemented; the clock goes on."""

    TYPE: ClassVar[str] = "application.application-supplemented"
    TITLE: ClassVar[str] = "申报已补正"

    review_due_on: date | None
    provisional: bool


class ReviewCompleted(_OfApplication):
    """The department has reviewed it. `in_time` compares with the promised limit, clock stops left out."""

    TYPE: ClassVar[str] = "application.review-completed"
    TITLE: ClassVar[str] = "申报审核已完成"

    outcome: Literal["approved", "rejected"]
    opinion: str
    completed_on: date
    in_time: bool
    amount_fen: int | None = None


class ReviewOverdue(_OfApplication):
    """The promised limit has passed without a review; raised by the platform itself, once (article 21)."""

    TYPE: ClassVar[str] = "application.review-overdue"
    TITLE: ClassVar[str] = "申报审核已超期"

    due_on: date
    limit_days: int


class ReviewDeadlineRecomputed(_OfApplication):
    """A calendar notice has moved the due day of an open review."""

    TYPE: ClassVar[str] = "application.review-deadline-recomputed"
    TITLE: ClassVar[str] = "审核期限已重新计算"

    previous_due_on: date
    review_due_on: date
    provisional: bool
    notice: str


class AcceptanceOverdue(_OfApplication):
    """Nobody has taken it, or said why not, in the time for it; raised by the platform itself, once (article 19)."""

    TYPE: ClassVar[str] = "application.acceptance-overdue"
    TITLE: ClassVar[str] = "申报超期未受理"

    due_on: date
    limit_days: int


class ApplicationWithdrawn(_OfApplication):
    """The applicant does not want it any more."""

    TYPE: ClassVar[str] = "application.application-withdrawn"
    TITLE: ClassVar[str] = "申报已撤回"


class ReviewDueSoon(_OfApplication):
    """It is the last day of the promised limit (article 21)."""

    TYPE: ClassVar[str] = "application.review-due-soon"
    TITLE: ClassVar[str] = "申报审核即将到期"

    due_on: date


class _OfStep(_OfApplication):
    """`step` is its key in the item's process, `step_title` its name."""

    step: str
    step_title: str


class StepStarted(_OfStep):
    """A step of the review begins at these departments (article 20(2)); a department's own system takes it from here."""

    TYPE: ClassVar[str] = "application.step-started"
    TITLE: ClassVar[str] = "审核步骤已开始"

    departments: tuple[str, ...]
    due_on: date
    provisional: bool


class StepConcluded(_OfStep):
    """A step has ended; `closed`: the review ended before it."""

    TYPE: ClassVar[str] = "application.step-concluded"
    TITLE: ClassVar[str] = "审核步骤已结束"

    outcome: Literal["passed", "failed", "closed"]


class StepOverdue(_OfStep):
    """A step's own limit has passed without enough opinions; raised by the platform itself, once."""

    TYPE: ClassVar[str] = "application.step-overdue"
    TITLE: ClassVar[str] = "审核步骤已超期"

    departments: tuple[str, ...]
    due_on: date


class ReturnedToStep(_OfStep):
    """A later step (`returned_from`) has given it back: `step` begins anew."""

    TYPE: ClassVar[str] = "application.returned-to-step"
    TITLE: ClassVar[str] = "申报退回之前的步骤"

    returned_from: str


class ApplicationScored(_OfApplication):
    """Every step is passed; it waits for its place among the others."""

    TYPE: ClassVar[str] = "application.application-scored"
    TITLE: ClassVar[str] = "申报已完成评分"

    scored_on: date


class _OfItem(Published):
    item_id: str
    item_code: str
    item_title: str
    department: str
    period: str


class RankingConfirmed(_OfItem):
    """Who gets something is decided by score; each applicant hears of it in a ReviewCompleted of his own."""

    TYPE: ClassVar[str] = "application.ranking-confirmed"
    TITLE: ClassVar[str] = "排序已确认"

    ranking_id: str


class GrantListSubmitted(_OfItem):
    """A department has handed in a list of enterprises that need not apply (article 20(1)1). Amounts in fen."""

    TYPE: ClassVar[str] = "application.grant-list-submitted"
    TITLE: ClassVar[str] = "免申即享名单已提交"

    list_id: str
    rows: int
    total_fen: int


class GrantListReturned(_OfItem):
    """The data bureau has given a list back to be mended."""

    TYPE: ClassVar[str] = "application.grant-list-returned"
    TITLE: ClassVar[str] = "免申即享名单已退回"

    list_id: str
    reason: str


class GrantListAccepted(_OfItem):
    """The platform has taken a list; every enterprise on it gets an offer."""

    TYPE: ClassVar[str] = "application.grant-list-accepted"
    TITLE: ClassVar[str] = "免申即享名单已受理"

    list_id: str
    rows: int
    total_fen: int
    confirm_by: date
    provisional: bool


class GrantTermOver(_OfItem):
    """The term to confirm in is over; the department is to confirm the support list."""

    TYPE: ClassVar[str] = "application.grant-term-over"
    TITLE: ClassVar[str] = "免申即享确认期已满"

    list_id: str
    confirmed: int
    declined: int
    lapsed: int


class SupportListConfirmed(_OfItem):
    """The department has confirmed who is to be supported; finance plans the payment."""

    TYPE: ClassVar[str] = "application.support-list-confirmed"
    TITLE: ClassVar[str] = "扶持名单已确认"

    list_id: str
    rows: int
    total_fen: int


class _OfGrant(_OfItem):
    grant_id: str
    list_id: str
    enterprise: str
    amount_fen: int


class GrantOffered(_OfGrant):
    """An enterprise may have a grant for a word, until the end of `confirm_by`."""

    TYPE: ClassVar[str] = "application.grant-offered"
    TITLE: ClassVar[str] = "免申即享已推送"

    confirm_by: date
    provisional: bool


class GrantConfirmed(_OfGrant):
    """The enterprise wants it. Its account stays in application."""

    TYPE: ClassVar[str] = "application.grant-confirmed"
    TITLE: ClassVar[str] = "免申即享已确认"


class GrantDeclined(_OfGrant):
    """The enterprise does not want it."""

    TYPE: ClassVar[str] = "application.grant-declined"
    TITLE: ClassVar[str] = "免申即享已放弃"


class GrantLapsed(_OfGrant):
    """The term has passed without a word."""

    TYPE: ClassVar[str] = "application.grant-lapsed"
    TITLE: ClassVar[str] = "免申即享已失效"


class GrantSupported(_OfGrant):
    """It stands on the confirmed support list."""

    TYPE: ClassVar[str] = "application.grant-supported"
    TITLE: ClassVar[str] = "免申即享已列入扶持名单"

    supported_on: date


class _OfPlan(Published):
    plan_id: str
    item_id: str
    item_code: str
    item_title: str
    department: str


class PaymentPlanSubmitted(_OfPlan):
    """A department has handed a payment plan to finance (articles 7, 20)."""

    TYPE: ClassVar[str] = "application.payment-plan-submitted"
    TITLE: ClassVar[str] = "拨付计划已提交"

    rows: int
    total_fen: int


class PaymentPlanReturned(_OfPlan):
    """Finance gives it back to be mended."""

    TYPE: ClassVar[str] = "application.payment-plan-returned"
    TITLE: ClassVar[str] = "拨付计划已退回"

    reason: str


class PaymentPlanApproved(_OfPlan):
    """Finance has it paid."""

    TYPE: ClassVar[str] = "application.payment-plan-approved"
    TITLE: ClassVar[str] = "拨付计划已批准"

    rows: int
    total_fen: int


class PaymentPlanConcluded(_OfPlan):
    """Each of its payments is paid or dropped."""

    TYPE: ClassVar[str] = "application.payment-plan-concluded"
    TITLE: ClassVar[str] = "拨付计划已办结"

    paid: int
    paid_fen: int
    dropped: int


class _OfPayment(_OfPlan):
    """`payment_id` is the number of the application or grant that it pays."""

    payment_id: str
    enterprise: str
    amount_fen: int


class PaymentPaid(_OfPayment):
    """The money is with the enterprise."""

    TYPE: ClassVar[str] = "application.payment-paid"
    TITLE: ClassVar[str] = "资金已拨付"

    paid_on: date
    reference: str


class PaymentSentBack(_OfPayment):
    """The money came back; the enterprise has to mend its account."""

    TYPE: ClassVar[str] = "application.payment-sent-back"
    TITLE: ClassVar[str] = "资金拨付被退回"

    reason: str


class ResultAnnounced(_OfApplication):
    """Its approval is before the public for some working days (article 21: 结果公开)."""

    TYPE: ClassVar[str] = "application.result-announced"
    TITLE: ClassVar[str] = "申报结果已公示"

    announcement: str
    days: int


class ResultConfirmed(_OfApplication):
    """Its approval is final. Those that are withheld from the public are not told (article 9)."""

    TYPE: ClassVar[str] = "application.result-confirmed"
    TITLE: ClassVar[str] = "申报结果已确认"

    period: str
    amount_fen: int
    confirmed_on: date


class ApprovalRevoked(_OfApplication):
    """An objection was upheld: its approval does not stand."""

    TYPE: ClassVar[str] = "application.approval-revoked"
    TITLE: ClassVar[str] = "申报通过决定已撤销"


class _OfAnnouncement(Published):
    announcement_id: str
    item_id: str
    item_code: str
    item_title: str
    department: str
    period: str


class ResultsAnnounced(_OfAnnouncement):
    """A department puts results before the public until `closes_on`, that day included (articles 9, 21)."""

    TYPE: ClassVar[str] = "application.results-announced"
    TITLE: ClassVar[str] = "审核结果公示"

    entries: int
    closes_on: date
    provisional: bool


class ObjectionRaised(_OfAnnouncement):
    """Somebody objects; the department looks into it until `due_on`."""

    TYPE: ClassVar[str] = "application.objection-raised"
    TITLE: ClassVar[str] = "公示收到异议"

    objection: int
    due_on: date


class ObjectionDecided(_OfAnnouncement):
    """What came of it. `enterprise`: whose objection it was, None for an individual's."""

    TYPE: ClassVar[str] = "application.objection-decided"
    TITLE: ClassVar[str] = "公示异议已处理"

    objection: int
    outcome: Literal["upheld", "rejected"]
    enterprise: str | None = None
    in_time: bool


class ObjectionOverdue(_OfAnnouncement):
    """The time to look into it is over."""

    TYPE: ClassVar[str] = "application.objection-overdue"
    TITLE: ClassVar[str] = "公示异议处理超期"

    objection: int
    due_on: date
    limit_days: int


class AnnouncementEnded(_OfAnnouncement):
    """The days of the announcement are over; another hand confirms the results."""

    TYPE: ClassVar[str] = "application.announcement-ended"
    TITLE: ClassVar[str] = "公示期满"


class ResultsConfirmed(_OfAnnouncement):
    """What stands is final."""

    TYPE: ClassVar[str] = "application.results-confirmed"
    TITLE: ClassVar[str] = "公示结果已确认"

    confirmed: int
    removed: int
