"""A platform as a department's system asks it over HTTP; what is not as expected is said in one sentence."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import uuid4

import httpx

API = "/api/application/system"
SECONDS = 40.0  # of one request, a long poll among them


class Unexpected(Exception):
    """A case has failed: what was seen instead."""


class Left(Exception):
    """A case cannot be tried here: why not."""


class Asking:
    """Client id and secret at one platform. Reads show what was written through it before."""

    def __init__(self, url: str, client_id: str, secret: str) -> None:
        self.http = httpx.Client(base_url=url.rstrip("/"), timeout=SECONDS)
        self.client_id, self.secret = client_id, secret
        self.token = ""
        self._seen: dict[str, int] = {}

    def close(self) -> None:
        """Closes the connections."""
        self.http.close()

    def sign_in(self, *, client_id: str = "", secret: str = "", **form: Any) -> httpx.Response:
        """A request for a token, with the credentials in the header."""
        credentials = (client_id or self.client_id, secret or self.secret)
        return self.http.post(f"{API}/token", data={"grant_type": "client_credentials"} | form, auth=credentials)

    @property
    def department(self) -> str:
        """The department's code, from the token's claims."""
        body = self.token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return str(claims.get("department", ""))

    def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> httpx.Response:
        """A read at the doors of systems."""
        return self.read(f"{API}/{path}", self._bearer(headers), **params)

    def post(self, path: str, body: Any, key: str | None = None) -> httpx.Response:
        """A write at the doors of systems, under a key of its own unless one is given; an empty one is left out."""
        named = {"Idempotency-Key": uuid4().hex if key is None else key} if key != "" else {}
        return self.write(f"{API}/{path}", body, self._bearer(named))

    def read(self, path: str, headers: dict[str, str], **params: Any) -> httpx.Response:
        """A read that shows what was written before."""
        wait = ",".join(f"{service}:{place}" for service, place in self._seen.items())
        return self.http.get(path, params=params, headers=headers | ({"Chengce-Wait-For": wait} if wait else {}))

    def write(self, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        """A write anywhere."""
        answer = self.http.post(path, json=body, headers=headers)
        service, _, place = answer.headers.get("Chengce-Position", "").partition(":")
        if place.isdecimal():
            self._seen[service] = max(int(place), self._seen.get(service, 0))
        return answer

    def _bearer(self, more: dict[str, str] | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} | (more or {})


def expect(answer: httpx.Response, status: int, code: str | None = None) -> Any:
    """The body of an answer with this status, and this stable code. Raises `Unexpected`."""
    told = f"{answer.request.method} {answer.request.url.path} 的答复是 {answer.status_code}"
    try:
        body = answer.json()
    except ValueError:
        raise Unexpected(f"{told}，内容不是 JSON。") from None
    seen = body.get("code") or body.get("error") if isinstance(body, dict) else None
    if answer.status_code != status or (code is not None and seen != code):
        wanted = f"{status}（{code}）" if code else str(status)
        raise Unexpected(f"{told}{f'（{seen}）' if seen else ''}，应为 {wanted}。")
    return body


def expect_fields(answer: httpx.Response, *fields: str) -> None:
    """A refusal that names exactly these fields, all at once. Raises `Unexpected`."""
    named = {str(error.get("field")) for error in expect(answer, 422).get("errors", [])}
    if named != set(fields):
        raise Unexpected(f"指出的字段是 {'、'.join(sorted(named)) or '无'}，应一次指出 {'、'.join(sorted(fields))}。")


def expect_that(fact: bool, otherwise: str) -> None:
    """Raises `Unexpected` with the sentence unless it is so."""
    if not fact:
        raise Unexpected(otherwise)
