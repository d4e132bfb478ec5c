"""Hotline's HTTP doors."""

from __future__ import annotations

from fastapi import APIRouter

from services.hotline.api import ratings, tickets

router = APIRouter()
for room in (tickets, ratings):
    router.include_router(room.router)
