"""SIGKILL of the platform in the middle of a payment, with a fund platform that loses answers: nobody is paid twice."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from services.application.payments.simulator import Faults
from tests.services.application.city import City, enterprise
from tests.support.funds import Funds, fund_platform
from tests.system.faults.conftest import SECONDS
from tests.system.faults.outside import Outside
from tests.system.faults.site import within
from tests.system.platform import AGAIN_SECONDS, Platform, platform

PAID = int(os.environ.get("CHENGCE_FAULT_PAID", "60"))  # enterprises on the plan
KILLS = 3
CLOCK = ("--at", "2026-03-02T09:00:00", "--speed", "60")

pytestmark = [pytest.mark.system, pytest.mark.timeout(SECONDS)]


async def _killed_and_started(platform: Platform, funds: Funds, at_least: int) -> None:
    """Once so many are paid in the fund platform's books, whatever the platform knows of it."""

    async def paid() -> bool | None:
        return len(funds.books.paid) >= at_least or None

    await within(AGAIN_SECONDS, f"{at_least} paid", paid)
    await platform.kill()
    await platform.start()


async def test_nobody_is_paid_twice_whenever_the_platform_is_killed(tmp_path: Path) -> None:
    faults = Faults(slow=0.3, lost=0.3, down=0.2, partial=0.5, repeated=0.3, settles_after=1)
    async with (
        fund_platform(faults) as funds,
        platform(tmp_path / "data", *CLOCK, CHENGCE_FUND_URL=funds.url, CHENGCE_FUND_TOKEN=funds.token) as running,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=60, trust_env=False) as client,
    ):
        city = City(Outside(running, client))
        # Accounts that end in 0000 come back once, and are mended after the first kill.
        wrong = f"62220000{0:08}"
        accounts = {n: wrong if n % 10 == 0 else f"62220000{n:04}1111" for n in range(1, PAID + 1)}
        grants = await city.supported("gxj-kill", accounts)
        plan = str((await city.does(city.maker, "payment-plans", {"grant_list": grants}, 201))["id"])
        await city.until(plan, "submitted", "payment-plans")
        await city.does(city.finance, f"payment-plans/{plan}/approve")
        for kill in range(KILLS):
            await _killed_and_started(running, funds, 1 + kill * PAID // 5)
        for n in range(10, PAID + 1, 10):
            who, path = city.of(enterprise(n)), f"payments/gxj-kill.2026.{enterprise(n)}"
            await city.until_seen(who, path, status="sent-back")
            await city.does(who, f"{path}/account", {"bank": "样例银行", "account": f"62220000{n:04}2222"})
        ended = await city.until(plan, "concluded", "payment-plans")
        assert ended["figures"]["rows"] == {"paid": PAID}
        assert funds.paid_twice == []
        assert len(funds.books.paid) == PAID
        funds.books.faults = Faults()
        both = await city.sees(city.finance, f"payment-plans/{plan}/reconciliation")
        assert (both["paid_here"], both["paid_there"], both["differences"]) == (PAID, PAID, [])
