"""The front door: what it shows, and how it passes requests on to services in other processes."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.portal.doors import SMALL_BYTES
from shared.embedded.address import port_of, reserved_port
from shared.runtime.health import Readiness
from tests.support.running import Running, running_services
from tests.support.sms_receiver import listening, serving, url_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
READY = Readiness(
    service="policy",
    title="政策",
    ready=True,
    database=True,
    bus=True,
    leading=True,
    log_position=7,
    published_position=7,
)


def far_app() -> FastAPI:
    """A service in another place: says back what it was asked, and is ready."""
    app = FastAPI()

    @app.api_route("/api/policy/headers", methods=["GET", "HEAD"])
    async def headers(request: Request) -> Response:
        return JSONResponse(dict(request.headers))

    @app.get("/api/policy/cookies")
    async def cookies() -> Response:
        answer = Response(gzip.compress("压缩".encode()), headers={"content-encoding": "gzip"})
        answer.set_cookie("a", "1")
        answer.set_cookie("b", "2")
        return answer

    @app.get("/api/policy/moved")
    async def moved(request: Request) -> Response:
        return RedirectResponse(request.url.replace(path="/api/policy/here"))

    @app.api_route("/api/policy/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    async def echo(request: Request) -> Response:
        body = await request.body()
        told = f"{request.method} {request.scope['raw_path'].decode()}?{request.url.query} {request.headers.get('x-asked')}"
        return Response(told.encode() + b" " + body, 418, {"x-told": "yes"})

    @app.get("/readyz")
    async def readyz() -> list[Readiness]:
        return [READY]

    return app


def failing_app() -> FastAPI:
    """A service that answers, but not with its readiness."""
    app = FastAPI()

    @app.get("/readyz")
    async def readyz() -> Response:
        return JSONResponse({"code": "platform.failed"}, 500)

    return app


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A service that dies over a request."""
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()


@pytest.fixture(scope="module")
async def portal(database_url: str) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        nobody = stack.enter_context(reserved_port())
        far, failing = stack.enter_context(listening()), stack.enter_context(listening())
        await stack.enter_async_context(serving(far_app(), far))
        await stack.enter_async_context(serving(failing_app(), failing))
        dying = await stack.enter_async_context(await asyncio.start_server(hang_up, "127.0.0.1", 0))
        urls = {
            "policy": url_of(far),
            "notify": url_of(failing),
            "application": f"http://127.0.0.1:{dying.sockets[0].getsockname()[1]}",
            "hotline": f"http://127.0.0.1:{port_of(nobody)}",
        }
        yield await stack.enter_async_context(running_services("portal", database_url=database_url, service_urls=urls))


async def test_a_request_is_passed_on_and_answered_as_it_is(portal: Running) -> None:
    path = "/api/policy/items/%E6%A0%B7%E4%BE%8B%2F1?q=%E9%AB%98%E4%BC%81&a=1&a=2"
    answer = await portal.client.post(path, content=b"\x00raw\xff", headers={"x-asked": "this"})
    assert answer.status_code == 418
    assert answer.headers["x-told"] == "yes"
    expected = b"POST /api/policy/items/%E6%A0%B7%E4%BE%8B%2F1?q=%E9%AB%98%E4%BC%81&a=1&a=2 this \x00raw\xff"
    assert answer.content == expected


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("size", [1, SMALL_BYTES, SMALL_BYTES + 1, 3 * 2**20])
async def test_a_body_of_any_size_comes_through_whole(portal: Running, size: int, told: bool) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, size, 50_000):
            yield content[at : at + 50_000]

    headers = {"Content-Length": str(size)} if told else {}
    answer = await portal.client.post("/api/policy/echo", content=pieces(), headers=headers)
    assert answer.status_code == 418
    assert answer.content.partition(b"None ")[2] == content


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_method_is_passed_on(portal: Running, method: str) -> None:
    answer = await portal.client.request(method, "/api/policy/documents")
    assert answer.text.startswith(f"{method} /api/policy/documents?")


