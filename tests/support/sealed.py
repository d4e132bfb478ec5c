"""A log with holes and several seals, and what somebody with access to the database might do to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import psycopg

from shared.eventstore.seals import Sealer
from shared.eventstore.verification import Finding, Head, Verification
from shared.runtime.tables import create_tables
from shared.security.signatures import KeyRing, SigningKey

SECRET = b"a-sealing-secret-for-tests-of-at-least-32-characters"
SERVICE = "testing"
# Events between the seals, by the number of events; the last ones are not sealed. Before each fourth there is a hole.
PARTS = (5, 1, 9, 6, 3)


def signing(algorithm: str = "sha256/ed25519", secret: bytes = SECRET) -> SigningKey:
    return SigningKey(secret, algorithm)


def connected(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url)


def write(connection: psycopg.Connection[Any], events: int, aggregates: int = 4) -> list[int]:
    """Stores events of some aggregates and answers with their positions; every fourth position stays a hole."""
    positions: list[int] = []
    versions = dict(
        connection.execute("SELECT originator_id, max(originator_version) FROM stored_events GROUP BY 1").fetchall()
    )
    for n in range(events):
        if n % 4 == 3:
            connection.execute("SELECT nextval('stored_events_notification_id_seq')")
        aggregate = f"counter-{(len(positions) * 7 + events) % aggregates}"
        versions[aggregate] = versions.get(aggregate, 0) + 1
        state = {"at": f"2026-03-02T01:{n % 60:02}:00+00:00", "actor": {"subject": "test"}, "command_id": str(n)}
        row = connection.execute(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)"
            " RETURNING notification_id",
            (aggregate, versions[aggregate], "testing.counted", orjson.dumps(state | {"data": {"by": n}})),
        ).fetchone()
        assert row
        positions.append(row[0])
    connection.commit()
    return positions


async def sealed_log(url: str, key: SigningKey | None = None, parts: Sequence[int] = PARTS) -> list[int]:
    """A log of such parts, all but the last of them sealed; the positions of its events."""
    create_tables(url)
    sealer = Sealer(url, SERVICE, key or signing())
    positions: list[int] = []
    with connected(url) as connection:
        for n, part in enumerate(parts):
            positions += write(connection, part)
            if n < len(parts) - 1:
                assert (await sealer.seal_next())[0]
    await sealer.close()
    return positions


def checked(
    connection: psycopg.Connection[Any], ring: KeyRing | None = None, noted: Head | None = None
) -> tuple[list[Finding], Verification]:
    """Everything that is wrong, and the verification that found it."""
    verification = Verification(connection, SERVICE, ring or KeyRing(SECRET))
    findings = list(verification.findings())
    return findings + (list(verification.against(noted)) if noted else []), verification
