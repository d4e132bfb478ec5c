"""Published by application: visits at the counter (惠企服务专窗, article 21)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.base import Published


class CounterConsentGiven(Published):
    """A clerk has recorded, on paper, that an enterprise agrees to what it is told here: it can object at once."""

    TYPE: ClassVar[str] = "application.counter-consent-given"
    TITLE: ClassVar[str] = "窗口已登记企业同意"
    INTERNAL: ClassVar[bool] = True

    visit_id: str
    hall_name: str
    department: str
    day: date
    enterprise: str
    scope: tuple[Literal["apply", "prefill", "grant"], ...]


class CounterVisitEnded(Published):
    """Somebody was served at the counter, for an enterprise or for themself; who it was stays in application.

    Whoever knows `visit_id` may ask for the number by which it is rated. `over`: its day was.
    """

    TYPE: ClassVar[str] = "application.counter-visit-ended"
    TITLE: ClassVar[str] = "窗口办理已结束"
    INTERNAL: ClassVar[bool] = True

    visit_id: str
    hall: str
    hall_name: str
    department: str
    service_title: str
    day: date
    enterprise: str | None
    why: Literal["ended", "over"]
