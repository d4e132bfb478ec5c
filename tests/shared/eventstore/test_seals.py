"""Whoever can write to the database cannot touch what is sealed without being found, and the first touch is named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import psycopg
import pytest

from shared.eventstore.seals import LEAF, MOST_EVENTS, Sealer, SealsMovedError
from shared.eventstore.verification import Finding, Verification, Wrong
from shared.runtime.tables import create_tables
from shared.security.keystore import PostgresKeyStore
from shared.security.personal import ErasedError, PersonalVault
from shared.security.signatures import KeyRing, PublicKey, SigningKey
from tests.support.counting import count, ledger_on
from tests.support.sealed import PARTS, SECRET, SERVICE, checked, connected, sealed_log, signing, write
from tests.support.servers import new_database

Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
async def log(database_url: str) -> AsyncIterator[tuple[str, list[int]]]:
    """A sealed log that every test leaves as it was."""
    with new_database(database_url, "seals") as url:
        yield url, await sealed_log(url)


@pytest.fixture
def positions(log: tuple[str, list[int]]) -> list[int]:
    return log[1]


@pytest.fixture
def touched(log: tuple[str, list[int]]) -> Iterator[Connection]:
    """A connection whose changes are rolled back."""
    with connected(log[0]) as connection:
        yield connection
        connection.rollback()


def first(connection: Connection) -> Finding:
    findings, _ = checked(connection)
    assert findings
    return findings[0]


def of(connection: Connection, position: int) -> tuple[str, int]:
    row = connection.execute(
        "SELECT originator_id, originator_version FROM stored_events WHERE notification_id = %s", (position,)
    ).fetchone()
    assert row
    return row[0], row[1]


def test_an_untouched_log_with_holes_verifies_and_says_what_is_not_yet_sealed(
    touched: Connection, positions: list[int]
) -> None:
    findings, verification = checked(touched)
    assert findings == []
    assert (verification.seals, verification.events, verification.unsealed) == (4, sum(PARTS[:-1]), PARTS[-1])
    assert verification.head.log_position == positions[-1]
    assert positions[-1] > len(positions), "there are holes"


@pytest.mark.parametrize(
    "change",
    [
        "state = set_byte(state, 30, get_byte(state, 30) # 1)",
        "state = state || ' '",
        "state = NULL",
        "topic = 'testing.other'",
        "topic = 'testing.coUnted'",
        "topic = NULL",
        "originator_version = 99",
        "originator_id = 'counter-9'",
    ],
)
def test_a_changed_event_is_named(touched: Connection, positions: list[int], change: str) -> None:
    at = positions[8]
    touched.execute(f"UPDATE stored_events SET {change} WHERE notification_id = %s", (at,))
    found = first(touched)
    assert (found.wrong, found.position, found.seal) == (Wrong.EVENT_CHANGED, at, 3)
    assert (found.aggregate, found.version) == of(touched, at)
    assert len(checked(touched)[0]) == 1


def test_of_several_changes_the_first_comes_first(touched: Connection, positions: list[int]) -> None:
    for at in (positions[12], positions[3], positions[16]):
        touched.execute("UPDATE stored_events SET topic = 'x' WHERE notification_id = %s", (at,))
    findings, _ = checked(touched)
    assert [each.position for each in findings] == [positions[3], positions[12], positions[16]]


def test_a_removed_event_is_named_by_the_hole_in_its_aggregate(touched: Connection, positions: list[int]) -> None:
    at = positions[4]
    aggregate, version = of(touched, at)
    touched.execute("DELETE FROM stored_events WHERE notification_id = %s", (at,))
    found = first(touched)
    assert (found.wrong, found.position, found.seal) == (Wrong.EVENT_REMOVED, at, 1)
    assert (found.aggregate, found.version) == (aggregate, version)


def test_a_removed_run_of_events_is_found_whole(touched: Connection, positions: list[int]) -> None:
    run = positions[3:12]
    touched.execute("DELETE FROM stored_events WHERE notification_id = ANY(%s)", (run,))
    findings, _ = checked(touched)
    assert [(each.wrong, each.position) for each in findings] == [(Wrong.EVENT_REMOVED, each) for each in run]


def test_the_last_sealed_event_removed_is_found(touched: Connection, positions: list[int]) -> None:
    last = positions[sum(PARTS[:-1]) - 1]
    touched.execute("DELETE FROM stored_events WHERE notification_id = %s", (last,))
    found = first(touched)
    assert (found.wrong, found.position, found.seal) == (Wrong.EVENT_REMOVED, last, 4)


def test_a_whole_log_removed_is_found(touched: Connection, positions: list[int]) -> None:
    touched.execute("DELETE FROM stored_events")
    findings, _ = checked(touched)
    assert [each.position for each in findings] == positions[: sum(PARTS[:-1])]


def holes_of(positions: list[int]) -> list[int]:
    return sorted(set(range(1, positions[-1])) - set(positions))


def test_an_event_inserted_at_an_old_hole_is_named(touched: Connection, positions: list[int]) -> None:
    for hole in holes_of(positions)[:3]:
        touched.execute(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id)"
            " VALUES ('counter-new', %s, 'testing.counted', '{}', %s)",
            (hole, hole),
        )
        found = first(touched)
        assert (found.wrong, found.position) == (Wrong.EVENT_INSERTED, hole)
        assert (found.aggregate, found.version, found.topic) == ("counter-new", hole, "testing.counted")
        touched.rollback()


@pytest.mark.parametrize("position", [0, -7, -(2**63)])
def test_an_event_inserted_before_the_first_is_named(touched: Connection, position: int) -> None:
    touched.execute("INSERT INTO stored_events VALUES ('counter-new', 1, 'testing.counted', '{}', %s)", (position,))
    found = first(touched)
    assert (found.wrong, found.position) == (Wrong.EVENT_INSERTED, position)


def test_an_event_inserted_between_others_that_were_moved_up_is_named(
    touched: Connection, positions: list[int]
) -> None:
    """Positions as if nothing had been: the first that is not what it was is the inserted one."""
    at = positions[6]
    touched.execute(
        "UPDATE stored_events SET notification_id = -notification_id - 1 WHERE notification_id >= %s", (at,)
    )
    touched.execute("UPDATE stored_events SET notification_id = -notification_id WHERE notification_id < 0")
    touched.execute("INSERT INTO stored_events VALUES ('counter-new', 1, 'testing.counted', '{}', %s)", (at,))
    found = first(touched)
    assert (found.wrong, found.position, found.aggregate) == (Wrong.EVENT_CHANGED, at, "counter-new")


def test_a_second_event_at_a_taken_position_is_named_though_no_index_forbids_it(
    touched: Connection, positions: list[int]
) -> None:
    touched.execute("DROP INDEX stored_events_notification_id_idx")
    touched.execute("INSERT INTO stored_events VALUES ('counter-new', 1, 'testing.counted', '{}', %s)", (positions[9],))
    findings, _ = checked(touched)
    assert {each.position for each in findings} == {positions[9]}
    assert Wrong.EVENT_INSERTED in {each.wrong for each in findings}


def test_swapped_positions_are_found_at_the_first_of_both(touched: Connection, positions: list[int]) -> None:
    one, two = positions[2], positions[13]
    for old, new in ((one, -1), (two, one), (-1, two)):
        touched.execute("UPDATE stored_events SET notification_id = %s WHERE notification_id = %s", (new, old))
    findings, _ = checked(touched)
    assert [(each.wrong, each.position) for each in findings] == [
        (Wrong.EVENT_CHANGED, one),
        (Wrong.EVENT_CHANGED, two),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "leaves = set_byte(leaves, 50, get_byte(leaves, 50) # 1)",
        "leaves = substr(leaves, 1, 40)",
        "root = set_byte(root, 0, get_byte(root, 0) # 1)",
        "previous = set_byte(previous, 0, get_byte(previous, 0) # 1)",
        "first_position = first_position - 1",
        "last_position = last_position + 1",
        "events = events + 1",
        "algorithm = 'sm3/ed25519'",
        "key_id = 'another'",
        "sealed_at = sealed_at - interval '1 microsecond'",
        "sealed_at = 'infinity'",
    ],
)
def test_a_changed_seal_is_named(touched: Connection, change: str) -> None:
    touched.execute(f"UPDATE platform.seals SET {change} WHERE number = 3")
    found = first(touched)
    assert (found.wrong, found.seal) == (Wrong.SEAL_CHANGED, 3)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("signature = set_byte(signature, 5, get_byte(signature, 5) # 1)", Wrong.SEAL_FORGED),
        ("signature = ''", Wrong.SEAL_FORGED),
        ("algorithm = 'md5/none'", Wrong.SEAL_ALGORITHM_UNKNOWN),
    ],
)
def test_a_forged_signature_and_an_unknown_algorithm_are_named(touched: Connection, change: str, wrong: Wrong) -> None:
    touched.execute(f"UPDATE platform.seals SET {change} WHERE number = 2")
    found = first(touched)
    assert (found.wrong, found.seal) == (wrong, 2)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_removed_seal_is_named(touched: Connection, number: int) -> None:
    touched.execute("DELETE FROM platform.seals WHERE number = %s", (number,))
    assert checked(touched)[0] == [Finding(Wrong.SEAL_REMOVED, seal=number)]


def test_reordered_seals_are_found(touched: Connection) -> None:
    for old, new in ((2, -2), (3, 2), (-2, 3)):
        touched.execute("UPDATE platform.seals SET number = %s WHERE number = %s", (new, old))
    found = first(touched)
    assert (found.wrong, found.seal) == (Wrong.SEAL_CHANGED, 2)


def test_a_seal_before_the_first_is_found(touched: Connection) -> None:
    touched.execute("INSERT INTO platform.seals SELECT 0, first_position, last_position, events, leaves, root, previous,"
                    " algorithm, key_id, signature, sealed_at FROM platform.seals WHERE number = 1")  # fmt: skip
    found = first(touched)
    assert (found.wrong, found.seal) == (Wrong.SEAL_INSERTED, 0)


async def test_a_log_that_was_sealed_again_with_another_key_is_found(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("resealed")
    await sealed_log(url, signing(secret=b"x" * 40))
    with connected(url) as connection:
        found = first(connection)
    assert (found.wrong, found.seal) == (Wrong.SEAL_KEY_UNKNOWN, 1)


async def test_seals_cut_off_and_made_anew_with_the_right_key_are_found_by_a_noted_head(
    fresh_database: Callable[[str], str],
) -> None:
    url = fresh_database("headed")
    positions = await sealed_log(url)
    with connected(url) as connection:
        noted = checked(connection)[1].head
        assert checked(connection, noted=noted)[0] == []
        connection.execute("DELETE FROM platform.seals WHERE number >= 3")
        connection.execute("DELETE FROM stored_events WHERE notification_id >= %s", (positions[6],))
        connection.commit()
        assert checked(connection)[0] == [], "what is left is in itself whole"
        found = [each.wrong for each in checked(connection, noted=noted)[0]]
        assert found == [Wrong.SEALS_TRUNCATED, Wrong.LOG_TRUNCATED]
        for _ in range(3):
            write(connection, 4)
            sealer = Sealer(url, SERVICE, signing())
            await sealer.seal_next()
            await sealer.close()
        found = [each.wrong for each in checked(connection, noted=noted)[0]]
    assert found == [Wrong.HEAD_DIFFERS, Wrong.LOG_TRUNCATED]


async def test_a_seal_made_anew_with_the_right_key_does_not_fit_the_one_after_it(
    fresh_database: Callable[[str], str],
) -> None:
    url = fresh_database("remade")
    positions = await sealed_log(url, parts=(3, 3, 3, 1))
    with connected(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT * FROM platform.seals WHERE number = 3")
        connection.execute(
            "CREATE TABLE later AS SELECT * FROM stored_events WHERE notification_id >= %s", (positions[6],)
        )
        connection.execute("DELETE FROM platform.seals WHERE number >= 2")
        connection.execute("DELETE FROM stored_events WHERE notification_id >= %s", (positions[6],))
        connection.commit()
        sealer = Sealer(url, SERVICE, signing())
        await sealer.seal_next()
        await sealer.close()
        connection.execute("INSERT INTO platform.seals SELECT * FROM kept")
        connection.execute("INSERT INTO stored_events SELECT * FROM later")
        assert checked(connection)[0] == [Finding(Wrong.CHAIN_BROKEN, positions[6], seal=3)]


def test_what_the_stream_has_and_the_log_has_not_is_found(touched: Connection, positions: list[int]) -> None:
    verification = Verification(touched, SERVICE, KeyRing(SECRET))
    assert list(verification.against_stream(positions[-1])) == []
    touched.execute("DELETE FROM stored_events WHERE notification_id >= %s", (positions[-2],))
    assert list(verification.against_stream(positions[-1])) == [Finding(Wrong.LOG_BEHIND_STREAM, positions[-1])]


@pytest.mark.parametrize("algorithm", ["sha256/ed25519", "sm3/ed25519", "sha256/hmac-sha256", "sm3/hmac-sm3"])
async def test_every_algorithm_seals_and_verifies_and_is_named_in_the_seal(
    fresh_database: Callable[[str], str], algorithm: str
) -> None:
    url = fresh_database("algorithms")
    positions = await sealed_log(url, signing(algorithm), parts=(4, 3, 1))
    with connected(url) as connection:
        assert checked(connection)[0] == []
        assert connection.execute("SELECT DISTINCT algorithm FROM platform.seals").fetchall() == [(algorithm,)]
        connection.execute("UPDATE stored_events SET topic = 'x' WHERE notification_id = %s", (positions[5],))
        assert first(connection).position == positions[5]


async def test_algorithm_and_key_may_change_within_a_log_while_the_earlier_key_is_believed(
    fresh_database: Callable[[str], str],
) -> None:
    url = fresh_database("rotation")
    earlier, later = b"e" * 40, b"l" * 40
    await sealed_log(url, signing(secret=earlier), parts=(3, 2))
    sealer = Sealer(url, SERVICE, signing("sm3/ed25519", later))
    await sealer.seal_next()
    await sealer.close()
    known = [SigningKey(each, "sha256/ed25519").public for each in (earlier, later)]
    with connected(url) as connection:
        assert first(connection).wrong is Wrong.SEAL_KEY_UNKNOWN
        assert checked(connection, KeyRing(later, [known[0]]))[0] == []
        assert checked(connection, KeyRing(trusted=known))[0] == []


def test_an_auditor_verifies_with_the_public_key_alone(touched: Connection, positions: list[int]) -> None:
    ring = KeyRing(trusted=[PublicKey.from_pem(signing().public.pem.encode(), "auditor.pem")])
    assert checked(touched, ring)[0] == []
    touched.execute("UPDATE stored_events SET topic = 'x' WHERE notification_id = %s", (positions[0],))
    assert checked(touched, ring)[0][0].wrong is Wrong.EVENT_CHANGED


async def test_two_sealers_at_once_take_each_number_once_and_leave_one_chain(
    fresh_database: Callable[[str], str],
) -> None:
    url = fresh_database("rivals")
    create_tables(url)
    sealers = [Sealer(url, SERVICE, signing()) for _ in range(3)]
    with connected(url) as connection:
        for _ in range(10):
            write(connection, 3)
            results = await asyncio.gather(*(each.seal_next() for each in sealers))
            assert sum(seal is not None for seal, _ in results) >= 1
        findings, verification = checked(connection)
    assert (findings, verification.events, verification.unsealed) == ([], 30, 0)
    await asyncio.gather(*(each.close() for each in sealers))


async def test_a_log_that_is_written_while_it_is_sealed_and_verified_always_verifies(
    fresh_database: Callable[[str], str],
) -> None:
    url = fresh_database("busy")
    sealer = Sealer(url, SERVICE, signing())
    async with ledger_on(url) as ledger, ledger_on(url) as other:
        writing = asyncio.gather(
            *(each.execute_all([count(f"{n}") for n in range(40)]) for each in (ledger, other) * 30)
        )
        while not writing.done():
            await sealer.seal_next()
            findings, _ = await asyncio.to_thread(_checked_at, url)
            assert findings == []
        await writing
        while (await sealer.seal_next())[0]:
            pass
    with connected(url) as connection:
        findings, verification = checked(connection)
    assert (findings, verification.events, verification.unsealed) == ([], 2400, 0)
    await sealer.close()


def _checked_at(url: str) -> tuple[list[Finding], Verification]:
    with connected(url) as connection:
        return checked(connection)


async def test_a_seal_holds_at_most_a_thousand_events_and_waits_for_company_when_asked(
    fresh_database: Callable[[str], str],
) -> None:
    url = fresh_database("thousands")
    create_tables(url)
    sealer = Sealer(url, SERVICE, signing())
    assert await sealer.seal_next() == (None, 0)
    with connected(url) as connection:
        write(connection, 1500)
    assert (await sealer.seal_next(MOST_EVENTS))[0].events == MOST_EVENTS  # type: ignore[union-attr]
    assert await sealer.seal_next(MOST_EVENTS) == (None, 500)
    seal, _ = await sealer.seal_next()
    assert seal is not None
    assert (seal.number, seal.events, len(seal.leaves)) == (2, 500, 500 * LEAF.size)
    await sealer.close()


async def test_an_uncommitted_event_is_not_sealed(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("uncommitted")
    create_tables(url)
    sealer = Sealer(url, SERVICE, signing())
    with connected(url) as connection:
        connection.execute("INSERT INTO stored_events VALUES ('counter-a', 1, 'testing.counted', '{}')")
        assert await sealer.seal_next() == (None, 0)
        connection.commit()
        assert (await sealer.seal_next())[1] == 1
    await sealer.close()


@pytest.mark.parametrize("harm", ["DELETE FROM platform.seals", "UPDATE platform.seals SET root = '\\x00'"])
async def test_a_sealer_whose_last_seal_is_gone_or_changed_vouches_for_nothing_more(
    fresh_database: Callable[[str], str], harm: str
) -> None:
    url = fresh_database("moved")
    create_tables(url)
    sealer = Sealer(url, SERVICE, signing())
    with connected(url) as connection:
        write(connection, 3)
        await sealer.seal_next()
        connection.execute(harm)
        write(connection, 1)
        for _ in range(2):
            with pytest.raises(SealsMovedError):
                await sealer.seal_next()


async def test_erasing_a_person_leaves_the_log_as_it_was_sealed(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("erased")
    create_tables(url)
    keys = PostgresKeyStore(url)
    vault = PersonalVault(keys, SECRET.decode())
    envelope = vault.seal("caller:1", "13800000000")
    with connected(url) as connection:
        connection.execute("INSERT INTO stored_events VALUES ('ticket-1', 1, 'x', %s)", (envelope.encode(),))
        connection.commit()
        sealer = Sealer(url, SERVICE, signing())
        await sealer.seal_next()
        vault.erase("caller:1")
        with pytest.raises(ErasedError):
            vault.open(envelope)
        findings, verification = checked(connection)
    assert (findings, verification.events) == ([], 1)
    await sealer.close()
    keys.close()
