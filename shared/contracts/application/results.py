"""Published by application: results before the public (articles 9, 21)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.application.base import OfApplication
from shared.contracts.base import Published


class ResultAnnounced(OfApplication):
    """Its approval is before the public for some working days (article 21: 结果公开); `withheld`: it stands on the announcement,
    and the public does not see it there (article 9)."""

    TYPE: ClassVar[str] = "application.result-announced"
    TITLE: ClassVar[str] = "申报结果已公示"

    announcement: str
    days: int
    withheld: bool = False


class ResultConfirmed(OfApplication):
    """Its approval is final. `WithheldResultConfirmed` is for those that are kept from the public (article 9)."""

    TYPE: ClassVar[str] = "application.result-confirmed"
    TITLE: ClassVar[str] = "申报结果已确认"

    period: str
    amount_fen: int
    confirmed_on: date


class WithheldResultConfirmed(OfApplication):
    """Its approval is final, and kept from the public: told to the enterprise alone (article 9)."""

    TYPE: ClassVar[str] = "application.withheld-result-confirmed"
    TITLE: ClassVar[str] = "不予公开的申报结果已确认"
    INTERNAL: ClassVar[bool] = True


class ApprovalRevoked(OfApplication):
    """An objection was upheld: its approval does not stand."""

    TYPE: ClassVar[str] = "application.approval-revoked"
    TITLE: ClassVar[str] = "申报通过决定已撤销"


class _OfAnnouncement(Published):
    announcement_id: str
    item_id: str
    item_code: str
    item_title: str
    department: str
    period: str


class ResultsAnnounced(_OfAnnouncement):
    """A department puts results before the public until `closes_on`, that day included (articles 9, 21)."""

    TYPE: ClassVar[str] = "application.results-announced"
    TITLE: ClassVar[str] = "审核结果公示"

    entries: int
    closes_on: date
    provisional: bool


class ObjectionRaised(_OfAnnouncement):
    """Somebody objects; the department looks into it until `due_on`."""

    TYPE: ClassVar[str] = "application.objection-raised"
    TITLE: ClassVar[str] = "公示收到异议"

    objection: int
    due_on: date


class ObjectionDecided(_OfAnnouncement):
    """What came of it. `enterprise`: whose objection it was, None for an individual's."""

    TYPE: ClassVar[str] = "application.objection-decided"
    TITLE: ClassVar[str] = "公示异议已处理"

    objection: int
    outcome: Literal["upheld", "rejected"]
    enterprise: str | None = None
    in_time: bool


class ObjectionOverdue(_OfAnnouncement):
    """The time to look into it is over."""

    TYPE: ClassVar[str] = "application.objection-overdue"
    TITLE: ClassVar[str] = "公示异议处理超期"

    objection: int
    due_on: date
    limit_days: int


class AnnouncementEnded(_OfAnnouncement):
    """The days of the announcement are over; another hand confirms the results."""

    TYPE: ClassVar[str] = "application.announcement-ended"
    TITLE: ClassVar[str] = "公示期满"


class ResultsConfirmed(_OfAnnouncement):
    """What stands is final."""

    TYPE: ClassVar[str] = "application.results-confirmed"
    TITLE: ClassVar[str] = "公示结果已确认"

    confirmed: int
    removed: int
