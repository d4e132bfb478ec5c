"""Naming a person for a day without telling who it is."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date


def place_of(secret: str, subject: str, day: date) -> str:
    """The key of a person's comments of a day: a keyed hash, which nobody without the platform's secret can undo or
    connect with another day's."""
    tag = hmac.new(secret.encode(), f"comments\0{day.isoformat()}\0{subject}".encode(), hashlib.sha256).hexdigest()
    return f"{day:%Y%m%d}-{tag[:24]}"
