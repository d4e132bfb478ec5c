"""Hotline's HTTP doors."""

from __future__ import annotations

from fastapi import APIRouter

from services.hotline.api import tickets

router = APIRouter()
for room in (tickets,):
    router.include_router(room.router)
