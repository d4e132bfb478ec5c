"""`python -m bench`: measures, prints, and writes build/bench.json."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.commands import ledger_commands, ledger_on, peer, peer_saves
from bench.delivery import feed_rate, relay_rate, window_rate
from shared.messaging.bus import connect
from tests.support.servers import database_server, nats_server, new_database

ROUNDS = 5
COMMANDS = 1024
EVENTS = 20_000


async def measure() -> dict[str, list[float]]:
    """All figures, rounds interleaved so that a noisy moment meets all of them."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    with database_server() as server, new_database(server, "ours") as ours, new_database(server, "peer") as theirs:
        ledger, app = ledger_on(ours), peer(theirs)
        for _ in range(ROUNDS):
            for clients in (1, 8, 64):
                found[f"commands, {clients} clients: ledger"].append(await ledger_commands(ledger, clients, COMMANDS))
                rate = await asyncio.to_thread(peer_saves, app, clients, COMMANDS)
                found[f"commands, {clients} clients: eventsourcing save"].append(rate)
        ledger.close()
        ledger.recorder.datastore.close()
        app.close()
    for _ in range(ROUNDS):
        with nats_server() as url:
            nc = await connect(url, "bench")
            found["delivery: pipelined windows of 1000"].append(await window_rate(nc, EVENTS))
            found["delivery: relay, atomic batches"].append(await relay_rate(nc, EVENTS))
            found["delivery: feed, decoded"].append(await feed_rate(nc, EVENTS))
            await nc.close()
    return found


def main() -> None:
    """Prints medians with their spread; ratios are what can be compared between machines."""
    found = asyncio.run(measure())
    table = Table("figure", "per second (median)", "min", "max")
    for name, values in found.items():
        table.add_row(name, *(f"{v:,.0f}" for v in (statistics.median(values), min(values), max(values))))
    Console().print(table)
    machine = {"cpus": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    target = Path("build/bench.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({"machine": machine, "rounds": ROUNDS, "per_second": found}, indent=1))


if __name__ == "__main__":
    main()
