"""Where phone numbers are asked for, against a real HTTP server in the place of registry, hotline and application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notify.contacts import Contacts, ContactUnavailable
from tests.support.sms_receiver import listening, serving, url_of

PHONE = "19900000001"


@dataclass
class Keeper:
    """A service that keeps contacts, and says what it is told to say."""

    status: int = 200
    body: str = '{"name": null, "phone": "19900000001"}'
    asked: list[str] = field(default_factory=list)
    contacts: Contacts | None = None

    async def answer(self, request: Request) -> Response:
        self.asked.append(f"{request.headers['authorization']} {request.scope['raw_path'].decode()}")
        return Response(self.body, self.status, media_type="application/json")

    async def phone_of(self, recipient: str) -> str | None:
        assert self.contacts is not None
        return await self.contacts.phone_of(recipient)


@pytest.fixture
async def keeper() -> AsyncIterator[Keeper]:
    keeper = Keeper()
    app = Starlette(routes=[Route("/{path:path}", keeper.answer)])
    with listening() as listener:
        url = url_of(listener)
        async with serving(app, listener), httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            keeper.contacts = Contacts(client, lambda service: f"{url}/at-{service}", lambda: "a-token")
            yield keeper


@pytest.mark.parametrize(
    ("recipient", "asked"),
    [
        ("enterprise:91320281000000019H", "/at-registry/api/registry/enterprises/91320281000000019H/contact"),
        ("caller:12345-GD.1", "/at-hotline/api/hotline/tickets/12345-GD.1/caller"),
        ("caller:a/../b", "/at-hotline/api/hotline/tickets/a%2F..%2Fb/caller"),
        ("objector:gxj-1.2026.1:3", "/at-application/api/application/announcements/gxj-1.2026.1/objections/3/objector"),
        (
            "objector:a:b/.2026.1:3",
            "/at-application/api/application/announcements/a%3Ab%2F.2026.1/objections/3/objector",
        ),
    ],
)
async def test_the_service_that_keeps_the_number_is_asked(keeper: Keeper, recipient: str, asked: str) -> None:
    assert await keeper.phone_of(recipient) == PHONE
    assert keeper.asked == [f"Bearer a-token {asked}"]


@pytest.mark.parametrize("recipient", ["department:gxj", "data-bureau"])
async def test_departments_have_no_phone(keeper: Keeper, recipient: str) -> None:
    assert await keeper.phone_of(recipient) is None
    assert keeper.asked == []


@pytest.mark.parametrize(
    "body", ['{"name": "样例", "phone": null}', "{}", "null", '{"phone": "0510-12345678"}', '{"phone": 19900000001}']
)
async def test_what_is_no_mobile_number_takes_no_text(keeper: Keeper, body: str) -> None:
    keeper.body = body
    assert await keeper.phone_of("enterprise:X") is None


async def test_somebody_unknown_has_no_phone(keeper: Keeper) -> None:
    keeper.status = 404
    assert await keeper.phone_of("enterprise:X") is None


@pytest.mark.parametrize(("status", "body"), [(401, "{}"), (403, "{}"), (500, "{}"), (503, "{}"), (200, "<html>")])
async def test_no_proper_answer_can_be_asked_for_again(keeper: Keeper, status: int, body: str) -> None:
    keeper.status, keeper.body = status, body
    with pytest.raises(ContactUnavailable, match="registry"):
        await keeper.phone_of("enterprise:X")


async def test_a_service_that_is_away_can_be_asked_again() -> None:
    with listening() as listener:
        url = url_of(listener)
    async with httpx.AsyncClient(trust_env=False) as client:
        contacts = Contacts(client, lambda _service: url, lambda: "a-token")
        with pytest.raises(ContactUnavailable, match="contact-unreachable: hotline ConnectError"):
            await contacts.phone_of("caller:12345-1")