@pytest.mark.parametrize("name", ["惠企政策", "a b", "a%b", "a+b", "a;b=c", "..%2f", "a?b#c", "(x)'*!"])
async def test_a_path_reaches_the_service_as_it_was_written(portal: Running, name: str) -> None:
    path = f"/api/policy/documents/{quote(name, safe='')}"
    assert (await portal.client.get(path)).text.startswith(f"GET {path}? ")


async def test_a_path_in_plain_chinese_reaches_the_service_encoded(portal: Running) -> None:
    answer = await portal.client.get("/api/policy/惠企?q=政策")
    assert answer.text.startswith(f"GET /api/policy/{quote('惠企')}?q={quote('政策')} ")


async def test_an_answer_to_head_has_its_headers_and_no_body(portal: Running) -> None:
    shown = await portal.client.get("/api/policy/headers")
    head = await portal.client.head("/api/policy/headers")
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", "application/json")
    assert int(shown.headers["content-length"]) == len(shown.content)


async def test_a_compressed_answer_and_its_cookies_come_through_untouched(portal: Running) -> None:
    answer = await portal.client.get("/api/policy/cookies")
    assert answer.text == "压缩"
    assert [cookie.partition(";")[0] for cookie in answer.headers.get_list("set-cookie")] == ["a=1", "b=2"]


async def test_the_service_hears_who_asked_whatever_the_caller_says_of_himself(portal: Running) -> None:
    sent = {"x-forwarded-for": "8.8.8.8", "authorization": "Bearer x", "connection": "close"}
    heard: dict[str, Any] = (await portal.client.get("/api/policy/headers", headers=sent)).json()
    assert heard["x-forwarded-for"] == "127.0.0.1"
    assert heard["authorization"] == "Bearer x"
    assert heard["connection"] != "close"


async def test_an_answer_that_leads_elsewhere_leads_to_the_front_door(portal: Running) -> None:
    answer = await portal.client.get("/api/policy/moved")
    assert (answer.status_code, answer.headers["location"]) == (307, "http://test/api/policy/here")


async def test_portal_and_service_are_in_one_trace(portal: Running) -> None:
    given = await portal.client.get("/api/policy/headers", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    begun = await portal.client.get("/api/policy/headers")
    for answer in (given, begun):
        (shown,) = answer.headers.get_list("traceparent")
        assert shown.split("-")[1] == answer.json()["traceparent"].split("-")[1]
    assert given.json()["traceparent"].split("-")[1] == TRACE


async def test_an_unknown_service_and_one_that_is_away_answer_with_problems(portal: Running) -> None:
    unknown = await portal.client.get("/api/nobody/x")
    away = await portal.client.get("/api/hotline/tickets")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "portal.unknown-service")
    assert (away.status_code, away.headers["Retry-After"]) == (503, "1")
    assert away.json()["code"] == "portal.service-unavailable"


async def test_where_a_service_dies_over_a_request_nobody_claims_that_nothing_was_done(portal: Running) -> None:
    answer = await portal.client.post("/api/application/applications", json={})
    assert (answer.status_code, answer.json()["code"]) == (503, "portal.no-answer")
    assert "可能已经办理" in answer.json()["title"]


async def test_the_status_tells_of_every_service_also_of_those_that_do_not_answer(portal: Running) -> None:
    found = {each["service"]: each for each in (await portal.client.get("/api/portal/status")).json()}
    assert set(found) == {"registry", "policy", "application", "hotline", "notify", "analytics", "portal"}
    assert found["policy"] == READY.model_dump()
    assert found["portal"]["ready"]
    for name in ("hotline", "notify", "application", "registry"):  # away, failing, dying, without an address
        assert not found[name]["ready"]
        assert found[name]["errors"]
        assert set(found[name]) == set(found["policy"])


async def test_the_landing_page_shows_the_state_and_leads_to_every_interface(portal: Running) -> None:
    page = await portal.client.get("/")
    assert page.status_code == 200
    assert "澄策之窗" in page.text
    assert "2/7 个服务就绪" in page.text
    for service in ("registry", "policy", "application", "hotline", "notify", "analytics"):
        assert f'href="/api/{service}/docs"' in page.text
