"""Hotline's HTTP doors."""

from __future__ import annotations

from fastapi import APIRouter

from services.hotline.api import handling, models, rules, supervision, tickets, zone

router = APIRouter()
for room in (tickets, handling, zone, supervision, rules, models):
    router.include_router(room.router)
