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
    opinions,
    payments,
    receipts,
    reviews,
    schemes,
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
    announcements,
    grant_lists,
    grants,
    payments,
):
    router.include_router(each.router)
