"""The SMS provider: what notify asks of one, and the adapter for one that is asked over HTTP."""

from __future__ import annotations

import re
from typing import Any, Protocol

import httpx

SMS_CHARACTERS = 500  # what Chinese carriers take as one long text
_MORE = "……全文请登录澄策之窗查看。"
_TRY_AGAIN = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS)
_NUMBER = re.compile(r"\d[\d -]{5,}\d")


class SmsRefused(Exception):
    """The provider will never take this text; the reason names no phone number."""


class SmsUnavailable(Exception):
    """The text was perhaps not taken, and can be tried again; the reason names no phone number."""


class SmsProvider(Protocol):
    """Takes text messages over for delivery."""

    async def send(self, message_id: str, phone: str, text: str) -> str:
        """Hands one text over and answers with the provider's id for it; the same message id twice is one text.

        Raises `SmsRefused`, `SmsUnavailable`.
        """
        ...


class HttpSmsProvider:
    """POSTs `{"message_id", "phone", "text"}` and expects `{"id"}`; the message id is the `Idempotency-Key`.

    4xx is a refusal, except 408 and 429; everything else that is not 2xx can be tried again, as can silence.
    """

    def __init__(self, client: httpx.AsyncClient, url: str, token: str) -> None:
        self._client = client
        self._url = url
        self._token = token

    async def send(self, message_id: str, phone: str, text: str) -> str:
        """See `SmsProvider.send`."""
        try:
            answer = await self._client.post(
                self._url,
                json={"message_id": message_id, "phone": phone, "text": text},
                headers={"Authorization": f"Bearer {self._token}", "Idempotency-Key": message_id},
            )
        except httpx.TransportError as error:
            raise SmsUnavailable(f"provider-unreachable: {type(error).__name__}") from error
        if answer.is_client_error and answer.status_code not in _TRY_AGAIN:
            raise SmsRefused(f"provider-refused: {answer.status_code}")
        if not answer.is_success:
            raise SmsUnavailable(f"provider-unavailable: {answer.status_code}")
        return _id_in(answer)


def _id_in(answer: httpx.Response) -> str:
    # An answer that cannot be read may be a proxy's: asking again is safe, for the provider knows the message id.
    try:
        content: Any = answer.json()
    except ValueError as error:
        raise SmsUnavailable("provider-answer-unreadable: no JSON") from error
    found = content.get("id") if isinstance(content, dict) else None
    if not isinstance(found, str | int) or not str(found):
        raise SmsUnavailable("provider-answer-unreadable: no id")
    return str(found)


def as_sms(text: str) -> str:
    """The text as it is sent: cut where it is longer than a text message, saying where the rest is."""
    return text if len(text) <= SMS_CHARACTERS else text[: SMS_CHARACTERS - len(_MORE)] + _MORE


def without_numbers(reason: str) -> str:
    """A provider's own words, without what may be a phone number: they go into published events."""
    return _NUMBER.sub("***", reason)
