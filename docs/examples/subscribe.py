"""Another system hears the platform: the events of one service, each kept once, in order, over restarts on either side.

    NATS_URL=nats://USER:PASSWORD@HOST:4222 python subscribe.py application --department gxj

Needs `nats-py` alone. Events and the last `ce-sequence` are kept in one transaction, here in SQLite.
"""

import argparse
import asyncio
import os
import sqlite3

import nats
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy


def take(store: sqlite3.Connection, service: str, message: Msg, *, whole_stream: bool) -> bool:
    """Keeps the event unless it is there already. Raises LookupError when events before it are missing."""
    headers = message.headers or {}
    sequence, previous = int(headers["ce-sequence"]), int(headers["ce-previous"])
    row = store.execute("SELECT max(sequence) FROM events WHERE service = ?", (service,)).fetchone()
    last = row[0] or 0
    if sequence <= last:
        return False  # a repeat
    # `ce-previous` is the event before in the whole stream; one department's events alone leave out some on purpose.
    if whole_stream and previous != last:
        raise LookupError(f"{service}: {previous} comes before {sequence}, but the last one here is {last}")
    with store:  # commits what the event leads to together with its place
        kept = (service, sequence, headers["ce-type"], message.data.decode())
        store.execute("INSERT INTO events VALUES (?, ?, ?, ?)", kept)
    print(*kept[1:], flush=True)  # noqa: T201
    return True


async def main() -> None:
    """Until stopped, or until so many new events were taken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("service")
    parser.add_argument("--department", help="code; without it the whole stream")
    parser.add_argument("--store", default="events.sqlite")
    parser.add_argument("--limit", type=int, default=0)
    asked = parser.parse_args()
    store = sqlite3.connect(asked.store)
    store.execute("CREATE TABLE IF NOT EXISTS events (service, sequence, type, body, PRIMARY KEY (service, sequence))")
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), max_reconnect_attempts=-1)
    subject = f"chengce.{asked.service}.*.{asked.department}" if asked.department else f"chengce.{asked.service}.>"
    subscription = await connection.jetstream().subscribe(
        subject, ordered_consumer=True, config=ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
    )
    left = asked.limit or -1
    async for message in subscription.messages:
        left -= take(store, asked.service, message, whole_stream=not asked.department)
        if left == 0:
            break
    await connection.close()


asyncio.run(main())
