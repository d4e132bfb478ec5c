"""Registry's HTTP doors."""

from __future__ import annotations

from fastapi import APIRouter

from services.registry.api import codes, departments, enterprises, facts, profiles, sign_in

router = APIRouter()
for room in (sign_in, departments, enterprises, profiles, facts, codes):
    router.include_router(room.router)
