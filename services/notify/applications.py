"""Who is told of applications, grants and payments (article 21: 闭环管理); pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.notify import templates
from services.notify.notices import DATA_BUREAU, FINANCE, Notice, to_department, to_enterprise, to_person
from services.notify.performance import of_performance
from services.notify.templates import announcing as announcing_texts
from services.notify.templates import counter as counter_texts
from services.notify.templates import grants as grant_texts
from services.notify.templates import participation as participation_texts
from services.notify.templates import payments as payment_texts
from services.notify.templates import review as review_texts
from services.notify.templates import systems as system_texts
from shared.contracts import application


def of_applications(event: object) -> Iterator[Notice]:
    """The applicant of each step, the department of what it has to do, the data bureau of what is late."""
    match event:
        case application.ApplicationSubmitted():
            yield to_enterprise(event.enterprise, templates.APPLICATION_RECEIVED)
            yield to_department(event.department, templates.APPLICATION_TO_ACCEPT)
        case application.ApplicationAccepted():
            yield to_enterprise(event.enterprise, templates.APPLICATION_ACCEPTED)
        case application.ApplicationNotAccepted():
            yield to_enterprise(event.enterprise, templates.APPLICATION_NOT_ACCEPTED)
        case application.SupplementRequested():
            yield to_enterprise(event.enterprise, templates.SUPPLEMENT_REQUESTED)
        case application.ApplicationSupplemented():
            yield to_department(event.department, templates.APPLICATION_SUPPLEMENTED)
            yield to_enterprise(event.enterprise, review_texts.APPLICATION_SUPPLEMENTED_ENTERPRISE)
            yield from (to_department(each, review_texts.STEP_RESUMED) for each in _others(event))
        case application.ReviewCompleted():
            yield to_enterprise(event.enterprise, templates.REVIEW_COMPLETED)
        case application.ReviewOverdue():
            yield to_department(event.department, templates.REVIEW_OVERDUE_DEPARTMENT)
            yield to_enterprise(event.enterprise, templates.REVIEW_OVERDUE)
            yield Notice(DATA_BUREAU, templates.REVIEW_OVERDUE_SUPERVISION)
        case application.ReviewDeadlineRecomputed():
            yield to_enterprise(event.enterprise, templates.REVIEW_DEADLINE_MOVED)
        case _:
            yield from _review_notices(event)
            yield from _announcement_notices(event)
            yield from _grant_notices(event)
            yield from _payment_notices(event)
            yield from _participation_notices(event)
            yield from of_performance(event)
            yield from _system_notices(event)


def _review_notices(event: object) -> Iterator[Notice]:
    match event:
        case application.AcceptanceOverdue(department=department, enterprise=uscc):
            yield to_department(department, review_texts.ACCEPTANCE_OVERDUE_DEPARTMENT)
            yield to_enterprise(uscc, review_texts.ACCEPTANCE_OVERDUE)
            yield Notice(DATA_BUREAU, review_texts.ACCEPTANCE_OVERDUE_SUPERVISION)
        case application.LimitRecomputed() if event.due_on != event.previous_due_on:
            yield from _of_moved(event)
        case application.SupplementDueSoon(enterprise=uscc):
            yield to_enterprise(uscc, review_texts.SUPPLEMENT_DUE_SOON)
        case application.SupplementLapsed(departments=departments, enterprise=uscc):
            yield to_enterprise(uscc, review_texts.SUPPLEMENT_LAPSED)
            yield from (to_department(each, review_texts.SUPPLEMENT_LAPSED_DEPARTMENT) for each in departments)
        case application.ApplicationWithdrawn(department=department, enterprise=uscc):
            yield to_enterprise(uscc, review_texts.APPLICATION_WITHDRAWN_ENTERPRISE)
            yield from (
                to_department(each, review_texts.APPLICATION_WITHDRAWN) for each in (department, *_others(event))
            )
        case application.ReviewDueSoon(department=department):
            yield to_department(department, review_texts.REVIEW_DUE_SOON)
        case application.StepStarted(departments=departments, enterprise=uscc):
            yield from (to_department(each, review_texts.STEP_STARTED) for each in departments)
            yield to_enterprise(uscc, review_texts.STEP_STARTED_ENTERPRISE)
        case application.StepReassigned(added=added, due_on=date()):
            yield from (to_department(each, review_texts.STEP_REASSIGNED) for each in added)
        case application.StepOverdue(departments=departments):
            yield from (to_department(each, review_texts.STEP_OVERDUE) for each in departments)
            yield Notice(DATA_BUREAU, review_texts.STEP_OVERDUE_SUPERVISION)
        case application.ApplicationScored(enterprise=uscc):
            yield to_enterprise(uscc, review_texts.APPLICATION_SCORED)


def _others(event: application.ApplicationSupplemented | application.ApplicationWithdrawn) -> Iterator[str]:
    """The departments of open steps beside the item's own."""
    return (each for each in event.departments if each != event.department)


def _of_moved(event: application.LimitRecomputed) -> Iterator[Notice]:
    match event.limit:
        case "acceptance":
            yield to_enterprise(event.enterprise, review_texts.ACCEPTANCE_DEADLINE_MOVED)
        case "supplement":
            yield to_enterprise(event.enterprise, review_texts.SUPPLEMENT_TERM_MOVED)
        case "step":
            yield from (to_department(each, review_texts.STEP_DEADLINE_MOVED) for each in event.departments)


