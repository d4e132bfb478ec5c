"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from shared.messaging.bus import connect
from tests.support.servers import database_address, database_server, nats_server

LIBRARIES = (
    "eventsourcing", "psycopg", "nats-py", "faststream", "fastapi", "uvicorn", "httptools",
    "pydantic", "orjson", "sqlalchemy", "sqlmodel",
)  # fmt: skip


async def machine() -> dict[str, Any]:
    """Processor, memory, kernel, and the versions of Python, of the libraries and of the servers themselves."""
    with database_server() as url, psycopg.connect(database_address(url, "postgres")) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    with nats_server() as url:
        bus = await connect(url, "bench")
        its = bus.connected_server_version
        await bus.close()
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "libraries": {name: version(name) for name in LIBRARIES},
        "servers": {"postgresql": row[0] if row else "", "nats-server": f"{its.major}.{its.minor}.{its.patch}"},
    }


def processor() -> str:
    """The model of the processor, as the kernel names it."""
    found = re.search(r"^(?:model name|CPU part)\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def load_average() -> list[float]:
    """Of the last 1, 5 and 15 minutes: what else ran here."""
    return [round(each, 2) for each in os.getloadavg()]
