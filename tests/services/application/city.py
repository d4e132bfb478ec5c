"""A city in small: registry, policy, application and notify, and the people who work there."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import httpx
from stdnum.cn import uscc as codes

from shared.security.actor import Role
from tests.services.application.test_api import GUIDE

PATIENCE = 180.0


def enterprise(number: int) -> str:
    """A made-up code with the right check digit."""
    body = f"91320281{number:08d}X"
    return body + codes.calc_check_digit(body)


class Asked(Protocol):
    """A platform, in the test's process or outside."""

    client: httpx.AsyncClient

    def sign_in(
        self, *roles: Role, department: str | None = None, enterprise: str | None = None, subject: str = "test"
    ) -> dict[str, str]:
        """Headers of somebody with these roles."""
        ...

    async def end_of_log(self, name: str) -> int:
        """The position of a service's last stored event."""
        ...


class City:
    """Registry, policy, application and notify, and who works there."""

    def __init__(self, running: Asked) -> None:
        self.running = running
        self.maker = running.sign_in(Role.OFFICER, department="gxj", subject="maker")
        self.head = running.sign_in(Role.DEPARTMENT_HEAD, department="gxj", subject="head")
        self.finance = running.sign_in(Role.FINANCE, department="czj", subject="finance")
        self.bureau = running.sign_in(Role.DATA_BUREAU, department="szj", subject="bureau")

    def of(self, uscc: str) -> dict[str, str]:
        """Somebody of an enterprise."""
        return self.running.sign_in(Role.APPLICANT, enterprise=uscc, subject=f"user-{uscc}")

    async def does(self, who: dict[str, str], path: str, body: Any = None, status: int = 200) -> Any:
        """A step at application's doors."""
        answer = await self.running.client.post(f"/api/application/{path}", json=body, headers=who)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def sees(self, who: dict[str, str], path: str, **params: Any) -> Any:
        """What application shows after all that was done there."""
        end = await self.running.end_of_log("application")
        headers = who | {"Chengce-Wait-For": f"application:{end}"}
        return (await self.patiently(f"/api/application/{path}", headers, **params)).json()

    async def patiently(self, path: str, headers: dict[str, str], **params: Any) -> httpx.Response:
        """As a careful client asks: again while what it waits for is not there yet (503)."""
        async with asyncio.timeout(PATIENCE):
            while (answer := await self.running.client.get(path, params=params, headers=headers)).status_code == 503:
                pass  # the door itself has waited
        assert answer.status_code == 200, answer.text
        return answer

    async def until(self, key: str, status: str, what: str = "grant-lists") -> Any:
        """The list or plan, once it stands so: the platform does its part by itself."""
        return await self.until_seen(self.bureau, f"{what}/{key}", status=status)

    async def until_seen(self, who: dict[str, str], path: str, **fields: Any) -> Any:
        """What is shown there, once it has these values."""
        async with asyncio.timeout(PATIENCE):
            while True:
                shown = await self.sees(who, path)
                if all(shown[name] == value for name, value in fields.items()):
                    return shown
                await asyncio.sleep(0.05)

    async def supported(self, code: str, accounts: dict[int, str]) -> str:
        """A list whose enterprises have all confirmed, each with its account, and stand on the support list."""
        await self.register(*accounts)
        await self.publish(code)
        key = await self.open_list(code)
        taken = await self.take(key, *(row(number) for number in accounts))
        assert taken["loaded"] == len(accounts), taken
        await self.does(self.maker, f"grant-lists/{key}/submit")
        await self.does(self.bureau, f"grant-lists/{key}/accept")
        await self.until(key, "offered")
        for number, account in accounts.items():
            path = f"grants/{code}.2026.{enterprise(number)}/confirm"
            await self.does(self.of(enterprise(number)), path, {"bank": "样例银行", "account": account})
        await self.does(self.head, f"grant-lists/{key}/confirm")
        await self.until(key, "concluded")
        return key

    async def register(self, *numbers: int) -> None:
        rows = [{"uscc": enterprise(n), "name": f"样例{n}号（样例）"} for n in numbers]
        answer = await self.running.client.post(
            "/api/registry/enterprises/batch", json={"rows": rows}, headers=self.bureau
        )
        assert answer.status_code == 200 and not answer.json()["refused"], answer.text
        self.after = {"Chengce-Wait-For": f"registry:{answer.json()['position']}"}

    async def publish(self, code: str, procedure: str = "no-application", **more: Any) -> None:
        """An item of its own document; `more` are fields of the item."""
        document = {
            "number": f"样例〔2026〕{code}号", "title": "扶持办法（样例）", "department": "gxj", "issued_on": "2026-03-02",
            "decided_on": "2026-03-02", "summary": "样例。", "body": "样例。", "themes": [], "disclosure": "public",
        }  # fmt: skip
        post = self.running.client.post
        assert (await post("/api/policy/documents", json=document, headers=self.maker)).status_code == 201
        item = {
            "code": code, "document_number": document["number"], "title": "免申奖励（样例）", "department": "gxj",
            "support_type": "资金奖补", "procedure": procedure, "window": {"kind": "year-round"}, "guide": GUIDE,
            "themes": [],
        }  # fmt: skip
        answer = await post("/api/policy/items", json=item | more, headers=self.maker)
        assert answer.status_code == 201, answer.text
        wait = {"Chengce-Wait-For": answer.headers["Chengce-Position"]}
        await self.patiently("/api/application/offers", wait)

    async def scheme(self, code: str, rules: dict[str, Any], process: dict[str, Any] | None = None) -> None:
        """Lays down how an item is handled; the other departments that take part are registered before."""
        await self._know({each for step in (process or {}).get("steps", ()) for each in step["departments"]} - {"gxj"})
        body = {"rules": {"period": "2026"} | rules, "process": process}
        answer = await self.running.client.put(f"/api/application/schemes/{code}", json=body, headers=self.maker)
        assert answer.status_code == 200, answer.text

    async def _know(self, departments: set[str]) -> None:
        post = self.running.client.post
        for code in departments:
            form = {"code": code, "name": f"样例市{code}（样例）", "short_name": code, "role": "department"}
            answer = await post("/api/registry/departments", json=form, headers=self.bureau)
            assert answer.status_code == 201, answer.text
            await self.patiently("/api/application/offers", {"Chengce-Wait-For": answer.headers["Chengce-Position"]})

    async def apply(self, code: str, number: int, fen: int | None = None, key: str | None = None) -> Any:
        """What an enterprise is answered when it applies; with a key it asks again while the platform is too busy (503)."""
        form = {
            "item_code": code,
            "enterprise": enterprise(number),
            "statement": "申请（样例）。",
            "requested_fen": fen,
        }
        headers = self.of(enterprise(number)) | ({"Idempotency-Key": key} if key else {})
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.running.client.post("/api/application/applications", json=form, headers=headers)
                if key is None or answer.status_code != 503:
                    return answer

    async def uploaded(self, who: dict[str, str], content: bytes, name: str) -> str:
        """The number of a file that somebody has uploaded."""
        headers = who | {"Chengce-File-Name": name}
        answer = await self.running.client.post("/api/application/attachments", content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def open_list(self, code: str, **more: Any) -> str:
        form = {"item_code": code, "period": "2026", "basis": "年度认定结果（样例）。", "term_days": 3} | more
        return str((await self.does(self.maker, "grant-lists", form, 201))["id"])

    async def take(self, key: str, *rows: dict[str, Any]) -> Any:
        answer = await self.running.client.post(
            f"/api/application/grant-lists/{key}/rows/batch", json={"rows": list(rows)}, headers=self.maker | self.after
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def mail(self, who: dict[str, str], about: str) -> list[str]:
        """Templates of what somebody was told about something."""
        params = {"limit": 200}
        end = await self.running.end_of_log("notify")
        headers = who | {"Chengce-Wait-For": f"notify:{end}"}
        answer = await self.patiently("/api/notify/inbox", headers, **params)
        return sorted(each["template"] for each in answer.json()["items"] if each["about"] == about)

    async def until_mail(self, who: dict[str, str], about: str, *templates: str) -> None:
        """Until exactly these have been told."""
        told: list[str] = []
        try:
            async with asyncio.timeout(PATIENCE):
                while told != sorted(templates):
                    told = await self.mail(who, about)
                    assert len(told) <= len(templates), told
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"told {told} about {about}, not {sorted(templates)}") from None


def row(number: int, amount: object = "50000", **more: Any) -> dict[str, Any]:
    return {"统一社会信用代码": enterprise(number), "企业名称": f"样例{number}号（样例）", "金额（元）": amount} | more
