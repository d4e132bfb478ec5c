"""Whom an item fits now: asked of policy over its door, in the platform's own name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from shared.contracts.rolls import Roll, RollPage, Standing
from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import WAIT_HEADER

M = TypeVar("M", bound=BaseModel)
log = structlog.get_logger(__name__)
PAGE_SECONDS = 60.0  # a roll of some hundred thousand enterprises is counted in seconds
_BECAUSE = {403: Because.FORBIDDEN, 404: Because.NOT_FOUND, 409: Because.CONFLICT, 422: Because.INVALID}


class Rolls:
    """Asks policy. `url()` is where its door is, `token()` a bearer token that is valid now.

    Every question raises `Refused`: with policy's own words, or `application.matching-unavailable`.
    """

    def __init__(self, client: httpx.AsyncClient, url: Callable[[], str], token: Callable[[], str]) -> None:
        self._client = client
        self._url = url
        self._token = token

    async def keep(self, code: str, purpose: str, sent: str | None, wait_for: str | None) -> Roll:
        """A roll of this moment, kept as evidence; the same for the same key."""
        headers = {"Idempotency-Key": sent} if sent else {}
        path = f"/items/{quote(code, safe='')}/rolls"
        answer = await self._ask("POST", path, headers, wait_for, json={"purpose": purpose})
        return _read(Roll, answer)

    async def page_of(self, id: str, standing: Standing, fact: str | None, after: str, limit: int) -> RollPage:
        """Some of a roll that was kept."""
        params = _given(standing=standing, fact=fact, after=after, limit=limit)
        return _read(RollPage, await self._ask("GET", f"/rolls/{quote(id, safe='')}", {}, None, params=params))

    async def look(
        self,
        code: str,
        standing: Standing,
        fact: str | None,
        after: str,
        limit: int,
        moment: tuple[str, int] | None,
        wait_for: str | None,
    ) -> RollPage:
        """Some of the roll as it would be; `moment`: instant and revision of its first page."""
        at, revision = moment or (None, None)
        params = _given(standing=standing, fact=fact, after=after, limit=limit, at=at, revision=revision)
        answer = await self._ask("GET", f"/items/{quote(code, safe='')}/roll", {}, wait_for, params=params)
        return _read(RollPage, answer)

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], wait_for: str | None, **content: Any
    ) -> httpx.Response:
        waiting = _to_wait_for(wait_for)
        all_headers = {"Authorization": f"Bearer {self._token()}"} | headers | waiting
        try:
            answer = await self._client.request(
                method, f"{self._url()}/api/policy{path}", headers=all_headers, timeout=PAGE_SECONDS, **content
            )
        except httpx.TransportError as error:
            log.warning("matching_unreachable", error=type(error).__name__)
            raise _unavailable() from error
        if answer.status_code in _BECAUSE:
            raise _refused(answer)
        if not answer.is_success:
            log.warning("matching_unavailable", status=answer.status_code)
            raise _unavailable()
        return answer


def _to_wait_for(positions: str | None) -> dict[str, str]:
    """What policy is to wait for: its own positions and registry's. What is new on the list does not matter to matching."""
    parts = [part for part in (positions or "").split(",") if part.strip().startswith(("registry:", "policy:"))]
    return {WAIT_HEADER: ",".join(parts)} if parts else {}


def _given(**params: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value not in (None, "")}


def _read(form: type[M], answer: httpx.Response) -> M:
    try:
        return form.model_validate_json(answer.content)
    except ValidationError as error:
        log.warning("matching_unreadable", errors=error.error_count())
        raise _unavailable() from error


def _refused(answer: httpx.Response) -> Refused:
    """What policy refused, in its words."""
    try:
        problem = answer.json()
        errors = [FieldError.model_validate(each) for each in problem.get("errors", ())]
        return Refused(problem["code"], problem["title"], errors, _BECAUSE[answer.status_code])
    except (ValueError, KeyError, AttributeError):
        log.warning("matching_unreadable", status=answer.status_code)
        return _unavailable()


def _unavailable() -> Refused:
    title = "匹配服务暂时没有应答，请稍后以同样的内容重试；已列入名单的企业不受影响。"
    return Refused("application.matching-unavailable", title)
