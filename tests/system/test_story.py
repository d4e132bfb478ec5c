"""One thread of the mission through every service, told as it happens; on both layouts, through kills, twice over."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from stdnum.cn import uscc

from shared.calendar import SHANGHAI, WorkingCalendar, civil_date
from shared.security.actor import Role
from tests.support.sms_receiver import SmsReceiver, sms_receiver
from tests.system.platform import Desk, Listener, Platform, platform

pytestmark = pytest.mark.system

# A day in a second, in weeks without a holiday: nobody wants to wait for the National Day week.
DEMONSTRATION = ("--at", "2026-10-12T09:00:00", "--speed", "86400")
# An attempt every quarter of a second, for half a minute of real time.
TEXTING = {"CHENGCE_SMS_RETRY_SECONDS": "21600", "CHENGCE_SMS_GIVE_UP_SECONDS": "2592000"}
SERVICES = ("registry", "policy", "application", "hotline", "notify", "analytics")
GUIDE = {
    "conditions": ["在江阴市登记注册。"],
    "materials": [{"name": "申请表（样例）", "required": True}],
    "process": ["网上申报", "部门审核"],
    "promised_days": 3,
    "office": "技术改造科",
    "phone": "0510-00001234",
}


def uscc_of(serial: int) -> str:
    """A sample unified social credit code with the right check digit."""
    base = f"91320281MA{serial:07d}"
    return base + uscc.calc_check_digit(base)


@dataclass
class Story:
    """What one telling of the story is about; every telling has names of its own."""

    platform: Platform
    desk: Desk
    bus: Listener
    sms: SmsReceiver
    mark: str = field(default_factory=lambda: os.urandom(4).hex())
    uscc: str = field(default_factory=lambda: uscc_of(int.from_bytes(os.urandom(2)) + 1_000_000))
    item: str = ""
    application: str = ""

    def __post_init__(self) -> None:
        self.officer = self.platform.headers(Role.OFFICER, Role.REVIEWER, department="gxj")
        self.bureau = self.platform.headers(Role.DATA_BUREAU)
        self.agent = self.platform.headers(Role.HOTLINE_AGENT)
        self.enterprise = self.platform.headers(Role.APPLICANT, enterprise=self.uscc)

    async def registry_knows_department_and_enterprise(self) -> None:
        department = {"code": "gxj", "name": "江阴市工业和信息化局", "short_name": "市工信局"}
        assert (await self.desk.post("/api/registry/departments", department, self.bureau)).status_code == 201
        wrong = await self.desk.post(
            "/api/registry/enterprises", {"uscc": self.uscc[:-1] + "I", "name": "错码"}, self.bureau
        )
        assert wrong.status_code == 422
        enterprise = {"uscc": self.uscc, "name": f"江阴样例{self.mark}有限公司", "contact": {"phone": "19900000001"}}
        assert (await self.desk.post("/api/registry/enterprises", enterprise, self.bureau)).status_code == 201
        shown = await self.desk.get(f"/api/registry/enterprises/{self.uscc}")
        assert shown["name"] == enterprise["name"]

    async def department_publishes_document_and_item(self) -> None:
        today = civil_date(self.platform.now()).isoformat()
        document = {
            "number": f"样例〔2026〕{self.mark}号", "title": f"技术改造扶持办法（样例{self.mark}）", "department": "gxj",
            "kind": "policy", "issued_on": today, "decided_on": today, "effective_on": today,
            "summary": "样例。", "body": "样例正文。", "themes": ["技术改造"], "disclosure": "public",
        }  # fmt: skip
        answer = await self.desk.post("/api/policy/documents", document, self.officer)
        assert answer.status_code == 201, answer.text
        await self.bus.hear("policy.policy-published", number=document["number"])
        self.item = f"gxj-{self.mark}"
        item = {
            "code": self.item, "document_number": document["number"], "title": f"技改设备补助（样例{self.mark}）",
            "department": "gxj", "support_type": "资金奖补", "procedure": "simple", "amount_fen": 5_000_000,
            "window": {"kind": "year-round"}, "themes": ["技术改造"], "guide": {"conditions": ["在江阴市登记注册。"]},
        }  # fmt: skip
        refused = await self.desk.post("/api/policy/items", item, self.officer)
        assert refused.status_code == 422
        assert refused.json()["code"] == "policy.guide-incomplete"
        missing = {error["field"] for error in refused.json()["errors"]}
        assert missing == {f"guide.{part}" for part in ("materials", "process", "promised_days", "office", "phone")}
        answer = await self.desk.post("/api/policy/items", item | {"guide": GUIDE}, self.officer)
        assert answer.status_code == 201, answer.text
        await self.bus.hear("policy.item-published", code=self.item)
        shown = await self.desk.get(f"/api/policy/items/{self.item}")
        assert shown["title"] == item["title"]

    async def enterprise_applies_and_department_accepts(self) -> None:
        body = {
            "item_code": self.item,
            "enterprise": self.uscc,
            "statement": "申请设备补助。",
            "requested_fen": 4_000_000,
        }
        answer = await self.desk.post("/api/application/applications", body, self.enterprise)
        assert answer.status_code == 201, answer.text
        self.application = answer.json()["id"]
        await self.bus.hear("application.application-submitted", number=self.application)
        accepted = await self.desk.post(f"/api/application/applications/{self.application}/accept", {}, self.officer)
        assert accepted.status_code == 200, accepted.text
        event = await self.bus.hear("application.application-accepted", number=self.application)
        assert event.review_due_on == WorkingCalendar.announced().add_working_days(event.accepted_on, 3).day

    async def platform_raises_the_overdue_review(self) -> None:
        event = await self.bus.hear("application.review-overdue", number=self.application)
        raised = [h for h in self.bus.heard if h.type == "application.review-overdue" and h.event == event]
        assert civil_date(raised[0].at) > event.due_on, "raised before the due day was over"

    async def department_reviews_late(self) -> None:
        path = f"/api/application/applications/{self.application}/review"
        body = {"outcome": "approved", "opinion": "符合条件，同意补助。", "amount_fen": 4_000_000}
        answer = await self.desk.post(path, body, self.officer)
        assert answer.status_code == 200, answer.text
        event = await self.bus.hear("application.review-completed", number=self.application)
        assert not event.in_time

    async def a_ticket_arrives_and_is_answered(self) -> None:
        received = (self.platform.now() - timedelta(minutes=5)).astimezone(SHANGHAI).isoformat()
        ticket = {
            "number": f"JY-{self.mark}", "source": "12345", "channel": "电话", "nature": "consultation",
            "title": "咨询技改补助何时到账（样例）", "content": "企业询问设备补助的到账时间。", "received_at": received,
            "caller": {"name": "样例来电人", "phone": "19900000002", "enterprise_uscc": self.uscc},
        }  # fmt: skip
        first = await self.desk.post("/api/hotline/tickets", ticket, self.agent)
        assert first.status_code == 201, first.text
        again = await self.desk.post("/api/hotline/tickets", ticket, self.agent)
        assert again.json()["id"] == first.json()["id"] and again.json()["repeated"]
        path = f"/api/hotline/tickets/{first.json()['id']}"
        dispatched = await self.desk.post(f"{path}/dispatch", {"department": "gxj"}, self.agent)
        assert dispatched.status_code == 200, dispatched.text
        answered = await self.desk.post(f"{path}/answer", {"text": "补助将在本月底前拨付，请留意账户。"}, self.officer)
        assert answered.status_code == 200, answered.text
        event = await self.bus.hear("hotline.ticket-answered", number=ticket["number"])
        assert event.department == "gxj"
        assert len(self.bus.of("hotline.ticket-received", number=ticket["number"])) == 1

    async def a_file_of_tickets_is_loaded(self, folder: Path) -> None:
        file = folder / f"export{self.mark}.csv"
        row = {"信件编号": "", "来信标题": "", "来信内容": "样例诉求内容。", "来信时间": "2026-03-02 09:30:00"}
        good = [row | {"信件编号": f"{self.mark}-{n}", "来信标题": f"第{n}件（样例）"} for n in range(3)]
        bad = [
            good[0] | {"信件编号": "", "来信内容": ""},
            good[0] | {"信件编号": f"{self.mark}-9", "来信时间": "不知道"},
        ]
        _write(file, [*good, *bad])
        code, output = await self.platform.chengce("load", str(file), "--json", "--rejected-dir", str(folder))
        assert code == 3, output
        rejected = folder / f"export{self.mark}.rejected.csv"
        rows = list(csv.DictReader(rejected.open(encoding="utf-8-sig")))
        assert [row["_原行号"] for row in rows] == ["5", "6"]
        assert all(row["_拒绝原因"] for row in rows)
        corrected = [
            rows[0] | {"信件编号": f"{self.mark}-8", "来信内容": "补齐后的内容。"},
            rows[1] | {"来信时间": "2026-03-03 10:00:00"},
        ]
        _write(rejected, corrected)
        code, output = await self.platform.chengce("load", str(rejected), "--json", "--rejected-dir", str(folder))
        assert code == 0, output
        for n in (0, 1, 2, 8, 9):
            await self.bus.hear("hotline.ticket-received", number=f"{self.mark}-{n}")
        assert len(self.bus.of("hotline.ticket-received", source=f"export{self.mark}")) == 5

    async def everybody_was_told_once(self) -> None:
        about = f"application:{self.application}"
        await self.bus.hear("notify.message-written", template="review-completed", about=about)
        self.desk.saw("notify", self.bus.position("notify"))
        inbox = await self.desk.get(
            "/api/notify/inbox", self.enterprise, recipient=f"enterprise:{self.uscc}", limit="100"
        )
        mine = [m for m in inbox["items"] if m["about"] == about]
        templates = [m["template"] for m in mine]
        assert sorted(templates) == [
            "application-accepted", "application-received", "review-completed", "review-overdue",
        ], "each fact once"  # fmt: skip
        for message in mine:
            told = message["message_id"]
            await self.bus.hear("notify.sms-accepted", message_id=told)
            assert self.sms.texts[told].phone == "19900000001"
            receipt = {"message_id": told, "status": "delivered"}
            sent = await self.desk.post("/api/notify/sms/receipts", receipt, {"Authorization": "Bearer receipts"})
            assert sent.status_code < 300, sent.text
            await self.bus.hear("notify.sms-delivered", message_id=told)
        overdue = [m.recipient for m in self.bus.of("notify.message-written", about=about) if "overdue" in m.template]
        assert sorted(overdue) == ["data-bureau", "department:gxj", f"enterprise:{self.uscc}"]

    async def analytics_shows_what_happened(self, before: dict[str, dict[str, int]]) -> None:
        after = await self.figures()
        gxj = {name: n - before.get("gxj", {}).get(name, 0) for name, n in after["gxj"].items()}
        gxj.pop("visits", 0)  # handed in once a minute, whenever that is
        assert {name: n for name, n in gxj.items() if n} == {
            "documents": 1, "items": 1, "applications": 1, "accepted": 1, "reviews_overdue": 1, "reviews_late": 1,
            "approved": 1, "tickets_dispatched": 1, "tickets_answered": 1,
        }  # fmt: skip
        received = after["none"]["tickets_received"] - before.get("none", {}).get("tickets_received", 0)
        assert received == 6

    async def figures(self) -> dict[str, dict[str, int]]:
        found: list[dict[str, Any]] = await self.desk.get("/api/analytics/departments", self.bureau)
        return {each["department"]: each["figures"] for each in found}

    def everything_was_published_once(self) -> None:
        ids = [(h.source, h.position) for h in self.bus.heard]
        assert len(ids) == len(set(ids)), "an event was published twice"
        for service in SERVICES:
            of_service = [h for h in self.bus.heard if h.source == service]
            assert [h.previous for h in of_service[1:]] == [h.position for h in of_service[:-1]], service
        for type_ in ("application.review-overdue", "application.application-submitted"):
            assert len(self.bus.of(type_, number=self.application)) == 1, type_


def texting(sms: SmsReceiver) -> dict[str, str]:
    """Settings for the provider of the tests."""
    return TEXTING | {"CHENGCE_SMS_URL": sms.url, "CHENGCE_SMS_TOKEN": sms.token}


def _write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


async def tell(running: Platform, sms: SmsReceiver, folder: Path, interrupt: Callable[[], Any] | None = None) -> None:
    """The story, once; with an interruption in the middle, where the platform owes the overdue event."""
    bus = Listener()
    async with Desk(f"http://127.0.0.1:{running.port}") as desk, bus.listening(running.nats_url(), *SERVICES):
        story = Story(running, desk, bus, sms)
        before = await story.figures()
        await story.registry_knows_department_and_enterprise()
        await story.department_publishes_document_and_item()
        await story.enterprise_applies_and_department_accepts()
        if interrupt:
            await interrupt()
        await story.a_ticket_arrives_and_is_answered()
        await story.a_file_of_tickets_is_loaded(folder)
        await story.platform_raises_the_overdue_review()
        await story.department_reviews_late()
        await story.everybody_was_told_once()
        await story.analytics_shows_what_happened(before)
        story.everything_was_published_once()


@pytest.mark.parametrize("layout", [(), ("--split",)], ids=["one", "split"])
async def test_the_story_is_told_twice_on_one_data_directory(layout: tuple[str, ...], tmp_path: Path) -> None:
    async with sms_receiver() as sms:
        for _ in range(2):
            async with platform(tmp_path / "data", *DEMONSTRATION, *layout, **texting(sms)) as running:
                await tell(running, sms, tmp_path)
                assert await running.stop() == 0, "".join(running.output[-30:])


async def test_the_story_is_the_same_with_two_replicas_of_every_service(tmp_path: Path) -> None:
    layout = ("--split", "--replicas", "2")
    async with sms_receiver() as sms, platform(tmp_path / "data", *DEMONSTRATION, *layout, **texting(sms)) as running:
        await tell(running, sms, tmp_path)


async def test_the_story_ends_the_same_when_the_one_process_is_killed_in_the_middle(tmp_path: Path) -> None:
    async with sms_receiver() as sms, platform(tmp_path / "data", *DEMONSTRATION, **texting(sms)) as running:

        async def kill_and_start_again() -> None:
            await running.kill()
            await running.start()

        await tell(running, sms, tmp_path, kill_and_start_again)


@pytest.mark.parametrize("service", ["application", "notify"])
async def test_the_story_ends_the_same_when_one_service_is_killed_in_the_middle(service: str, tmp_path: Path) -> None:
    async with (
        sms_receiver() as sms,
        platform(tmp_path / "data", *DEMONSTRATION, "--split", **texting(sms)) as running,
    ):

        async def kill() -> None:
            os.kill(running.child(service), 9)

        await tell(running, sms, tmp_path, kill)
