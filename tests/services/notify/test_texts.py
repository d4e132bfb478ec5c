"""From an event on the bus to a text on a phone, through whatever breaks on the way."""

from __future__ import annotations

from typing import Any

import structlog

from shared.contracts.application import ApplicationAccepted, ApplicationSubmitted
from shared.contracts.notify import MessageWritten, SmsAccepted, SmsDelivered, SmsFailed
from shared.contracts.samples import sample_of
from shared.messaging.streams import stream_of
from shared.security.actor import Role
from tests.services.notify.conftest import PHONE, Bench, after, told
from tests.services.notify.histories import USCC
from tests.support.running import Running
from tests.support.sms_receiver import SmsReceiver, listening, url_of

RECEIPTS = "/api/notify/sms/receipts"
PROVIDER = {"Authorization": "Bearer receipts"}


def accepted(number: str = "SB-2026-0001", enterprise: str = USCC) -> ApplicationAccepted:
    return sample_of(ApplicationAccepted).model_copy(update={"number": number, "enterprise": enterprise})  # type: ignore[return-value]


async def message(running: Running, message_id: str, headers: dict[str, str]) -> dict[str, Any]:
    headers = headers | running.sign_in(Role.DATA_BUREAU)
    answer = await running.client.get(f"/api/notify/messages/{message_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_an_event_becomes_a_text_and_its_receipt_is_shown(bench: Bench, sms: SmsReceiver) -> None:
    async with bench.notify() as running:
        await bench.happens(accepted())
        taken, heard = await bench.hears(SmsAccepted)
        (request,) = sms.requests
        assert (request.phone, request.message_id) == (PHONE, taken.message_id)
        assert "SB-2026-0001" in request.text
        shown = await message(running, taken.message_id, after(heard))
        assert (shown["sms"], shown["sms_attempts"], shown["recipient"]) == ("accepted", 1, f"enterprise:{USCC}")
        assert shown["text"] == request.text

        receipt = {"message_id": taken.message_id, "status": "delivered", "operator": "passed over"}
        first = await running.client.post(RECEIPTS, json=receipt, headers=PROVIDER)
        again = await running.client.post(RECEIPTS, json=receipt, headers=PROVIDER)
        lost = await running.client.post(RECEIPTS, json=receipt | {"status": "failed"}, headers=PROVIDER)
        assert [a.status_code for a in (first, again, lost)] == [200, 200, 200]
        assert first.json()["version"] == again.json()["version"] == lost.json()["version"] == 3
        _, heard = await bench.hears(SmsDelivered)
        assert (await message(running, taken.message_id, after(heard)))["sms"] == "delivered"


async def test_neither_number_nor_text_leaves_notify(bench: Bench, sms: SmsReceiver) -> None:
    sms.fail(1)
    with structlog.testing.capture_logs() as logs:
        async with bench.notify():
            await bench.happens(accepted())
            await bench.hears(SmsAccepted)
    (request, *_) = sms.requests
    assert any(entry["event"] == "sms_unavailable" for entry in logs)
    assert PHONE not in repr(logs)
    assert request.text not in repr(logs)
    js = bench.bus.jetstream()
    last = (await js.stream_info(stream_of("notify"))).state.last_seq
    published = [await js.get_msg(stream_of("notify"), seq) for seq in range(1, last + 1)]
    assert len(published) == 2  # written, accepted; the attempt that failed for now is nobody's business
    for each in published:
        assert PHONE not in f"{each.data!r}{each.headers}"
        assert "贵单位" not in (each.data or b"").decode()


async def test_a_provider_that_is_down_is_tried_again(bench: Bench, sms: SmsReceiver) -> None:
    sms.fail(2)
    async with bench.notify() as running:
        await bench.happens(accepted())
        taken, heard = await bench.hears(SmsAccepted)
        assert taken.attempts == 3
        assert [request.status for request in sms.requests] == [503, 503, 200]
        assert len({request.headers["idempotency-key"] for request in sms.requests}) == 1
        assert (await message(running, taken.message_id, after(heard)))["sms_attempts"] == 3


async def test_a_provider_that_stays_down_is_given_up_on(bench: Bench, sms: SmsReceiver) -> None:
    sms.fail(99)
    async with bench.notify() as running:
        await bench.happens(accepted())
        given_up, heard = await bench.hears(SmsFailed)
        assert 3 <= given_up.attempts <= 4
        assert given_up.reason == "provider-unavailable: 503"
        shown = await message(running, given_up.message_id, after(heard))
        assert (shown["sms"], shown["sms_reason"]) == ("failed", "provider-unavailable: 503")


async def test_a_refused_number_is_not_tried_again(bench: Bench, sms: SmsReceiver) -> None:
    sms.refuse(only=PHONE)
    async with bench.notify():
        await bench.happens(accepted())
        failed, _ = await bench.hears(SmsFailed)
        assert (failed.attempts, failed.reason, len(sms.requests)) == (1, "provider-refused: 400", 1)


async def test_an_enterprise_that_registry_does_not_know_gets_its_message_in_the_inbox(
    bench: Bench, sms: SmsReceiver
) -> None:
    async with bench.notify():
        await bench.happens(accepted(enterprise="91320281MA0Y0001XT"))
        written, _ = await bench.hears(MessageWritten)
        failed, _ = await bench.hears(SmsFailed)
        assert (failed.message_id, failed.attempts, failed.reason) == (written.message_id, 0, "no-phone")
        assert sms.requests == []


async def test_a_registry_that_is_away_is_asked_again_until_the_text_is_given_up(
    bench: Bench, sms: SmsReceiver
) -> None:
    with listening() as listener:
        nowhere = url_of(listener)
    async with bench.notify(service_urls={"registry": nowhere}):
        await bench.happens(accepted())
        failed, _ = await bench.hears(SmsFailed)
        assert failed.reason == "contact-unreachable: registry ConnectError"
        assert 3 <= failed.attempts <= 4
        assert sms.requests == []


async def test_without_a_provider_messages_stay_in_the_inbox_and_nothing_is_published_of_texts(bench: Bench) -> None:
    async with bench.notify(sms_url=None) as running:
        await bench.happens(accepted())
        written, heard = await bench.hears(MessageWritten)
        positions = running.runtimes["notify"].positions
        assert await positions.wait_for("inbox_v1", "log", heard.sequence + 1, 30)
        shown = await message(running, written.message_id, {})
        assert (shown["sms"], shown["sms_reason"], shown["sms_attempts"]) == ("failed", "no-provider", 0)
        await bench.happens(accepted("SB-2026-0002"))
        following, heard = await bench.hears(MessageWritten)
        assert heard.previous < heard.sequence - 1  # the event in between stayed at home
        assert following.message_id != written.message_id


async def test_a_receipt_may_overtake_the_answer(bench: Bench, sms: SmsReceiver) -> None:
    sms.hold()
    async with bench.notify() as running:
        await bench.happens(accepted())
        (request,) = await sms.asked(1)
        receipt = {"message_id": request.message_id, "status": "delivered"}
        answer = await running.client.post(RECEIPTS, json=receipt, headers=PROVIDER)
        assert answer.status_code == 200
        sms.release()
        _, heard = await bench.hears(SmsDelivered)
        assert (await message(running, request.message_id, after(heard)))["sms"] == "delivered"


async def test_a_crash_between_sending_and_recording_sends_no_second_text(bench: Bench, sms: SmsReceiver) -> None:
    sms.hold()
    async with bench.notify():
        await bench.happens(accepted())
        await sms.asked(1)
    await bench.claims_run_out()
    sms.release()
    async with bench.notify():
        taken, _ = await bench.hears(SmsAccepted)
    assert len(sms.texts) == 1
    assert {request.message_id for request in sms.requests} == {taken.message_id}


async def test_every_message_is_written_and_sent_once_over_restarts_and_repeats(bench: Bench, sms: SmsReceiver) -> None:
    numbers = [f"SB-2026-{n:04}" for n in range(6)]
    last = 0
    for half in (numbers[:3], numbers[3:]):
        async with bench.notify() as running:
            for number in half:
                await bench.happens(accepted(number))
                last = await bench.happens(
                    sample_of(ApplicationSubmitted).model_copy(update={"number": number, "enterprise": USCC})
                )
            await told(running, "application", last)
        await bench.claims_run_out()
    await bench.repeats_everything()
    async with bench.notify() as running:
        headers = await told(running, "application", last)
        everything = await running.client.get(
            "/api/notify/inbox?limit=200", headers=headers | running.sign_in(Role.DATA_BUREAU)
        )
        await sms.received(12)
    items = everything.json()["items"]
    assert len(items) == 18  # each accepted: enterprise; each submitted: enterprise and department
    assert len({item["message_id"] for item in items}) == 18
    assert {request.message_id for request in sms.requests} == set(sms.texts)
    assert len(sms.texts) == 12
    assert len({request.text for request in sms.requests}) == 12
