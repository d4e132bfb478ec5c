"""Applications as people make them: files uploaded, answers handed in, opinions given, over HTTP; and the stores alone."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from obstore import put_async
from obstore.store import S3Store

from bench.client import Connection, connected, get, post
from bench.plan import Scale
from bench.stage import serving
from shared.runtime.settings import Settings
from shared.security.actor import Actor
from shared.security.tokens import issue
from tests.services.application.city import City
from tests.support.running import services_with
from tests.support.s3 import ACCESS_KEY, BUCKET, SECRET_KEY, S3Server, s3_server

SERVICE = "application"
FILES = 3
FILE = b"%PDF-1.7 " + os.urandom(200_000 - 9)
PLAIN, WITH_FILES = "bench-plain", "bench-files"
NAME = {"name": {"type": "string", "title": "名称", "maxLength": 100}}
INVOICES = {
    "type": "array", "title": "发票", "minItems": FILES, "maxItems": FILES, "uniqueItems": True,
    "items": {"type": "string", "format": "file", "x-accept": ["application/pdf"], "x-most-mb": 1},
}  # fmt: skip
FORMS: Mapping[str, dict[str, Any]] = {PLAIN: NAME, WITH_FILES: NAME | {"invoices": INVOICES}}
CAUGHT_UP_SECONDS = 120.0


@dataclass(frozen=True)
class Doors:
    """Settings of the service over either store, and the S3 server itself. `enterprise` applies."""

    folder: Settings
    bucket: Settings
    s3: S3Server
    enterprise: Actor


@asynccontextmanager
async def doors(settings: Settings, enterprise: Actor) -> AsyncIterator[Doors]:
    """Two items are published, each with a form; then their services rest, and each measurement starts its own process."""
    folder = Path(tempfile.mkdtemp(prefix="chengce-bench-objects-"))
    own = settings.model_copy(update={"database_prefix": f"b{uuid4().hex[:10]}_", "data_dir": folder})
    try:
        with s3_server() as s3:
            async with services_with(("registry", "policy", SERVICE), own) as running:
                city = City(running)
                for code, properties in FORMS.items():
                    await city.publish(code, procedure="simple")
                    form = {"answers": {"type": "object", "properties": properties, "required": list(properties)}}
                    path = f"/api/{SERVICE}/forms/{code}"
                    answer = await running.client.put(path, json=form, headers=city.maker)
                    answer.raise_for_status()
            yield Doors(own, own.model_copy(update=s3.settings("bench")), s3, enterprise)
    finally:
        shutil.rmtree(folder)


async def applied_rate(doors: Doors, settings: Settings, scale: Scale, code: str) -> float:
    """Submissions a second, each with the files that its form wants, uploaded one after the other before it."""
    headers = signed_in(settings, doors.enterprise)
    upload = post(f"/api/{SERVICE}/attachments", FILE, headers)

    async def one(connection: Connection) -> None:
        answers: dict[str, Any] = {"name": "样例（样例）"}
        if code == WITH_FILES:
            answers["invoices"] = [(await _asked(connection, upload))["id"] for _ in range(FILES)]
        form = {"item_code": code, "enterprise": doors.enterprise.enterprise, "answers": answers}
        await _asked(connection, post(f"/api/{SERVICE}/applications", orjson.dumps(form), headers))

    async with serving(SERVICE, settings) as port:
        rate = await _rate(port, scale, one)
        await _caught_up(port)
    return rate


async def opined_rate(
    doors: Doors, scale: Scale, officer: Actor, prepared: Callable[[str], Awaitable[None]], steps: tuple[str, ...]
) -> float:
    """Opinions a second, each of which ends its step and begins the next, from clients with an application each."""
    headers, run, done, took = signed_in(doors.folder, officer), uuid4().hex[:8], 0, 0.0
    opinion = orjson.dumps({"opinion": "同意（样例）。"})

    async def through(port: int, number: str) -> None:
        connection = await connected(port)
        for step in steps:
            path = f"/api/{SERVICE}/applications/{number}/steps/{step}/opinion"
            await _asked(connection, post(path, opinion, headers))
        connection.close()

    async with serving(SERVICE, doors.folder) as port:
        while took < scale.seconds:
            numbers = [f"SB{run}-{done}-{n}" for n in range(scale.load_clients)]
            await asyncio.gather(*map(prepared, numbers))
            began = time.perf_counter()
            await asyncio.gather(*(through(port, number) for number in numbers))
            took += time.perf_counter() - began
            done += len(steps) * len(numbers)
        await _caught_up(port)
    return done / took


async def flushed_rate(doors: Doors, scale: Scale) -> float:
    """The files of as many submissions a second, written and flushed by threads and nothing else."""
    folder = doors.folder.data_dir / "alone"
    folder.mkdir(exist_ok=True)

    def write() -> None:
        unfinished = folder / uuid4().hex
        with unfinished.open("xb") as file:
            file.write(FILE)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(folder / f"{unfinished.name}.pdf")
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    return await _sets(scale, lambda: asyncio.to_thread(write))


async def stored_rate(doors: Doors, scale: Scale) -> float:
    """The files of as many submissions a second, put into the bucket by the library and nothing else."""
    bucket = S3Store(
        BUCKET, prefix="alone", client_options={"allow_http": True},
        config={"endpoint": doors.s3.endpoint, "region": "us-east-1", "access_key_id": ACCESS_KEY,
                "secret_access_key": SECRET_KEY},
    )  # fmt: skip

    async def put() -> None:
        await put_async(bucket, uuid4().hex, FILE, use_multipart=False)

    return await _sets(scale, put)


def signed_in(settings: Settings, actor: Actor) -> dict[str, str]:
    """Headers of somebody."""
    token = issue(actor, settings.require_secret(), datetime(2020, 1, 1, tzinfo=UTC), timedelta(days=36_500))
    return {"Authorization": f"Bearer {token}"}


async def _sets(scale: Scale, put: Callable[[], Awaitable[None]]) -> float:
    """Sets of files a second, by as many clients as apply."""
    done, began = 0, time.perf_counter()

    async def client() -> None:
        nonlocal done
        while time.perf_counter() - began < scale.seconds:
            for _ in range(FILES):
                await put()
            done += 1

    await asyncio.gather(*(client() for _ in range(scale.load_clients)))
    return done / (time.perf_counter() - began)


async def _rate(port: int, scale: Scale, one: Callable[[Connection], Awaitable[None]]) -> float:
    connections = [await connected(port) for _ in range(scale.load_clients)]
    await one(connections[0])  # what is loaded at the first time
    done, began = 0, time.perf_counter()

    async def client(connection: Connection) -> None:
        nonlocal done
        while time.perf_counter() - began < scale.seconds:
            await one(connection)
            done += 1
        connection.close()

    await asyncio.gather(*map(client, connections))
    return done / (time.perf_counter() - began)


async def _asked(connection: Connection, request: bytes) -> Any:
    """The answer. Raises RuntimeError for one that is a refusal."""
    answer = await connection.ask(request)
    if answer.status not in (200, 201):
        raise RuntimeError(f"answered {answer.status}: {answer.body.decode()[:500]}")
    return json.loads(answer.body)


async def _caught_up(port: int) -> None:
    """Until what was measured has been relayed and projected: it must not be done under the next measurement."""
    connection = await connected(port)
    async with asyncio.timeout(CAUGHT_UP_SECONDS):
        while True:
            (state,) = json.loads((await connection.ask(get("/readyz", {}))).body)
            if state["ready"] and not any(each["lag"] for each in state["consumers"]):
                break
            await asyncio.sleep(0.1)
    connection.close()
