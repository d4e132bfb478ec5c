"""The portal's HTTP doors."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from services.portal.doors import pass_on, platform_status
from services.portal.page import landing_page
from shared.http.asking import Here

router = APIRouter()
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]


@router.get("/", response_class=HTMLResponse, tags=["门户"], summary="首页")
async def landing(request: Request, runtime: Here) -> str:
    return landing_page(await platform_status(runtime, request.app.state.beside), runtime.clock.now())


@router.get("/api/portal/status", tags=["门户"], summary="各服务的运行状态")
async def status(request: Request, runtime: Here) -> list[dict[str, Any]]:
    """就绪与否、日志位置、已发布位置、各消费者滞后、死信与期限。"""
    return await platform_status(runtime, request.app.state.beside)


@router.api_route("/api/{service}/{path:path}", methods=METHODS, include_in_schema=False)
async def to_service(service: str, path: str, request: Request, runtime: Here) -> Response:
    """Where services run in processes of their own, the portal is the one door to them."""
    return await pass_on(runtime, request, service)
