"""Inboxes and the provider's door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.contracts.application import ReviewOverdue
from shared.contracts.notify import SmsAccepted, SmsFailed
from shared.contracts.samples import DEPARTMENT, USCC, sample_of
from shared.security.actor import Role
from tests.services.notify.conftest import Bench, after, told
from tests.support.running import Running
from tests.support.sms_receiver import SmsReceiver

OVERDUE = 3


@pytest.fixture
async def overdue(bench: Bench) -> AsyncIterator[tuple[Running, dict[str, str]]]:
    """Three overdue reviews, told to the enterprise, the department and the data bureau."""
    async with bench.notify(sms_url=None) as running:
        last = 0
        for n in range(OVERDUE):
            last = await bench.happens(sample_of(ReviewOverdue).model_copy(update={"number": f"SB-{n}"}))
        yield running, await told(running, "application", last)


async def test_everybody_sees_their_own_inbox(overdue: tuple[Running, dict[str, str]]) -> None:
    running, seen = overdue

    async def inbox(headers: dict[str, str], recipient: str | None = None) -> Any:
        params = {"recipient": recipient} if recipient else {}
        answer = await running.client.get("/api/notify/inbox", params=params, headers=headers | seen)
        return answer.status_code, [item["template"] for item in answer.json().get("items", [])]

    applicant = running.sign_in(Role.APPLICANT, enterprise=USCC)
    officer = running.sign_in(Role.OFFICER, department=DEPARTMENT)
    bureau = running.sign_in(Role.DATA_BUREAU)
    stranger = running.sign_in(Role.APPLICANT)
    assert await inbox(applicant) == (200, ["review-overdue"] * OVERDUE)
    assert await inbox(applicant, f"enterprise:{USCC}") == (200, ["review-overdue"] * OVERDUE)
    assert await inbox(officer) == (200, ["review-overdue-department"] * OVERDUE)
    assert await inbox(bureau, "data-bureau") == (200, ["review-overdue-supervision"] * OVERDUE)
    assert await inbox(bureau, f"enterprise:{USCC}") == (200, ["review-overdue"] * OVERDUE)
    assert len((await inbox(bureau))[1]) == 3 * OVERDUE
    assert await inbox(stranger) == (200, [])
    for headers, recipient in (
        (applicant, f"department:{DEPARTMENT}"),
        (applicant, "enterprise:91320281MA0Y0001XT"),
        (officer, f"enterprise:{USCC}"),
        (officer, "data-bureau"),
        (stranger, "caller:12345-1"),
    ):
        assert await inbox(headers, recipient) == (403, [])
    assert (await running.client.get("/api/notify/inbox")).status_code == 401


async def test_the_newest_message_comes_first_and_pages_follow(overdue: tuple[Running, dict[str, str]]) -> None:
    running, seen = overdue
    headers = running.sign_in(Role.APPLICANT, enterprise=USCC) | seen
    first = (await running.client.get("/api/notify/inbox?limit=2", headers=headers)).json()
    second = (await running.client.get(f"/api/notify/inbox?limit=2&cursor={first['next']}", headers=headers)).json()
    texts = [item["text"] for item in first["items"] + second["items"]]
    assert ["编号SB-2" in texts[0], "编号SB-1" in texts[1], "编号SB-0" in texts[2]] == [True] * OVERDUE
    assert second["next"] is None
    wrong = await running.client.get("/api/notify/inbox?cursor=eHl6", headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "platform.invalid-cursor")


async def test_a_message_is_shown_to_its_recipient_alone(overdue: tuple[Running, dict[str, str]]) -> None:
    running, seen = overdue
    applicant = running.sign_in(Role.APPLICANT, enterprise=USCC) | seen
    message = (await running.client.get("/api/notify/inbox?limit=1", headers=applicant)).json()["items"][0]
    path = f"/api/notify/messages/{message['message_id']}"
    assert (await running.client.get(path, headers=applicant)).json()["title"] == message["title"]
    officer = running.sign_in(Role.OFFICER, department=DEPARTMENT)
    assert (await running.client.get(path, headers=officer)).json()["code"] == "notify.not-your-inbox"
    unknown = await running.client.get("/api/notify/messages/unknown", headers=applicant)
    assert unknown.status_code == 404


async def test_the_summary_counts_texts_and_their_failures(bench: Bench, sms: SmsReceiver) -> None:
    sms.fail(1, status=400)
    async with bench.notify() as running:
        for n in range(OVERDUE):
            await bench.happens(sample_of(ReviewOverdue).model_copy(update={"number": f"SB-{n}"}))
        for _ in range(OVERDUE):
            _, heard = await bench.hears((SmsAccepted, SmsFailed))
        bureau = running.sign_in(Role.DATA_BUREAU) | after(heard)
        answer = await running.client.get("/api/notify/sms/summary", headers=bureau)
        assert answer.json() == {
            "statuses": {"pending": 0, "accepted": OVERDUE - 1, "delivered": 0, "failed": 1},
            "failures": {"provider-refused: 400": 1},
        }
        officer = running.sign_in(Role.OFFICER, department=DEPARTMENT)
        assert (await running.client.get("/api/notify/sms/summary", headers=officer)).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "platform.sign-in-required"),
        ({"Authorization": "Bearer another"}, 401, "platform.sign-in-required"),
        ({"Authorization": "Bearer 令牌".encode()}, 401, "platform.sign-in-required"),
        ({"Authorization": "Bearer receipts"}, 404, "notify.message-unknown"),
    ],
)
async def test_only_the_provider_brings_receipts_and_only_for_what_was_sent(
    bench: Bench, headers: dict[str, str], status: int, code: str
) -> None:
    async with bench.notify() as running:
        receipt = {"message_id": "unknown", "status": "delivered"}
        answer = await running.client.post("/api/notify/sms/receipts", json=receipt, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_without_a_receipt_token_the_door_is_closed(bench: Bench) -> None:
    async with bench.notify(sms_receipt_token="") as running:
        receipt = {"message_id": "unknown", "status": "delivered"}
        for headers in ({}, {"Authorization": "Bearer "}):
            answer = await running.client.post("/api/notify/sms/receipts", json=receipt, headers=headers)
            assert answer.status_code == 401
