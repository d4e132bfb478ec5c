"""Policy's HTTP doors."""

from __future__ import annotations

from fastapi import APIRouter

from services.policy.api import (
    articles,
    assessments,
    cards,
    comments,
    conditions,
    consultations,
    documents,
    interests,
    items,
    lists,
    matching,
    rolls,
    saved_searches,
    search,
    versions,
)

router = APIRouter()
for room in (
    documents,
    items,
    versions,
    lists,
    cards,
    conditions,
    matching,
    rolls,
    interests,
    search,
    saved_searches,
    consultations,
    articles,
    comments,
    assessments,
):
    router.include_router(room.router)
