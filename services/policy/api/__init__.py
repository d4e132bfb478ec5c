"""Policy's HTTP doors."""

from __future__ import annotations

from fastapi import APIRouter

from services.policy.api import cards, documents, items

router = APIRouter()
for room in (documents, items, cards):
    router.include_router(room.router)
