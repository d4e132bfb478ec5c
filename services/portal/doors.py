"""Where the services are: mounted beside the portal in one process, or behind addresses of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import Request
from starlette.responses import Response, StreamingResponse

from shared.contracts.base import SERVICES
from shared.http.problems import problem
from shared.runtime.health import readiness
from shared.runtime.service import Runtime

# Headers that concern one connection only (RFC 9110, 7.6.1), or that the next sender sets itself.
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection", "host"}
)
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 120.0


@asynccontextmanager
async def doors(_runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """The client through which the portal reaches the other services."""
    timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    async with httpx.AsyncClient(timeout=timeout, limits=limits) as client:
        yield client


async def pass_on(runtime: Runtime, request: Request, service: str) -> Response:
    """Hands a request to the service it is for, and its answer back, as it comes."""
    base = runtime.settings.service_urls.get(service)
    if service not in SERVICES or base is None:
        return problem(404, "portal.unknown-service", "没有这个服务，请从门户首页选择要访问的接口。")
    client: httpx.AsyncClient = runtime.resources
    headers = [(k, v) for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP]
    url = httpx.URL(base).copy_with(raw_path=_raw_path(request))
    outgoing = client.build_request(request.method, url, headers=headers, content=await request.body())
    try:
        answer = await client.send(outgoing, stream=True)
    except httpx.TransportError:
        title = "这个服务正在启动或暂时不可用，您的内容没有被处理，请稍后重试。"
        return problem(503, "portal.service-unavailable", title, headers={"Retry-After": "1"})
    kept = {k: v for k, v in answer.headers.items() if k.lower() not in HOP_BY_HOP}
    return StreamingResponse(_body(answer), answer.status_code, kept)


def _raw_path(request: Request) -> bytes:
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope.get("query_string", b"")
    return path.partition(b"?")[0] + (b"?" + query if query else b"")


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


async def platform_status(runtime: Runtime, beside: list[Runtime]) -> list[dict[str, Any]]:
    """The readiness of every service, wherever it runs; one that does not answer is shown as not ready."""
    here = {each.service.name: each for each in beside}

    async def one(name: str) -> list[dict[str, Any]]:
        if name in here:
            return [(await readiness(here[name])).model_dump()]
        return await _ask(runtime, name)

    return [each for found in await asyncio.gather(*(one(name) for name in SERVICES)) for each in found]


async def _ask(runtime: Runtime, name: str) -> list[dict[str, Any]]:
    base = runtime.settings.service_urls.get(name)
    try:
        if base is None:
            raise httpx.ConnectError("no address in CHENGCE_SERVICE_URLS")
        client: httpx.AsyncClient = runtime.resources
        answer = await client.get(f"{base}/readyz", timeout=CONNECT_SECONDS)
        found: list[dict[str, Any]] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        return [_unreachable(name, repr(error))]
    return found


def _unreachable(name: str, error: str) -> dict[str, Any]:
    return {
        "service": name,
        "title": "",
        "ready": False,
        "database": False,
        "bus": False,
        "leading": False,
        "log_position": 0,
        "published_position": 0,
        "unpublished_seconds": 0.0,
        "consumers": [],
        "dead_letters": 0,
        "deadlines_open": 0,
        "deadlines_overdue": 0,
        "errors": [error],
    }