def _announcement_notices(event: object) -> Iterator[Notice]:
    match event:
        case application.ResultAnnounced(enterprise=uscc, withheld=withheld):
            template = announcing_texts.RESULT_WITHHELD if withheld else announcing_texts.RESULT_ANNOUNCED
            yield to_enterprise(uscc, template)
        case application.WithheldResultConfirmed(enterprise=uscc):
            yield to_enterprise(uscc, announcing_texts.WITHHELD_RESULT_CONFIRMED)
        case application.ResultConfirmed(enterprise=uscc):
            yield to_enterprise(uscc, announcing_texts.RESULT_CONFIRMED)
        case application.ApprovalRevoked(enterprise=uscc):
            yield to_enterprise(uscc, announcing_texts.APPROVAL_REVOKED)
        case application.ObjectionRaised(department=department):
            yield to_department(department, announcing_texts.OBJECTION_RAISED)
        case application.ObjectionDecided(enterprise=str() as uscc):
            yield to_enterprise(uscc, announcing_texts.OBJECTION_DECIDED)
        case application.ObjectionDecided(announcement_id=key, objection=number):
            yield Notice(f"objector:{key}:{number}", announcing_texts.OBJECTION_DECIDED_PERSON)
        case application.ObjectionOverdue(department=department):
            yield to_department(department, announcing_texts.OBJECTION_OVERDUE_DEPARTMENT)
            yield Notice(DATA_BUREAU, announcing_texts.OBJECTION_OVERDUE_SUPERVISION)
        case application.AnnouncementEnded(department=department):
            yield to_department(department, announcing_texts.ANNOUNCEMENT_ENDED)


def _participation_notices(event: object) -> Iterator[Notice]:
    match event:
        case application.DelegationSet(department=department, absent=absent, delegate=delegate):
            yield to_person(department, absent, participation_texts.DELEGATION_SET_ABSENT)
            yield to_person(department, delegate, participation_texts.DELEGATION_SET_DELEGATE)
        case application.DelegationEnded(department=department, absent=absent, delegate=delegate):
            yield to_person(department, absent, participation_texts.DELEGATION_ENDED_ABSENT)
            yield to_person(department, delegate, participation_texts.DELEGATION_ENDED_DELEGATE)
        case application.CounterConsentGiven(enterprise=uscc):
            yield to_enterprise(uscc, counter_texts.CONSENT_RECORDED)


def _system_notices(event: object) -> Iterator[Notice]:
    match event:
        case application.SystemRequested():
            yield Notice(DATA_BUREAU, system_texts.SYSTEM_REQUESTED)
        case application.SystemApproved(department=department):
            yield to_department(department, system_texts.SYSTEM_APPROVED)
        case application.SystemDeclined(department=department):
            yield to_department(department, system_texts.SYSTEM_DECLINED)
        case application.SystemSecretIssued(department=department):
            yield to_department(department, system_texts.SYSTEM_SECRET_ISSUED)
        case application.SystemSuspended(department=department):
            yield to_department(department, system_texts.SYSTEM_SUSPENDED)
            yield Notice(DATA_BUREAU, system_texts.SYSTEM_SUSPENDED_SUPERVISION)
        case application.SystemResumed(department=department):
            yield to_department(department, system_texts.SYSTEM_RESUMED)
        case application.SystemEnded(department=department):
            yield to_department(department, system_texts.SYSTEM_ENDED)
            yield Notice(DATA_BUREAU, system_texts.SYSTEM_ENDED_SUPERVISION)
        case application.ProgressReported(enterprise=uscc):
            yield Notice(f"enterprise:{uscc}", system_texts.PROGRESS_REPORTED, quiet=True)
        case application.HandlingReleased(of_department=department):
            yield to_department(department, system_texts.HANDLING_RELEASED)


def _grant_notices(event: object) -> Iterator[Notice]:
    match event:
        case application.GrantOffered(enterprise=uscc):
            yield to_enterprise(uscc, grant_texts.GRANT_OFFERED)
        case application.GrantLapsed(enterprise=uscc):
            yield to_enterprise(uscc, grant_texts.GRANT_LAPSED)
        case application.GrantSupported(enterprise=uscc):
            yield to_enterprise(uscc, grant_texts.GRANT_SUPPORTED)
        case application.GrantListSubmitted():
            yield Notice(DATA_BUREAU, grant_texts.GRANT_LIST_TO_ACCEPT)
        case application.GrantListReturned(department=department):
            yield to_department(department, grant_texts.GRANT_LIST_RETURNED)
        case application.GrantTermOver(department=department):
            yield to_department(department, grant_texts.GRANT_TERM_OVER)
        case application.SupportListConfirmed():
            yield Notice(FINANCE, grant_texts.SUPPORT_LIST_CONFIRMED)


def _payment_notices(event: object) -> Iterator[Notice]:
    match event:
        case application.PaymentPlanSubmitted():
            yield Notice(FINANCE, payment_texts.PLAN_TO_APPROVE)
        case application.PaymentPlanReturned(department=department):
            yield to_department(department, payment_texts.PLAN_RETURNED)
        case application.PaymentPlanConcluded(department=department):
            yield to_department(department, payment_texts.PLAN_CONCLUDED)
            yield Notice(FINANCE, payment_texts.PLAN_CONCLUDED)
        case application.PaymentOutcomeProposed():
            yield Notice(FINANCE, payment_texts.OUTCOME_TO_CONFIRM)
        case application.PaymentPaid(enterprise=uscc):
            yield to_enterprise(uscc, payment_texts.PAYMENT_PAID)
        case application.PaymentSentBack(enterprise=uscc, department=department):
            yield to_enterprise(uscc, payment_texts.PAYMENT_SENT_BACK)
            yield to_department(department, payment_texts.PAYMENT_SENT_BACK_DEPARTMENT)
