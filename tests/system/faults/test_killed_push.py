"""SIGKILL of policy while it tells thousands of enterprises of an item; and of notify while it writes to them."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections import Counter
from typing import Any

import httpx
import psycopg
import pytest
from stdnum.cn import uscc

from shared.security.actor import Role
from tests.services.policy.matching.desk import HERE, eligibility
from tests.services.policy.test_api import document, item
from tests.system.faults.conftest import SECONDS, Sites, UnderLoad
from tests.system.faults.site import Site, within
from tests.system.faults.workload import Load

PUSHED = int(os.environ.get("CHENGCE_FAULT_PUSHED", "1000"))  # enterprises that meet the item
PATIENCE = 360 + PUSHED / 50
ROWS = 1000  # of one batch

pytestmark = [pytest.mark.system, pytest.mark.timeout(SECONDS + 3 * PATIENCE)]


def _enterprise(number: int) -> str:
    base = f"91320282{number:09d}"
    return base + str(uscc.calc_check_digit(base))


class Publisher:
    """A department at its desk, and one who counts what became of it."""

    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        self.code, self.number = f"push-{name}", f"样例〔2026〕{name}"
        self.usccs = [_enterprise(number) for number in range(PUSHED)]

    async def knows(self) -> None:
        """All enterprises are in the city, and policy knows."""
        rows = [{"uscc": each, "key": "division", "value": "320281001", "as_of": "2026-03-01"} for each in self.usccs]
        for start in range(0, PUSHED, ROWS):
            body = {"rows": rows[start : start + ROWS]}
            await self._post("/api/registry/facts/supply/batch", body, Role.DATA_BUREAU, "szj")
        known = "SELECT count(*) FROM stored_events WHERE topic = 'registry.facts-stated'"
        await within(PATIENCE, "registry knows", lambda: self._at_least(PUSHED, "registry", known))

    async def publishes(self) -> None:
        await self._post("/api/policy/documents", document(self.number), Role.OFFICER, "gxj")
        content = item(self.code, self.number, eligibility=eligibility(HERE))
        await self._post("/api/policy/items", content, Role.OFFICER, "gxj")

    async def has_told(self, number: int) -> None:
        """Waits until policy has recorded that so many are told, more or less: portions are of fifty."""
        told = "SELECT count(*) * 50 FROM stored_events WHERE topic = 'policy.matches-found'"
        await within(PATIENCE, "policy tells", lambda: self._at_least(number, "policy", told))

    async def have_mail(self, number: int) -> None:
        """Waits until so many messages are written."""
        await within(PATIENCE, f"{number} messages", lambda: self._at_least(number, "notify", _MESSAGES, self._about))

    async def mail(self) -> Counter[str]:
        """By enterprise the messages about the item."""
        return Counter(dict(await self._ask("notify", _BY_RECIPIENT, self._about)))

    @property
    def _about(self) -> dict[str, str]:
        return {"about": f'%"item:{self.code}"%'}

    async def _post(self, path: str, body: Any, role: Role, department: str) -> None:
        headers = self.site.platform.headers(role, department=department)
        async with httpx.AsyncClient(base_url=self._url, timeout=60, trust_env=False) as http:
            answer = await http.post(path, json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        assert not answer.json().get("refused"), answer.text

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self.site.platform.port}"

    async def _at_least(self, number: int, service: str, question: str, params: Any = None) -> bool | None:
        ((found,),) = await self._ask(service, question, params)
        return True if found >= number else None

    async def _ask(self, service: str, question: str, params: Any = None) -> list[Any]:
        async with await psycopg.AsyncConnection.connect(f"{self.site.postgres.url}/chengce_{service}") as connection:
            return await (await connection.execute(question, params)).fetchall()  # type: ignore[arg-type]


_OF_ITEM = "FROM stored_events WHERE topic = 'notify.message-written' AND convert_from(state, 'UTF8') LIKE %(about)s"
_RECIPIENT = "convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'recipient'"
_TO_ENTERPRISE = f"{_RECIPIENT} LIKE 'enterprise:%%'"
_MESSAGES = f"SELECT count(*) {_OF_ITEM} AND {_TO_ENTERPRISE}"
_BY_RECIPIENT = f"SELECT {_RECIPIENT}, count(*) {_OF_ITEM} AND {_TO_ENTERPRISE} GROUP BY 1"


def _note_commands(load: Load, begun: float) -> None:
    """How long other commands took meanwhile."""
    took = [end - start for start, end in load.answered_at if start >= begun]
    load.seen["p50_meanwhile"] = statistics.median(took)
    load.seen["p99_meanwhile"] = statistics.quantiles(took, n=100)[98]


@pytest.mark.parametrize("service", ["policy", "notify"])
async def test_each_of_thousands_is_told_of_an_item_once_whoever_is_killed_meanwhile(
    sites: Sites, under_load: UnderLoad, service: str
) -> None:
    site = await sites.get(1)
    publisher = Publisher(site, service)
    await publisher.knows()
    async with under_load(site) as load:
        begun = time.monotonic()
        await publisher.publishes()
        if service == "policy":
            await publisher.has_told(PUSHED // 4)
        else:
            await publisher.have_mail(PUSHED // 4)
        os.kill(site.platform.child(service), signal.SIGKILL)
        await publisher.have_mail(PUSHED)
        load.seen["all_told_after"] = time.monotonic() - begun
        _note_commands(load, begun)
    assert await publisher.mail() == Counter({f"enterprise:{each}": 1 for each in publisher.usccs})
