"""Published by analytics: what is made public of the platform's operation (article 25)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from shared.contracts.base import Published


class BulletinPublished(Published):
    """A numbered bulletin of operation data is public; its figures are at `/api/analytics/bulletins/<number>`."""

    TYPE: ClassVar[str] = "analytics.bulletin-published"
    TITLE: ClassVar[str] = "运行数据通报已发布"

    number: str
    first_day: date
    last_day: date
    departments: tuple[str, ...]
