"""What is asked of applicants: an item's form, and drafts of answers to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Literal

from shared.eventstore.events import Event


class FormSet(Event):
    """The next version of an item's form; what was begun keeps the version it began with."""

    TOPIC: ClassVar[str] = "application.form-set"

    item_code: str
    department: str
    version: int
    form: dict[str, Any]
    set_on: date
    by: str


class DraftBegun(Event):
    """Somebody has begun to fill a form in, for an enterprise or before they stand for one.

    `answers`: what was filled in from what is known, `origins` where each comes from. What identifies a person is sealed.
    `by`: an account, or `counter:` and the visit in which a clerk began it for the enterprise.
    """

    TOPIC: ClassVar[str] = "application.draft-begun"
    class_version: ClassVar[int] = 2

    item_code: str
    item_title: str
    form: int
    enterprise: str | None
    answers: dict[str, Any]
    origins: dict[str, Any]
    by: str
    at: datetime | None

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before a draft knew when it was changed last."""
        data["at"] = None


class DraftSaved(Event):
    """Answers were changed; None: taken out. `base`: the revision they were made on.

    `aside`: what came for fields that somebody else had changed since `base`: kept beside what stands there.
    `attachments`: the files that they name, which are kept for the draft from then on.
    """

    TOPIC: ClassVar[str] = "application.draft-saved"
    class_version: ClassVar[int] = 2

    base: int
    changed: dict[str, Any]
    aside: dict[str, Any]
    attachments: tuple[dict[str, Any], ...]
    by: str
    at: datetime | None

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before a draft knew when it was changed last."""
        data["at"] = None


class DraftBound(Event):
    """Who began it stands for an enterprise now, whose draft it is."""

    TOPIC: ClassVar[str] = "application.draft-bound"

    enterprise: str


class DraftRenewed(Event):
    """It goes on with a newer version of the form; `dropped`: answers that are not asked for any more."""

    TOPIC: ClassVar[str] = "application.draft-renewed"
    class_version: ClassVar[int] = 2

    form: int
    dropped: tuple[str, ...]
    by: str
    at: datetime | None

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before a draft knew when it was changed last."""
        data["at"] = None


class DraftSubmitted(Event):
    """It became an application."""

    TOPIC: ClassVar[str] = "application.draft-submitted"

    number: str


class DraftEnded(Event):
    """It was thrown away, or not touched for too long."""

    TOPIC: ClassVar[str] = "application.draft-ended"

    because: Literal["dropped", "lapsed"]
