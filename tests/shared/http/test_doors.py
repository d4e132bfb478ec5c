"""What every service's doors have in common, on a running one: who may, waiting, keys, traces, illegible addresses."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter

from services.registry.main import service as registry
from shared.cli.loading import read_rows
from shared.http.app import platform_app
from shared.security.actor import Actor, Role
from shared.security.tokens import issue
from tests.support.running import SECRET, Running, running_services

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
FORM = {"code": "kjj", "name": "江阴市科学技术局", "short_name": "市科技局"}


@pytest.fixture(scope="module")
async def running(database_url: str) -> AsyncIterator[Running]:
    async with running_services("registry", database_url=database_url) as found:
        yield found


def check_problem(answer: httpx.Response, status: int, code: str) -> None:
    """A problem in Chinese, with the trace under which the log has it."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["code"], body["type"], body["status"]) == (code, f"urn:chengce:problem:{code}", status)
    assert body["title"].endswith("。")
    assert body["trace_id"] in answer.headers["traceparent"]


async def test_who_is_not_signed_in_is_told_to_sign_in(running: Running) -> None:
    answer = await running.client.post("/api/registry/departments", json=FORM)
    check_problem(answer, 401, "platform.sign-in-required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("wrong", ["expired", "of another platform", "no token"])
async def test_a_token_that_does_not_hold_is_refused_also_where_none_is_needed(running: Running, wrong: str) -> None:
    actor = Actor(subject="somebody", roles=(Role.DATA_BUREAU,))
    now = datetime.now(UTC)
    token = {
        "expired": issue(actor, SECRET, now - timedelta(hours=2), timedelta(hours=1)),
        "of another platform": issue(actor, SECRET[::-1], now, timedelta(hours=1)),
        "no token": "abc",
    }[wrong]
    answer = await running.client.post(
        "/api/registry/departments", json=FORM, headers={"Authorization": f"Bearer {token}"}
    )
    check_problem(answer, 401, "platform.sign-in-required")


async def test_who_lacks_the_role_is_told_which_one_it_takes(running: Running) -> None:
    answer = await running.client.post(
        "/api/registry/codes/industries/batch?edition=2017",
        json={"rows": [{"code": "A", "name": "农业"}]},
        headers=running.sign_in(Role.OFFICER, department="gxj"),
    )
    check_problem(answer, 403, "platform.role-required")
    assert Role.DATA_BUREAU in answer.json()["errors"][0]["message"]


async def test_what_is_not_there_and_what_cannot_be_done_are_told(running: Running) -> None:
    check_problem(await running.client.get("/api/registry/departments/nobody"), 404, "platform.not-found")
    check_problem(await running.client.get("/api/registry/nothing"), 404, "platform.http-404")
    check_problem(await running.client.get("/api/nobody/x"), 404, "platform.http-404")
    deleted = await running.client.delete("/api/registry/departments")
    check_problem(deleted, 405, "platform.http-405")
    assert deleted.headers["allow"] == "POST"


@pytest.mark.parametrize("address", ["/api/registry/departments/%00", "/api/registry/enterprises?q=a%00b", "/%00"])
async def test_an_address_with_a_nul_is_refused_and_does_not_reach_the_database(running: Running, address: str) -> None:
    check_problem(await running.client.get(address), 400, "platform.illegible-address")


@pytest.mark.parametrize("position", ["registry", "registry:x", "registry:1:2", "42", ","])
async def test_a_wait_for_what_is_no_position_is_refused(running: Running, position: str) -> None:
    answer = await running.client.get("/api/registry/departments", headers={"Chengce-Wait-For": position})
    check_problem(answer, 422, "platform.invalid-position")


async def test_a_wait_in_vain_says_when_to_ask_again(running: Running) -> None:
    answer = await running.client.get("/api/registry/departments", headers={"Chengce-Wait-For": "registry:999999999"})
    check_problem(answer, 503, "platform.not-yet-visible")
    assert answer.headers["Retry-After"] == "1"


async def test_the_same_key_does_a_thing_once_and_another_content_is_refused(running: Running) -> None:
    form = {"uscc": read_rows(Path("samples/enterprises.json"))[0]["uscc"], "name": "江阴样例一号企业"}
    headers = running.sign_in(Role.DATA_BUREAU) | {"Idempotency-Key": "one"}
    first = await running.client.post("/api/registry/enterprises", json=form, headers=headers)
    again = await running.client.post("/api/registry/enterprises", json=form, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() | {"repeated": True}
    assert again.headers["Chengce-Position"] == first.headers["Chengce-Position"]
    other = await running.client.post("/api/registry/enterprises", json=form | {"name": "另一家企业"}, headers=headers)
    check_problem(other, 422, "platform.idempotency-key-reused")
    too_long = await running.client.post(
        "/api/registry/enterprises", json=form, headers=headers | {"Idempotency-Key": "k" * 201}
    )
    check_problem(too_long, 422, "platform.invalid-request")


async def test_a_callers_trace_goes_on_into_the_record_and_onto_the_bus(running: Running) -> None:
    headers = running.sign_in(Role.DATA_BUREAU) | {"traceparent": TRACEPARENT}
    heard = await running.runtimes["registry"].bus.subscribe("chengce.registry.department-registered.*")
    answer = await running.client.post("/api/registry/departments", json=FORM, headers=headers)
    assert answer.status_code == 201, answer.text
    assert trace_of(answer.headers["traceparent"]) == TRACE
    assert answer.headers["traceparent"] != TRACEPARENT, "a span of its own"
    message = await heard.next_msg(timeout=90)
    assert trace_of((message.headers or {})["traceparent"]) == TRACE
    await heard.unsubscribe()


@pytest.mark.parametrize("parent", ["nonsense", "00-" + "0" * 32 + "-b7ad6b7169203331-01", ""])
async def test_a_trace_that_is_none_is_replaced_by_a_new_one(running: Running, parent: str) -> None:
    answer = await running.client.get("/healthz", headers={"traceparent": parent})
    assert answer.status_code == 200
    assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", answer.headers["traceparent"])


async def test_a_failure_of_a_running_service_tells_its_trace_and_nothing_of_the_inside(running: Running) -> None:
    router = APIRouter()

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the password is 12345")

    app = platform_app({"registry": replace(registry, router=router)}, running.settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get("/api/registry/broken", headers={"traceparent": TRACEPARENT})
    check_problem(answer, 500, "platform.failed")
    assert answer.json()["trace_id"] == TRACE
    assert "12345" not in answer.text
    assert "RuntimeError" not in answer.text


def trace_of(traceparent: str) -> str:
    return traceparent.split("-")[1]
