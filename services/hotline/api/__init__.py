"""Hotline's HTTP doors."""

from __future__ import annotations

from fastapi import APIRouter

from services.hotline.api import handling, models, ratings, refusals, rules, supervision, tickets, zone

router = APIRouter()
for room in (tickets, handling, zone, supervision, rules, models, ratings, refusals):
    router.include_router(room.router)
