"""Where a recipient's phone number is: with the service that keeps it, asked for each text and kept nowhere here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx

# Where each kind of recipient is kept: service, and the path below its door; a place for each part of its key.
_KEPT = {
    "enterprise": ("registry", "/api/registry/enterprises/{}/contact"),
    "caller": ("hotline", "/api/hotline/tickets/{}/caller"),
    "objector": ("application", "/api/application/announcements/{}/objections/{}/objector"),
}
_MOBILE = re.compile(r"1\d{10}")


class ContactUnavailable(Exception):
    """The service that keeps the contact did not say; it can be asked again."""


class Contacts:
    """Asks the other services, in the platform's own name.

    `url_of(service)` is where a service's door is, `token()` a bearer token that is valid now.
    """

    def __init__(self, client: httpx.AsyncClient, url_of: Callable[[str], str], token: Callable[[], str]) -> None:
        self._client = client
        self._url_of = url_of
        self._token = token

    async def phone_of(self, recipient: str) -> str | None:
        """The mobile number, or None when none is known. Raises `ContactUnavailable`."""
        kind, _, key = recipient.partition(":")
        if kind not in _KEPT:
            return None
        service, path = _KEPT[kind]
        parts = key.rsplit(":", path.count("{}") - 1)
        url = self._url_of(service) + path.format(*(quote(part, safe="") for part in parts))
        try:
            answer = await self._client.get(url, headers={"Authorization": f"Bearer {self._token()}"})
        except httpx.TransportError as error:
            raise ContactUnavailable(f"contact-unreachable: {service} {type(error).__name__}") from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            raise ContactUnavailable(f"contact-unavailable: {service} {answer.status_code}")
        return _mobile_in(answer, service)


def _mobile_in(answer: httpx.Response, service: str) -> str | None:
    try:
        content: Any = answer.json()
    except ValueError as error:
        raise ContactUnavailable(f"contact-unreadable: {service}") from error
    phone = content.get("phone") if isinstance(content, dict) else None
    return phone if isinstance(phone, str) and _MOBILE.fullmatch(phone) else None
