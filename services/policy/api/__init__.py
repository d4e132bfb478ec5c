"""Policy's HTTP doors."""

from __future__ import annotations

from fastapi import APIRouter

from services.policy.api import cards, conditions, documents, interests, items, matching

router = APIRouter()
for room in (documents, items, cards, conditions, matching, interests):
    router.include_router(room.router)
