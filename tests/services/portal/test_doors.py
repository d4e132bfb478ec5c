"""The front door: what it shows, and how it passes requests on to services in other processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response

from shared.cli.split import free_port
from tests.support.running import Running, running_services
from tests.support.sms_receiver import listening, serving, url_of


@dataclass
class Far:
    """A service in another place: says back what it was asked."""

    url: str


def far_app() -> FastAPI:
    app = FastAPI()

    @app.api_route("/api/policy/{path:path}", methods=["GET", "POST"])
    async def echo(request: Request) -> Response:
        body = await request.body()
        told = f"{request.method} {request.scope['raw_path'].decode()}?{request.url.query} {request.headers.get('x-asked')}"
        return Response(told.encode() + b" " + body, 418, {"x-told": "yes"})

    @app.get("/readyz")
    async def readyz() -> list[dict[str, Any]]:
        return [{"service": "policy", "title": "政策", "ready": True, "log_position": 7, "published_position": 7,
                 "dead_letters": 0, "deadlines_open": 0, "errors": [], "consumers": []}]  # fmt: skip

    return app


@pytest.fixture(scope="module")
async def portal(database_url: str) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(listening())
        await stack.enter_async_context(serving(far_app(), listener))
        urls = {"policy": url_of(listener).rstrip("/"), "hotline": f"http://127.0.0.1:{free_port()}"}
        yield await stack.enter_async_context(running_services("portal", database_url=database_url, service_urls=urls))


async def test_a_request_is_passed_on_and_answered_as_it_is(portal: Running) -> None:
    path = "/api/policy/items/%E6%A0%B7%E4%BE%8B%2F1?q=%E9%AB%98%E4%BC%81&a=1&a=2"
    answer = await portal.client.post(path, content=b"\x00raw\xff", headers={"x-asked": "this"})
    assert answer.status_code == 418
    assert answer.headers["x-told"] == "yes"
    expected = b"POST /api/policy/items/%E6%A0%B7%E4%BE%8B%2F1?q=%E9%AB%98%E4%BC%81&a=1&a=2 this \x00raw\xff"
    assert answer.content == expected


async def test_an_unknown_service_and_one_that_is_away_answer_with_problems(portal: Running) -> None:
    unknown = await portal.client.get("/api/nobody/x")
    away = await portal.client.get("/api/hotline/tickets")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "portal.unknown-service")
    assert (away.status_code, away.headers["Retry-After"]) == (503, "1")


async def test_the_status_tells_of_every_service_also_of_those_that_do_not_answer(portal: Running) -> None:
    found = {each["service"]: each for each in (await portal.client.get("/api/portal/status")).json()}
    assert set(found) == {"registry", "policy", "application", "hotline", "notify", "analytics", "portal"}
    assert (found["policy"]["ready"], found["policy"]["log_position"], found["portal"]["ready"]) == (True, 7, True)
    assert not found["hotline"]["ready"]
    assert found["hotline"]["errors"]


async def test_the_landing_page_shows_the_state_and_leads_to_every_interface(portal: Running) -> None:
    page = await portal.client.get("/")
    assert page.status_code == 200
    assert "澄策之窗" in page.text
    assert "2/7 个服务就绪" in page.text
    for service in ("registry", "policy", "application", "hotline", "notify", "analytics"):
        assert f'href="/api/{service}/docs"' in page.text
