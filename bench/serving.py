"""`python -m bench.serving KIND`: one service behind uvicorn, as `chengce serve` runs it, or a peer of its door.

Peers go through the same application factory, middlewares, sign-in and form as the hotline's `POST /tickets`, and give an
answer of the same form. `validating` does nothing in between; `saving` calls eventsourcing's `save`, in the thread pool
in which FastAPI runs what blocks.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from bench.stage import READY
from bench.tickets import CONTENT, PeerTicket, peer_application
from services.hotline.api.tickets import Desk
from services.hotline.forms import TicketForm
from services.hotline.keys import ticket_key
from shared.cli.serving import QuietServer
from shared.database.sessions import create_database
from shared.eventstore.ledger import Receipt
from shared.http.app import platform_app
from shared.http.asking import Here, IdempotencyKey, Written, written
from shared.runtime.host import installed_services, service_names
from shared.runtime.service import Runtime, Service
from shared.runtime.settings import Settings
from shared.telemetry.logs import set_up_logs
from shared.telemetry.tracing import set_up_tracing

validating_router, saving_router = APIRouter(), APIRouter()


@validating_router.post("/tickets", status_code=201)
async def validate_only(
    form: TicketForm, runtime: Here, actor: Desk, response: Response, key: IdempotencyKey = None
) -> Written:
    """The form is read, and that is all."""
    return written(runtime, Receipt(ticket_key(form.source, form.number), 1, 1), response)


@saving_router.post("/tickets", status_code=201)
async def save(form: TicketForm, runtime: Here, actor: Desk, response: Response, key: IdempotencyKey = None) -> Written:
    """One aggregate, one `save`, as eventsourcing's documentation shows it."""
    content = {name: getattr(form, name) for name in CONTENT if name != "enterprise"}
    aggregate = PeerTicket(number=form.number, enterprise=form.caller.enterprise_uscc, **content)
    (recording,) = await run_in_threadpool(runtime.resources.save, aggregate)
    receipt = Receipt(ticket_key(form.source, form.number), aggregate.version, recording.notification.id)
    return written(runtime, receipt, response)


@asynccontextmanager
async def peer_of(runtime: Runtime) -> AsyncIterator[object]:
    """eventsourcing in a database of its own."""
    url = runtime.settings.database_of("peer")
    create_database(runtime.settings.maintenance_database(), url)
    application = peer_application(url)
    yield application
    application.close()


PEERS = {
    "validating": Service(name="validating", title="只校验", router=validating_router),
    "saving": Service(name="saving", title="库自带保存", router=saving_router, resources=peer_of),
}


def service_of(kind: str) -> dict[str, Service]:
    """A real service, or a peer."""
    return installed_services(kind) if kind in service_names() else {kind: PEERS[kind]}


async def _serve(kind: str, settings: Settings) -> None:
    app = platform_app(service_of(kind), settings)
    server = QuietServer(uvicorn.Config(app, host=settings.host, port=settings.port, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    ready = asyncio.create_task(server.ready.wait())
    ended = asyncio.create_task(_parent_ends())
    await asyncio.wait([serving, ready], return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        sys.stdout.buffer.write(READY)
        sys.stdout.buffer.flush()
        await asyncio.wait([serving, ended], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving


async def _parent_ends() -> None:
    """Returns when nobody holds the other end of the standard input any more."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def main() -> None:
    """Serves until the parent goes."""
    settings = Settings()
    set_up_logs(settings.log_level, settings.log_format)
    set_up_tracing(settings.otlp_endpoint)
    asyncio.run(_serve(sys.argv[1], settings))


if __name__ == "__main__":
    main()
