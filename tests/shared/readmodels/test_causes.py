"""What counts as the same cause: the error without what belongs to one event."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.readmodels.causes import by_cause, normalised
from shared.readmodels.deadletters import Chain, Letter

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
LETTER = Letter(1, "tickets_v1", "log", 7, "ticket-1", "hotline.received", "KeyError('x')", 3, False, None, 0, AT, AT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("event doc-3:17 does not fit", "event doc-12345:2 does not fit"),
        ("KeyError('91320281MA0Y0001XT')", "KeyError('913202810000000000')"),
        ("at 2026-03-02T01:00:00+00:00 failed", "at 2025-12-31T23:59:59.123+08:00 failed"),
        ("3 rows, not 1", "12 rows, not 2"),
        ("no key 9b2f7c1e-0a3d-4f7e-8a51-0c2d6b7e9f10", "no key 1"),
    ],
)
def test_ids_numbers_and_times_make_no_difference(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no contract for chengce.policy.noted.v2", "no contract for chengce.policy.noted.v3"),
        ("title: Field required", "number: Field required"),
        ("KeyError('division')", "ValueError('division')"),
    ],
)
def test_what_is_wrong_makes_one(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


def test_the_aggregates_own_id_makes_no_difference_whatever_it_looks_like() -> None:
    assert normalised("no ticket-abc here", "ticket-abc") == normalised("no ticket-xyz here", "ticket-xyz")


def test_a_cause_counts_failures_and_what_waits_and_spans_their_times() -> None:
    later = AT + timedelta(hours=2)
    chains = [
        Chain(replace(LETTER, error="KeyError('a-1')"), behind=2),
        Chain(replace(LETTER, id=5, aggregate_id="ticket-2", error="KeyError('b-2')", at=later, tried_at=later), 3),
        Chain(replace(LETTER, id=9, aggregate_id="ticket-3", error="boom"), 0),
    ]
    first, second = by_cause({"hotline": chains})
    assert (first.count, first.waiting, first.first_at, first.last_at, first.ids) == (2, 5, AT, later, (1, 5))
    assert (second.error, second.count) == ("boom", 1)
    assert by_cause({"hotline": chains})[0].group == first.group != second.group


def test_the_same_error_in_two_services_is_two_causes() -> None:
    chain = Chain(LETTER, 0)
    assert len(by_cause({"hotline": [chain], "notify": [chain]})) == 2
