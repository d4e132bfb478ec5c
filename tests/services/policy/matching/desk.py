"""A small city for matching: enterprises with facts, items with eligibility, asked through the doors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import text

from services.policy.deadlines import deadlines
from shared.calendar import SHANGHAI
from shared.deadlines.book import DeadlineBook
from shared.readmodels.projections import live_session
from shared.security.actor import Role
from tests.services.policy.test_api import document, item
from tests.support.running import Running

FIRST, SECOND, THIRD = "91320281MA0Y00016Q", "91320281MA0Y00024K", "91320281MA0Y00032E"
RD = {"op": "compare", "fact": "rd_ratio", "comparison": ">=", "value": 500}
HERE = {"op": "under", "fact": "division", "codes": ["320281"]}
PATIENCE = 120.0


def eligibility(*rules: dict[str, Any] | None) -> dict[str, Any]:
    """Requirements with these rules; None: a person checks."""
    return {"requirements": [{"title": f"第{n}项条件", "rule": rule} for n, rule in enumerate(rules, start=1)]}


class City:
    """All doors as everybody who may."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.client = running.client
        self.bureau = running.sign_in(Role.DATA_BUREAU, department="szj")
        self.officer = running.sign_in(Role.OFFICER, department="gxj")
        self._wait: dict[str, str] = {}

    def enterprise(self, uscc: str) -> dict[str, str]:
        return self.running.sign_in(Role.APPLICANT, enterprise=uscc)

    async def post(self, path: str, body: Any, headers: dict[str, str], expect: int = 201) -> Any:
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.status_code == expect, answer.text
        if place := answer.headers.get("Chengce-Position"):
            self._wait["Chengce-Wait-For"] = place
        return answer.json()

    async def supply(self, *facts: tuple[str, str, Any]) -> None:
        """Facts as the data bureau hands them over; returns when policy has them."""
        rows = [{"uscc": uscc, "key": key, "value": value, "as_of": "2026-03-01"} for uscc, key, value in facts]
        answer = await self.post("/api/registry/facts/supply/batch", {"rows": rows}, self.bureau, 200)
        assert not answer["refused"], answer
        self._wait["Chengce-Wait-For"] = f"registry:{answer['position']}"

    async def publish(
        self, code: str, wanted: dict[str, Any], of_document: dict[str, Any] | None = None, **changes: Any
    ) -> None:
        """A document, public unless it says otherwise, and an item with this eligibility."""
        await self.post("/api/policy/documents", document(f"样例〔2026〕{code}", **of_document or {}), self.officer)
        content = item(code, f"样例〔2026〕{code}", eligibility=wanted, **changes)
        await self.post("/api/policy/items", content, self.officer)

    async def match(self, uscc: str, path: str = "", **params: Any) -> Any:
        headers = self.enterprise(uscc) | self._wait
        answer = await self.client.get(f"/api/policy/match/{uscc}{path}", headers=headers, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def told(self, uscc: str) -> list[tuple[str, str]]:
        """What was pushed to an enterprise: items with their levels."""
        return sorted((push["code"], push["level"]) for push in await self.match(uscc, "/pushes"))

    async def put(self, path: str, body: Any, headers: dict[str, str]) -> None:
        answer = await self.client.put(path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        await self._seen(answer)

    async def delete(self, path: str, headers: dict[str, str]) -> None:
        answer = await self.client.delete(path, headers=headers)
        assert answer.status_code == 200, answer.text
        await self._seen(answer)

    async def _seen(self, answer: Any) -> None:
        """Returns when policy's own read models show it."""
        wait = {"Chengce-Wait-For": answer.headers["Chengce-Position"]}
        assert (await self.client.get("/api/policy/conditions/named", headers=wait)).status_code == 200

    async def until_told(self, uscc: str, *wanted: tuple[str, str]) -> None:
        """Returns when exactly this was pushed."""
        await self._until(lambda told: told == sorted(wanted), lambda: self.told(uscc))

    async def until_in_inbox(self, uscc: str, number: int, about: str = "item:") -> list[dict[str, Any]]:
        """The messages about something, when there are so many."""
        return await self._until(lambda found: len(found) >= number, lambda: self.inbox(uscc, about))

    async def inbox(self, uscc: str, about: str = "item:") -> list[dict[str, Any]]:
        """The messages about something in an enterprise's inbox."""
        answer = await self.client.get("/api/notify/inbox", headers=self.enterprise(uscc), params={"limit": 200})
        assert answer.status_code == 200, answer.text
        return [message for message in answer.json()["items"] if message["about"].startswith(about)]

    async def _until(self, fits: Callable[[Any], bool], ask: Callable[[], Awaitable[Any]]) -> Any:
        # What is waited for happens in read models that nobody announces: it is asked for again, and not for ever.
        found: Any = None
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    found = await ask()
                    if fits(found):
                        return found
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"in vain; last seen: {found}") from None

    async def next_deadline(self, kind: str, key: str) -> datetime | None:
        """When something of this kind is owed, in Shanghai."""
        policy = self.running.runtimes["policy"]
        book = DeadlineBook(deadlines.of)
        async with live_session(policy.database, [book]) as session:
            question = "SELECT due_at FROM deadlines WHERE kind = :kind AND aggregate_id LIKE :key"
            found = (await session.execute(text(question), {"kind": kind, "key": f"%-{key}"})).scalar()
        return found.astimezone(SHANGHAI) if found else None

    async def until_settled(self, kind: str, key: str) -> None:
        """Returns when nothing of this kind is owed any more."""
        await self._until(lambda found: found is None, lambda: self.next_deadline(kind, key))

    async def due_now(self, kind: str) -> None:
        """Brings all that is owed of a kind forward, as if its time had come."""
        policy = self.running.runtimes["policy"]
        async with live_session(policy.database, [DeadlineBook(deadlines.of)]) as session:
            await session.execute(text("UPDATE deadlines SET due_at = now() WHERE kind = :kind"), {"kind": kind})
