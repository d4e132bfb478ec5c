"""`chengce systems check` against a running platform, and against one that is broken on purpose."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.application.systems.conformance.cases import CASES
from shared.security.actor import Role
from tests.services.application.systems.outside import Connection, connect
from tests.system.platform import Platform, platform

pytestmark = pytest.mark.system
ROOT = Path(__file__).resolve().parents[4]
HOP = {"host", "content-length", "connection", "transfer-encoding", "content-encoding"}
NAMES = {case.__name__.replace("_", "-") for case in CASES}


@pytest_asyncio.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    async with platform(tmp_path_factory.mktemp("systems") / "data") as started:
        yield started


@pytest_asyncio.fixture(scope="module")
async def connection(running: Platform) -> Connection:
    return await connect(running, "gxj")


async def checked(*arguments: str, **environment: str) -> tuple[int, str]:
    """The command as a developer runs it."""
    code = "from services.application.systems.cli import app; app()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, "check", *arguments,
        env=os.environ | {"COLUMNS": "250"} | environment, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_a_platform_as_it_is_passes_every_case(connection: Connection) -> None:
    code, output = await checked(
        "--url", connection.url, "--client-id", connection.client_id, "--sample",
        CHENGCE_SYSTEM_SECRET=connection.secret,
    )  # fmt: skip
    assert (code, f"通过{len(NAMES)}项，未通过0项，未检查0项。" in output) == (0, True), output
    assert connection.secret not in output


async def test_wrong_credentials_fail_it(connection: Connection) -> None:
    code, output = await checked("--url", connection.url, "--client-id", connection.client_id, "--secret", "wrong")
    assert code == 1
    assert "应为 200" in output and "没有领到令牌" in output
    code, output = await checked("--url", "http://127.0.0.1:9", "--client-id", "x", "--secret", "x")
    assert (code, "连接不上" in output) == (1, True)


async def test_without_a_sample_it_works_on_what_waits_and_decides_nothing(running: Platform) -> None:
    quiet = await connect(running, "kjj")
    nothing = await quiet.verdicts(sample=False)
    assert {name for name, each in nothing.items() if each.outcome == "skipped"} >= {"take-twice", "result"}
    samples = await quiet.verdicts()
    assert {each.outcome for each in samples.values()} == {"passed"}, samples
    waiting = await quiet.verdicts(sample=False)
    outcomes = {name: each.outcome for name, each in waiting.items()}
    assert {name for name, outcome in outcomes.items() if outcome != "passed"} == {"result", "suspended"}, waiting
    assert outcomes["result"] == outcomes["suspended"] == "skipped"


def anybody_gets_a_token(connection: Connection) -> Callable[[httpx.Request], None]:
    right = httpx.BasicAuth(connection.client_id, connection.secret)

    def change(request: httpx.Request) -> None:
        if request.url.path.endswith("/token"):
            next(right.auth_flow(request))

    return change


def keys_are_forgotten(_connection: Connection) -> Callable[[httpx.Request], None]:
    def change(request: httpx.Request) -> None:
        if "Idempotency-Key" in request.headers:
            request.headers["Idempotency-Key"] = uuid4().hex

    return change


def every_token_is_believed(connection: Connection) -> Callable[[httpx.Request], None]:
    answer = httpx.post(
        f"{connection.url}/api/application/system/token",
        data={"grant_type": "client_credentials"},
        auth=(connection.client_id, connection.secret),
    )
    token = answer.json()["access_token"]

    def change(request: httpx.Request) -> None:
        if request.url.path.startswith("/api/application/system/") and not request.url.path.endswith("/token"):
            request.headers["Authorization"] = f"Bearer {token}"

    return change


def everybody_sees_everything(connection: Connection) -> Callable[[httpx.Request], None]:
    bureau = connection.running.headers(Role.DATA_BUREAU, department="szj")

    def change(request: httpx.Request) -> None:
        if request.method == "GET" and "/system/applications/" in request.url.path:
            request.url = request.url.copy_with(path=request.url.path.replace("/system/", "/"))
            request.headers.update(bureau)

    return change


def as_they_are(_connection: Connection) -> Callable[[httpx.Request], None]:
    return lambda _request: None


def the_feed_is_backwards(body: Any) -> Any:
    return body | {"events": body["events"][::-1]} if isinstance(body, dict) and "events" in body else body


def the_feed_forgets_its_place(body: Any) -> Any:
    """Every page says that the first one follows."""
    return body | {"next": "MA"} if isinstance(body, dict) and body.get("more") else body


def one_mistake_at_a_time(body: Any) -> Any:
    return body | {"errors": body["errors"][:1]} if isinstance(body, dict) and "errors" in body else body


def unchanged(body: Any) -> Any:
    return body


@asynccontextmanager
async def broken(
    connection: Connection, before: Callable[[httpx.Request], None], after: Callable[[Any], Any]
) -> AsyncIterator[str]:
    """The platform behind a door that changes what is asked, or what is answered."""
    async with httpx.AsyncClient(base_url=connection.url, timeout=40) as inner:

        async def passed_on(request: Request) -> Response:
            headers = {name: value for name, value in request.headers.items() if name not in HOP}
            target = f"{request.url.path}?{request.url.query}"
            asked = inner.build_request(request.method, target, headers=headers, content=await request.body())
            before(asked)
            answer = await inner.send(asked)
            kept = {name: value for name, value in answer.headers.items() if name not in HOP}
            try:
                content = orjson.dumps(after(answer.json()))
            except ValueError:
                content = answer.content
            return Response(content, answer.status_code, kept)

        app = Starlette(routes=[Route("/{path:path}", passed_on, methods=["GET", "POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        door = socket.create_server(("127.0.0.1", 0))  # who comes before it serves waits in the line
        serving = asyncio.create_task(server.serve([door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@pytest.mark.parametrize(
    ("before", "after", "failing"),
    [
        (as_they_are, unchanged, set()),
        (anybody_gets_a_token, unchanged, {"wrong-secret"}),
        (keys_are_forgotten, unchanged, {"take-twice"}),
        (every_token_is_believed, unchanged, {"no-token", "forged-token", "expired-token"}),
        (as_they_are, the_feed_is_backwards, {"feed-in-order", "feed-resumes"}),
        (everybody_sees_everything, unchanged, {"own-department-only", "release"}),
        (as_they_are, the_feed_forgets_its_place, {"feed-resumes"}),
        (as_they_are, one_mistake_at_a_time, {"all-at-once"}),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
async def test_a_platform_that_is_broken_fails_just_there(
    connection: Connection,
    before: Callable[[Connection], Callable[[httpx.Request], None]],
    after: Callable[[Any], Any],
    failing: set[str],
) -> None:
    async with broken(connection, before(connection), after) as url:
        verdicts = await connection.verdicts(url)
    assert set(verdicts) == NAMES
    failed = {name: each.saw for name, each in verdicts.items() if each.outcome == "failed"}
    assert set(failed) == failing, failed
    assert all(saw.endswith("。") for saw in failed.values())
