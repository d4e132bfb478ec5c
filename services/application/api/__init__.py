"""Application's HTTP doors."""

from __future__ import annotations

from fastapi import APIRouter

from services.application.api import (
    announcements,
    applications,
    attachments,
    delegations,
    drafts,
    forms,
    grant_lists,
    grants,
    halls,
    handling,
    matched,
    opinions,
    payments,
    performance,
    performance_results,
    receipts,
    reviews,
    schemes,
    system_reading,
    systems,
    visits,
)

router = APIRouter()
for each in (
    applications,
    forms,
    drafts,
    attachments,
    reviews,
    opinions,
    schemes,
    delegations,
    *(halls, visits, receipts),
    systems,
    system_reading,
    handling,
    announcements,
    grant_lists,
    grants,
    matched,
    payments,
    performance,
    performance_results,
):
    router.include_router(each.router)
