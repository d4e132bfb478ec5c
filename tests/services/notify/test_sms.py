"""The adapter for an SMS provider, against a real HTTP server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from services.notify.sms import SMS_CHARACTERS, HttpSmsProvider, SmsRefused, SmsUnavailable, as_sms, without_numbers
from tests.support.sms_receiver import SmsReceiver, listening, sms_receiver, url_of

PHONE = "19900000001"


@pytest.fixture
async def sms() -> AsyncIterator[SmsReceiver]:
    async with sms_receiver() as receiver:
        yield receiver


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=1.0, trust_env=False) as client:
        yield client


async def test_a_text_is_handed_over_with_its_key_and_token(sms: SmsReceiver, client: httpx.AsyncClient) -> None:
    assert await HttpSmsProvider(client, sms.url, sms.token).send("m1", PHONE, "您的申报已受理。") == "sms-m1"
    (request,) = sms.requests
    assert (request.message_id, request.phone, request.text) == ("m1", PHONE, "您的申报已受理。")
    assert request.headers["authorization"] == f"Bearer {sms.token}"
    assert request.headers["idempotency-key"] == "m1"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_most_of_400_is_a_refusal_for_good(sms: SmsReceiver, client: httpx.AsyncClient, status: int) -> None:
    sms.fail(1, status)
    with pytest.raises(SmsRefused, match=f"^provider-refused: {status}$"):
        await HttpSmsProvider(client, sms.url, sms.token).send("m1", PHONE, "文字")


@pytest.mark.parametrize("status", [302, 408, 429, 500, 502, 503])
async def test_what_passes_can_be_tried_again(sms: SmsReceiver, client: httpx.AsyncClient, status: int) -> None:
    sms.fail(1, status)
    provider = HttpSmsProvider(client, sms.url, sms.token)
    with pytest.raises(SmsUnavailable, match=f"^provider-unavailable: {status}$"):
        await provider.send("m1", PHONE, "文字")
    assert await provider.send("m1", PHONE, "文字") == "sms-m1"


async def test_silence_can_be_tried_again_and_is_still_one_text(sms: SmsReceiver) -> None:
    sms.hold()
    async with httpx.AsyncClient(timeout=0.1, trust_env=False) as impatient:
        with pytest.raises(SmsUnavailable, match="provider-unreachable: ReadTimeout"):
            await HttpSmsProvider(impatient, sms.url, sms.token).send("m1", PHONE, "文字")
    sms.release()
    async with httpx.AsyncClient(trust_env=False) as patient:
        assert await HttpSmsProvider(patient, sms.url, sms.token).send("m1", PHONE, "文字") == "sms-m1"
    assert (len(sms.requests), len(sms.texts)) == (2, 1)


async def test_nobody_there_can_be_tried_again(client: httpx.AsyncClient) -> None:
    with listening() as listener:
        url = url_of(listener)
    with pytest.raises(SmsUnavailable, match="provider-unreachable: ConnectError"):
        await HttpSmsProvider(client, url, "token").send("m1", PHONE, "文字")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"id": null}', b'{"id": ""}', b'{"id": {}}'])
async def test_an_answer_without_an_id_can_be_tried_again(
    sms: SmsReceiver, client: httpx.AsyncClient, body: bytes
) -> None:
    sms.say(body)
    with pytest.raises(SmsUnavailable, match="provider-answer-unreadable"):
        await HttpSmsProvider(client, sms.url, sms.token).send("m1", PHONE, "文字")


async def test_no_reason_names_the_number(sms: SmsReceiver, client: httpx.AsyncClient) -> None:
    sms.refuse(only=PHONE)
    with pytest.raises(SmsRefused) as refused:
        await HttpSmsProvider(client, sms.url, sms.token).send("m1", PHONE, "文字")
    assert PHONE not in repr(refused.value)


def test_a_text_that_is_too_long_is_cut_and_says_where_the_rest_is() -> None:
    fits, longer = "长" * SMS_CHARACTERS, "长" * (SMS_CHARACTERS + 1)
    assert as_sms(fits) == fits
    assert len(as_sms(longer)) == SMS_CHARACTERS
    assert as_sms(longer).endswith("长……全文请登录澄策之窗查看。")


@pytest.mark.parametrize("number", ["19900000001", "199 0000 0001", "0510-12345678", "+8619900000001"])
def test_a_provider_s_words_are_kept_without_numbers(number: str) -> None:
    kept = without_numbers(f"号码{number}已停机，代码 E1024")
    assert kept.removeprefix("号码").startswith(("***", "+***"))
    assert kept.endswith("已停机，代码 E1024")
