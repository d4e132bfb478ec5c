"""Asking policy, against a real HTTP server in its place that says what it is told to say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.application.grants.rolls import Rolls
from shared.eventstore.decider import Because, Refused
from tests.support.sms_receiver import listening, serving, url_of

ROLL = (
    '{"id": "r", "code": "gxj-1", "title": "样例", "department": "gxj", "revision": 2, "day": "2026-03-02", '
    '"at": "2026-03-02T01:00:00Z", "met": 1, "undecided": 0, "not_met": 0, "digest": "5f"}'
)
PROBLEM = '{"code": "policy.no-eligibility", "title": "无条件。", "errors": [{"field": "code", "code": "x", "message": "无。"}]}'


@dataclass
class Policy:
    """A policy that answers as it is told, and keeps what it was asked."""

    status: int = 201
    body: str = ROLL
    asked: list[Request] = field(default_factory=list)
    rolls: Rolls | None = None

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(self.body, self.status, media_type="application/json")

    async def keep(self, wait_for: str | None = None) -> str | None:
        assert self.rolls is not None
        return (await self.rolls.keep("gxj/1", "样例", "a-key", wait_for)).id


@pytest.fixture
async def policy() -> AsyncIterator[Policy]:
    policy = Policy()
    app = Starlette(routes=[Route("/{path:path}", policy.answer, methods=["GET", "POST"])])
    with listening() as listener:
        async with serving(app, listener), httpx.AsyncClient(trust_env=False) as client:
            policy.rolls = Rolls(client, lambda: url_of(listener), lambda: "a-token")
            yield policy


async def test_it_is_asked_in_the_platforms_name_under_the_callers_key(policy: Policy) -> None:
    assert await policy.keep("registry:4,application:9, policy:7") == "r"
    (request,) = policy.asked
    assert request.scope["raw_path"] == b"/api/policy/items/gxj%2F1/rolls"
    assert (request.headers["authorization"], request.headers["idempotency-key"]) == ("Bearer a-token", "a-key")
    # Policy never hears of what has just been put on a list: to wait for it would be in vain.
    assert request.headers["chengce-wait-for"] == "registry:4, policy:7"


@pytest.mark.parametrize(
    ("status", "because"),
    [(403, Because.FORBIDDEN), (404, Because.NOT_FOUND), (409, Because.CONFLICT), (422, Because.INVALID)],
)
async def test_what_policy_refuses_is_refused_in_its_words(policy: Policy, status: int, because: Because) -> None:
    policy.status, policy.body = status, PROBLEM
    with pytest.raises(Refused) as refused:
        await policy.keep()
    assert (refused.value.code, refused.value.because) == ("policy.no-eligibility", because)
    assert [error.message for error in refused.value.errors] == ["无。"]


@pytest.mark.parametrize(
    ("status", "body"), [(500, "{}"), (503, PROBLEM), (201, "{}"), (201, "no json"), (422, "no json"), (404, "[]")]
)
async def test_what_cannot_be_read_is_no_answer(policy: Policy, status: int, body: str) -> None:
    policy.status, policy.body = status, body
    with pytest.raises(Refused) as refused:
        await policy.keep()
    assert refused.value.code == "application.matching-unavailable"
