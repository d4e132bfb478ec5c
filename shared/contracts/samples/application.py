"""Applications, grants and payments."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared.contracts.application import (
    AcceptanceOverdue,
    AnnouncementEnded,
    ApplicationAccepted,
    ApplicationNotAccepted,
    ApplicationScored,
    ApplicationSubmitted,
    ApplicationSupplemented,
    ApplicationWithdrawn,
    ApprovalRevoked,
    GrantConfirmed,
    GrantDeclined,
    GrantLapsed,
    GrantListAccepted,
    GrantListReturned,
    GrantListSubmitted,
    GrantOffered,
    GrantSupported,
    GrantTermOver,
    LimitRecomputed,
    ObjectionDecided,
    ObjectionOverdue,
    ObjectionRaised,
    PaymentOutcomeProposed,
    PaymentPaid,
    PaymentPlanApproved,
    PaymentPlanConcluded,
    PaymentPlanReturned,
    PaymentPlanSubmitted,
    PaymentSentBack,
    RankingConfirmed,
    ResultAnnounced,
    ResultConfirmed,
    ResultsAnnounced,
    ResultsConfirmed,
    ReturnedToStep,
    ReviewCompleted,
    ReviewDeadlineRecomputed,
    ReviewDueSoon,
    ReviewOverdue,
    StepConcluded,
    StepOverdue,
    StepReassigned,
    StepStarted,
    SupplementDueSoon,
    SupplementLapsed,
    SupplementRequested,
    SupportListConfirmed,
    WithheldResultConfirmed,
)
from shared.contracts.base import Published
from shared.contracts.samples.base import APPLICATION, DEPARTMENT, ITEM, ITEM_TITLE, USCC

_application: dict[str, Any] = {
    "application_id": APPLICATION,
    "number": "SB-SAMPLE-2026-0001",
    "item_id": ITEM,
    "item_title": ITEM_TITLE,
    "department": DEPARTMENT,
    "enterprise": USCC,
}
_step: dict[str, Any] = {**_application, "step": "check", "step_title": "样例步骤：材料审核"}
_grant_list: dict[str, Any] = {
    "list_id": "MS2026-5A3B1C2D",
    "item_id": ITEM,
    "item_code": "SAMPLE-2026-001",
    "item_title": ITEM_TITLE,
    "department": DEPARTMENT,
    "period": "2026",
}
_grant: dict[str, Any] = {
    **_grant_list,
    "grant_id": f"SAMPLE-2026-001.2026.{USCC}",
    "enterprise": USCC,
    "amount_fen": 5_000_000,
}
_plan: dict[str, Any] = {
    "plan_id": "BF2026-5A3B1C2D3E4F",
    "item_id": ITEM,
    "item_code": "SAMPLE-2026-001",
    "item_title": ITEM_TITLE,
    "department": DEPARTMENT,
}
_payment: dict[str, Any] = {
    **_plan,
    "payment_id": f"SAMPLE-2026-001.2026.{USCC}",
    "enterprise": USCC,
    "amount_fen": 5_000_000,
}
_ranking = {name: value for name, value in _grant_list.items() if name != "list_id"}
_announcement = {name: value for name, value in _grant_list.items() if name != "list_id"} | {
    "announcement_id": "SAMPLE-2026-001.2026.1"
}

SAMPLES: tuple[Published, ...] = (
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
        supplement_by=date(2026, 3, 26),
    ),
    SupplementDueSoon(**_application, due_on=date(2026, 3, 26)),
    SupplementLapsed(
        **_application,
        due_on=date(2026, 3, 26),
        departments=(DEPARTMENT,),
        review_due_on=date(2026, 4, 2),
        provisional=False,
    ),
    ApplicationSupplemented(
        **_application, review_due_on=date(2026, 3, 20), provisional=False, departments=(DEPARTMENT, "kjj")
    ),
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
    LimitRecomputed(
        **_application,
        limit="supplement",
        previous_due_on=date(2026, 3, 26),
        due_on=date(2026, 3, 27),
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
    PaymentPlanSubmitted(**_plan, rows=2, total_fen=10_000_000),
    PaymentPlanReturned(**_plan, reason="样例理由：请核对第二笔的金额。"),
    PaymentPlanApproved(**_plan, rows=2, total_fen=10_000_000),
    PaymentOutcomeProposed(**_payment, order="SAMPLE-2026-001.1", proposal=1, reason="样例理由：银行扣收手续费。"),
    PaymentPaid(**_payment, paid_on=date(2026, 3, 20), reference="PZ-SAMPLE-0001"),
    PaymentSentBack(**_payment, reason="样例理由：账号不存在。"),
    PaymentPlanConcluded(**_plan, paid=1, paid_fen=5_000_000, dropped=1),
    AcceptanceOverdue(**_application, due_on=date(2026, 3, 9), limit_days=5),
    ApplicationWithdrawn(**_application, departments=(DEPARTMENT, "kjj")),
    StepStarted(**_step, departments=(DEPARTMENT,), due_on=date(2026, 3, 9), provisional=False),
    StepReassigned(**_step, departments=(DEPARTMENT,), added=(DEPARTMENT,), due_on=date(2026, 3, 9), provisional=False),
    StepConcluded(**_step, outcome="passed"),
    StepOverdue(**_step, departments=(DEPARTMENT,), due_on=date(2026, 3, 9)),
    ReturnedToStep(**_step, returned_from="visit"),
    ApplicationScored(**_application, scored_on=date(2026, 3, 16)),
    ReviewDueSoon(**_application, due_on=date(2026, 3, 20)),
    RankingConfirmed(**_ranking, ranking_id="SAMPLE-2026-001.2026"),
    ResultAnnounced(**_application, announcement="SAMPLE-2026-001.2026.1", days=5),
    ResultConfirmed(**_application, period="2026", amount_fen=5_000_000, confirmed_on=date(2026, 3, 24)),
    WithheldResultConfirmed(**_application),
    ApprovalRevoked(**_application),
    ResultsAnnounced(**_announcement, entries=12, closes_on=date(2026, 3, 23), provisional=False),
    ObjectionRaised(**_announcement, objection=1, due_on=date(2026, 4, 8)),
    ObjectionDecided(**_announcement, objection=1, outcome="rejected", enterprise=USCC, in_time=True),
    ObjectionOverdue(**_announcement, objection=1, due_on=date(2026, 4, 8), limit_days=15),
    AnnouncementEnded(**_announcement),
    ResultsConfirmed(**_announcement, confirmed=11, removed=1),
)
