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
    handling,
    opinions,
    payments,
    reviews,
    schemes,
    system_reading,
    systems,
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
    systems,
    system_reading,
    handling,
    announcements,
    grant_lists,
    grants,
    payments,
):
    router.include_router(each.router)
