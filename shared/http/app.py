"""FastAPI applications: one service, or all of them on one port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST

from shared.http.asking import NotYetVisible, SignInRequired
from shared.http.legible import Legible
from shared.http.problems import add_problem_handlers, problem
from shared.http.traced import Traced
from shared.readmodels.projections import ReadModelBuildingError
from shared.runtime.health import Readiness, metrics_page, readiness
from shared.runtime.running import running
from shared.runtime.service import Runtime, Service
from shared.runtime.settings import Settings

log = structlog.get_logger(__name__)
DESCRIPTION = (
    "澄策之窗开放接口。列表用 `limit` 与 `cursor` 翻页；写操作可带 `Idempotency-Key`，同一键只办理一次；"
    "答复头 `Chengce-Position` 可原样作为 `Chengce-Wait-For` 带入后续查询，以便立即看到刚办理的结果；"
    "错误按 RFC 9457 返回，`code` 稳定不变，`errors` 一次列出全部问题。"
)

# A request has one span, which `Traced` makes; the framework would make five more.
UNTRACED: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


def service_app(service: Service) -> FastAPI:
    """The application of one service, under `/api/<service>`; `app.state.runtime` is set while it runs."""
    at = "/api/portal" if service.name == "portal" else ""  # the portal is mounted at the root
    app = FastAPI(
        title=f"澄策之窗 · {service.title}",
        description=f"{service.summary}\n\n{DESCRIPTION}".strip(),
        version="1",
        docs_url=f"{at}/docs",
        openapi_url=f"{at}/openapi.json",
        redoc_url=None,
        root_path_in_servers=False,
        telemetry=UNTRACED,
    )
    app.include_router(service.router)
    _add_doors(app)
    return app


def _add_doors(app: FastAPI) -> None:
    add_problem_handlers(app)

    @app.exception_handler(SignInRequired)
    async def sign_in(_request: Request, error: SignInRequired) -> JSONResponse:
        return problem(401, "platform.sign-in-required", str(error), headers={"WWW-Authenticate": "Bearer"})

    @app.exception_handler(NotYetVisible)
    async def not_yet(_request: Request, _error: NotYetVisible) -> JSONResponse:
        title = "您的操作已保存，结果正在汇总，请稍后刷新。"
        return problem(503, "platform.not-yet-visible", title, headers={"Retry-After": "1"})

    @app.exception_handler(ReadModelBuildingError)
    async def building(_request: Request, error: ReadModelBuildingError) -> JSONResponse:
        log.info("read_model_building", names=error.names)
        title = "系统升级后正在汇总历史数据，这部分内容暂时无法查询，您已提交的内容不受影响，请几分钟后重试。"
        return problem(503, "platform.read-model-building", title, headers={"Retry-After": "5"})


def platform_app(services: Mapping[str, Service], settings: Settings) -> FastAPI:
    """All given services on one port: `/api/<service>/...`, with health and metrics at the root."""
    apps = {name: service_app(service) for name, service in services.items()}

    @asynccontextmanager
    async def lifespan(root: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            opened = await asyncio.gather(
                *(stack.enter_async_context(running(service, settings)) for service in services.values())
            )
            root.state.runtimes = opened
            for runtime in opened:
                apps[runtime.service.name].state.runtime = runtime
                apps[runtime.service.name].state.beside = opened
            yield

    root = FastAPI(
        title="澄策之窗", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, telemetry=UNTRACED
    )
    _add_doors(root)
    root.add_middleware(Legible)
    root.add_middleware(Traced)  # the last one added is the outermost
    _add_health(root)
    for name, app in apps.items():
        if name != "portal":
            root.mount(f"/api/{name}", app)
    if "portal" in apps:  # the front door also answers at the root; last, so that it takes only what is left
        root.mount("/", apps["portal"])
    return root


def _add_health(root: FastAPI) -> None:
    @root.get("/healthz", response_class=PlainTextResponse)
    async def healthz() -> str:
        """The process answers. Says nothing of what it depends on."""
        return "ok"

    @root.get("/readyz")
    async def readyz(request: Request, response: Response) -> list[Readiness]:
        """Database, bus, consumers and their lag, for each service in this process; 503 unless all are ready."""
        runtimes: list[Runtime] = request.app.state.runtimes
        found = await asyncio.gather(*(readiness(runtime) for runtime in runtimes))
        response.status_code = 200 if all(each.ready for each in found) else 503
        return list(found)

    @root.get("/metrics")
    async def metrics(request: Request) -> Response:
        """Prometheus metrics of each service in this process."""
        return Response(await metrics_page(request.app.state.runtimes), media_type=CONTENT_TYPE_LATEST)
