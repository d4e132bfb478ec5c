"""What hotline knows of applications, to show it beside tickets."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.hotline.api.concerned import STATUS
from services.hotline.readmodels.applications import ApplicationRow, Applications
from shared.contracts import application
from shared.contracts.application.base import OfApplication
from shared.contracts.base import contracts
from shared.contracts.samples import sample_of
from shared.readmodels.happened import Happened

MODEL = Applications()


def after(*events: object) -> ApplicationRow | None:
    row = None
    for n, event in enumerate(events, 1):
        happened = Happened("application", n, n - 1 or None, "application-1", datetime(2026, 3, 2, tzinfo=UTC), event)
        assert MODEL.key(happened)
        row = MODEL.evolve(row, happened)
    return row


@pytest.mark.parametrize("cls", [each for each in contracts() if issubclass(each, OfApplication)])
def test_every_state_has_words(cls: type[OfApplication]) -> None:
    row = after(sample_of(application.ApplicationSubmitted), sample_of(cls))
    assert row is not None and STATUS[row.status]


def test_a_limit_that_stands_still_is_not_counted() -> None:
    submitted, accepted = sample_of(application.ApplicationSubmitted), sample_of(application.ApplicationAccepted)
    row = after(submitted, accepted)
    assert row is not None and (row.status, row.due_on) == ("accepted", date(2026, 3, 17))
    asked = after(submitted, accepted, sample_of(application.SupplementRequested))
    assert asked is not None and (asked.status, asked.due_on) == ("supplement", None)
    again = after(submitted, accepted, sample_of(application.ApplicationSupplemented))
    assert again is not None and (again.status, again.due_on) == ("accepted", date(2026, 3, 20))


def test_what_was_never_submitted_makes_no_row() -> None:
    assert after(sample_of(application.ApplicationAccepted)) is None
