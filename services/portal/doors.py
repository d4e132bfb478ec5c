"""Where the services are: mounted beside the portal in one process, or behind addresses of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import Request
from pydantic import TypeAdapter
from starlette.responses import Response, StreamingResponse

from shared.contracts.base import SERVICES
from shared.http.problems import problem
from shared.runtime.health import Readiness, readiness
from shared.runtime.service import Runtime
from shared.telemetry.tracing import current_traceparent

# Headers that concern one connection only (RFC 9110, 7.6.1).
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}
)
# Headers that the portal sets itself: what a caller says of his own address is not believed.
OWN = frozenset({"x-forwarded-for", "x-forwarded-proto", "traceparent"})
NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_readiness = TypeAdapter(list[Readiness])
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
SMALL_BYTES = 2**18
IDLE_SECONDS = 3.0  # less than the five after which uvicorn closes, so that no request meets a closing connection


@asynccontextmanager
async def doors(_runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """The client through which the portal reaches the other services."""
    timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=IDLE_SECONDS)
    async with httpx.AsyncClient(timeout=timeout, limits=limits) as client:
        yield client


async def pass_on(runtime: Runtime, request: Request, service: str) -> Response:
    """Hands a request to the service it is for, and its answer back, as it comes."""
    base = runtime.settings.service_urls.get(service)
    if service not in SERVICES or base is None:
        return problem(404, "portal.unknown-service", "没有这个服务，请从门户首页选择要访问的接口。")
    client: httpx.AsyncClient = runtime.resources
    url = httpx.URL(base).copy_with(raw_path=_raw_path(request))
    outgoing = client.build_request(request.method, url, headers=_headers(request), content=await _content(request))
    try:
        answer = await client.send(outgoing, stream=True)
    except NOT_REACHED:
        title = "这个服务正在启动或暂时不可用，您的内容没有被处理，请稍后重试。"
        return problem(503, "portal.service-unavailable", title, headers={"Retry-After": "1"})
    except httpx.TransportError:
        title = "这个服务没有答复，您的内容可能已经办理，请先查询结果，再用同一幂等键重新提交。"
        return problem(503, "portal.no-answer", title, headers={"Retry-After": "1"})
    passed = StreamingResponse(_body(answer), answer.status_code)
    passed.raw_headers = [  # as they came: a mapping would join the cookies
        (name.lower(), value) for name, value in answer.headers.raw if name.decode().lower() not in HOP_BY_HOP | OWN
    ]
    return passed


def _headers(request: Request) -> list[tuple[str, str]]:
    """What came, with who asked (in the record as the actor's source) and the trace that the portal is in."""
    kept = [(name, value) for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP | OWN]
    own = {
        "x-forwarded-for": request.client.host if request.client else None,
        "x-forwarded-proto": request.url.scheme,
        "traceparent": current_traceparent(),
    }
    return kept + [(name, value) for name, value in own.items() if value]


def _raw_path(request: Request) -> bytes:
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope.get("query_string", b"")
    return path.partition(b"?")[0] + (b"?" + query if query else b"")


async def _content(request: Request) -> bytes | AsyncIterator[bytes]:
    """What is small or absent at hand; a file as it comes, for many of them would not fit into memory."""
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" not in request.headers and length.isdecimal() and int(length) <= SMALL_BYTES:
        return await request.body()
    return request.stream()


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
        found = _readiness.validate_json(answer.content)
    except (httpx.HTTPError, ValueError) as error:
        away = Readiness(service=name, title="", ready=False, database=False, bus=False, leading=False)
        found = [away.model_copy(update={"errors": [repr(error)[:300]]})]
    return [each.model_dump() for each in found]
