"""Hotline's HTTP doors."""

from __future__ import annotations

from fastapi import APIRouter

from services.hotline.api import handling, live, meetings, models, ratings, refusals, rules, supervision, tickets, zone

router = APIRouter()
for room in (tickets, handling, zone, supervision, rules, models, ratings, refusals, live, meetings):
    router.include_router(room.router)
