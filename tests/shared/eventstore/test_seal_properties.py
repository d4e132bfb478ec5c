"""Any single thing done to a sealed log is found, and named first; nothing done is nothing found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.eventstore.verification import Wrong
from tests.support.sealed import PARTS, checked, connected, sealed_log
from tests.support.servers import new_database

Connection = psycopg.Connection[Any]
SEALED = sum(PARTS[:-1])
AT = st.integers(0, SEALED - 1)
BITS = st.integers(0, 2**16)


@pytest.fixture(scope="module")
async def log(database_url: str) -> AsyncIterator[tuple[str, list[int]]]:
    """A sealed log; each example is rolled back."""
    with new_database(database_url, "sealed_properties") as url:
        yield url, await sealed_log(url)


def flipped(content: bytes, bit: int) -> bytes:
    """The same but for one bit."""
    changed = bytearray(content)
    changed[bit // 8 % len(content)] ^= 1 << bit % 8
    return bytes(changed)


def run(connection: Connection, query: str, *values: object) -> int:
    return connection.execute(query, values).rowcount


@settings(max_examples=60)
@given(at=AT, bit=BITS)
def test_any_flipped_bit_of_a_state_is_named(log: tuple[str, list[int]], at: int, bit: int) -> None:
    url, positions = log
    with connected(url) as connection:
        row = connection.execute("SELECT state FROM stored_events WHERE notification_id = %s", (positions[at],))
        state = bytes(row.fetchone()[0])  # type: ignore[index]
        run(
            connection,
            "UPDATE stored_events SET state = %s WHERE notification_id = %s",
            flipped(state, bit),
            positions[at],
        )
        findings, _ = checked(connection)
        connection.rollback()
    assert [(each.wrong, each.position) for each in findings] == [(Wrong.EVENT_CHANGED, positions[at])]


@settings(max_examples=60)
@given(at=AT, length=st.integers(1, SEALED))
def test_any_run_removed_is_named_from_its_first_event(log: tuple[str, list[int]], at: int, length: int) -> None:
    url, positions = log
    run_of = positions[:SEALED][at : at + length]
    with connected(url) as connection:
        run(connection, "DELETE FROM stored_events WHERE notification_id = ANY(%s)", run_of)
        findings, _ = checked(connection)
        connection.rollback()
    assert [(each.wrong, each.position) for each in findings] == [(Wrong.EVENT_REMOVED, each) for each in run_of]


@settings(max_examples=60)
@given(position=st.integers(-(2**63), 60), source=AT)
def test_any_row_inserted_or_copied_into_the_sealed_range_is_named(
    log: tuple[str, list[int]], position: int, source: int
) -> None:
    url, positions = log
    free = position not in positions and position <= positions[SEALED - 1]
    with connected(url) as connection:
        if free:
            run(
                connection,
                "INSERT INTO stored_events SELECT originator_id, 1000, topic, state, %s FROM stored_events"
                " WHERE notification_id = %s",
                position,
                positions[source],
            )
        findings, _ = checked(connection)
        connection.rollback()
    assert [(each.wrong, each.position) for each in findings] == ([(Wrong.EVENT_INSERTED, position)] if free else [])


@settings(max_examples=60)
@given(at=AT, to=st.integers(-5, 80))
def test_any_event_moved_to_another_position_is_named_at_the_first_of_both(
    log: tuple[str, list[int]], at: int, to: int
) -> None:
    url, positions = log
    old = positions[at]
    if to == old:
        expected = []
    elif to in positions[:SEALED]:
        expected = sorted([old, to])
    else:
        expected = sorted(each for each in (old, to) if each <= positions[SEALED - 1])
    with connected(url) as connection:
        for a, b in ((old, -99), (to, old), (-99, to)):  # whatever is there takes its place
            run(connection, "UPDATE stored_events SET notification_id = %s WHERE notification_id = %s", b, a)
        findings, _ = checked(connection)
        connection.rollback()
    if to in positions[SEALED:]:  # an event that is not sealed yet has come to the place of one that is
        expected = [old]
    assert [each.position for each in findings] == expected


COLUMNS = ("leaves", "root", "previous", "signature")


@settings(max_examples=80)
@given(number=st.integers(1, len(PARTS) - 1), column=st.sampled_from(COLUMNS), bit=BITS)
def test_any_flipped_bit_of_a_seal_is_named(log: tuple[str, list[int]], number: int, column: str, bit: int) -> None:
    url, _ = log
    with connected(url) as connection:
        row = connection.execute(f"SELECT {column} FROM platform.seals WHERE number = %s", (number,)).fetchone()
        content = bytes(row[0]) or b"\x00"  # type: ignore[index]
        run(connection, f"UPDATE platform.seals SET {column} = %s WHERE number = %s", flipped(content, bit), number)
        findings, _ = checked(connection)
        connection.rollback()
    assert findings[0].seal == number
    assert findings[0].wrong is (Wrong.SEAL_FORGED if column == "signature" else Wrong.SEAL_CHANGED)


@settings(max_examples=40)
@given(order=st.permutations(range(1, len(PARTS))))
def test_any_other_order_of_the_seals_is_found_at_the_first_that_moved(
    log: tuple[str, list[int]], order: list[int]
) -> None:
    url, _ = log
    with connected(url) as connection:
        run(connection, "UPDATE platform.seals SET number = -number")
        for old, new in enumerate(order, start=1):
            run(connection, "UPDATE platform.seals SET number = %s WHERE number = %s", new, -old)
        findings, _ = checked(connection)
        connection.rollback()
    moved = [new for old, new in enumerate(order, start=1) if old != new]
    assert [each.seal for each in findings] == sorted(moved)


@settings(max_examples=30)
@given(removed=st.sets(st.integers(1, len(PARTS) - 2), min_size=1))
def test_any_seals_removed_before_the_last_are_found_at_the_first(
    log: tuple[str, list[int]], removed: set[int]
) -> None:
    url, _ = log
    with connected(url) as connection:
        run(connection, "DELETE FROM platform.seals WHERE number = ANY(%s)", list(removed))
        findings, _ = checked(connection)
        connection.rollback()
    assert (findings[0].wrong, findings[0].seal) == (Wrong.SEAL_REMOVED, min(removed))
