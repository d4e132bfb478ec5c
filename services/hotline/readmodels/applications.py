"""Applications, as far as hotline needs them: whose they are, and how far."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlmodel import Field, SQLModel

from shared.contracts import application
from shared.contracts.application.base import OfApplication
from shared.readmodels.happened import Happened
from shared.readmodels.model import RowModel


class ApplicationRow(SQLModel, table=True):
    """An application. `due_on`: the promised day; None while none runs."""

    __tablename__ = "hotline_applications"

    number: str = Field(primary_key=True)
    item: str
    item_title: str
    department: str
    enterprise: str
    status: str = "submitted"
    submitted_on: date
    due_on: date | None = None
    overdue: bool = False


class Applications(RowModel[ApplicationRow]):
    """Fed by application's stream."""

    name = "applications"
    sources: ClassVar[tuple[str, ...]] = ("application",)
    table = ApplicationRow
    tables: ClassVar[tuple[type[SQLModel], ...]] = (ApplicationRow,)

    def key(self, happened: Happened) -> str | None:
        """Its number."""
        event = happened.event
        return event.number if isinstance(event, OfApplication) else None

    def evolve(self, row: ApplicationRow | None, happened: Happened) -> ApplicationRow | None:
        """The row after the event."""
        event = happened.event
        assert isinstance(event, OfApplication)  # noqa: S101 - `key` has asked
        if isinstance(event, application.ApplicationSubmitted):
            known = event.model_dump(include={"number", "item_title", "department", "enterprise", "submitted_on"})
            return ApplicationRow(**known, item=event.item_id)
        return ApplicationRow(**(row.model_dump() | _changes(event))) if row else None


def _changes(event: OfApplication) -> dict[str, Any]:
    match event:
        case application.ApplicationAccepted(review_due_on=day):
            return {"status": "accepted", "due_on": day}
        case application.ApplicationNotAccepted():
            return {"status": "not-accepted", "due_on": None}
        case application.SupplementRequested():
            return {"status": "supplement", "due_on": None}
        case application.ApplicationSupplemented(review_due_on=day):
            return {"status": "accepted" if day else "submitted", "due_on": day}
        case application.ApplicationWithdrawn():
            return {"status": "withdrawn", "due_on": None}
        case application.ApplicationScored():
            return {"status": "scored", "due_on": None}
        case application.ReviewCompleted(outcome=outcome):
            return {"status": outcome, "due_on": None}
        case application.ApprovalRevoked():
            return {"status": "revoked"}
        case application.ReviewDeadlineRecomputed(review_due_on=day):
            return {"due_on": day}
        case application.ReviewOverdue() | application.AcceptanceOverdue():
            return {"overdue": True}
    return {}
