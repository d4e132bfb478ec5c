"""The cases, in the order in which they are tried. Each says in its docstring what is expected, as the table shows it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from services.application.systems.conformance.asking import API, Asking, Left, expect, expect_fields, expect_that
from services.application.systems.conformance.sample import OTHERS, Sample

SOME_EVENTS = 300  # of the feed are compared, however long it is
SOME_APPLICATIONS = 20
EXPIRY_SECONDS = 15.0
ATTRIBUTES = {"specversion", "id", "source", "type", "subject", "time", "dataschema", "sequence", "data"}
PERSON = {"handled_by": "check-person"}
WORDS = "联调检查（样例），无需处理。"


@dataclass
class Check:
    """What the cases share: the platform, the sample where there is one, and what they work on."""

    asking: Asking
    item: str | None = None
    sample: Sample | None = None
    number: str = ""
    part: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)

    def work(self) -> str:
        """The path of the application that is worked on, with its open part. Raises `Left` when there is none."""
        if not self.number:
            self._find()
        return f"applications/{self.number}"

    def _find(self) -> None:
        if self.sample is not None:
            self.number, self.part = self.sample.apply(self.asking.department, self.item), "acceptance"
            if self.asking.get(f"applications/{self.number}").status_code == 404:
                raise Left("该系统只接办指定的事项，请用 --item 指明其中一个没有表单的事项。")
            return
        page: dict[str, Any] = {"next": None}
        while True:
            asked: dict[str, Any] = {"cursor": page["next"]} if page["next"] else {}
            page = expect(self.asking.get("applications", to_do=True, **asked), 200)
            for case in page["items"]:
                free = [part["part"] for part in case["parts"] if part["taken"] is None]
                if free and self.item in (None, case["item_code"]):
                    self.number, self.part = case["number"], free[0]
                    return
            if page["next"] is None:
                raise Left("没有待办且尚未接办的申报，请准备一件后重试；开发环境可用 --sample 自建。")

    def needs_sample(self) -> Sample:
        """The sample. Raises `Left` without one."""
        if self.sample is None:
            raise Left("需要可以自建样例的开发环境（--sample），避免改动真实申报的结果。")
        return self.sample


def sign_in(check: Check) -> None:
    """正确的密钥得到短期令牌"""
    answer = check.asking.sign_in()
    told = expect(answer, 200)
    expect_that(told.get("token_type", "").lower() == "bearer", "token_type 应为 Bearer。")
    expect_that(0 < told.get("expires_in", 0) <= 600, "expires_in 应不超过600秒。")
    expect_that(answer.headers.get("Cache-Control") == "no-store", "答复应带 Cache-Control: no-store。")
    check.asking.token = told["access_token"]


def wrong_secret(check: Check) -> None:
    """错误的密钥与不存在的标识得到同样的 401 invalid_client"""
    wrong = expect(check.asking.sign_in(secret="wrong"), 401, "invalid_client")  # noqa: S106 - wrong on purpose
    unknown = expect(check.asking.sign_in(client_id="nobody-000000000000"), 401, "invalid_client")
    expect_that(wrong == unknown, "两种错误的答复不同，会泄露标识是否存在。")


def wrong_grant(check: Check) -> None:
    """其他 grant_type 得到 400 unsupported_grant_type"""
    expect(check.asking.sign_in(grant_type="password"), 400, "unsupported_grant_type")


def no_token(check: Check) -> None:
    """没有令牌得到 401"""
    answer = check.asking.http.get(f"{API}/feed")
    expect(answer, 401, "platform.sign-in-required")
    expect_that("Bearer" in answer.headers.get("WWW-Authenticate", ""), "401 应带 WWW-Authenticate: Bearer。")


def forged_token(check: Check) -> None:
    """伪造的令牌（签名不符、无签名）得到 401"""
    head, body, signature = check.asking.token.split(".")
    other = "A" if signature[0] != "A" else "B"
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for forged in (f"{head}.{body}.{other}{signature[1:]}", f"{unsigned}.{body}."):
        headers = {"Authorization": f"Bearer {forged}"}
        expect(check.asking.http.get(f"{API}/feed", headers=headers), 401)


def expired_token(check: Check) -> None:
    """过期的令牌得到 401"""
    token = expect(check.asking.sign_in(lifetime="1"), 200)["access_token"]
    headers, deadline = {"Authorization": f"Bearer {token}"}, time.monotonic() + EXPIRY_SECONDS
    while check.asking.http.get(f"{API}/feed", params={"limit": 1}, headers=headers).status_code != 401:
        expect_that(time.monotonic() < deadline, f"要求1秒的令牌在{EXPIRY_SECONDS:g}秒后仍然有效。")
        time.sleep(0.2)  # time passes, and nothing tells of it


def peoples_doors(check: Check) -> None:
    """系统的令牌不能用于人员的接口，得到 403"""
    for path in ("/api/application/applications", "/api/application/systems"):
        expect(check.asking.read(path, {"Authorization": f"Bearer {check.asking.token}"}), 403, "platform.people-only")


def _pages(check: Check, limit: int, most: int, cursor: str | None = None) -> list[dict[str, Any]]:
    """Pages of the feed from a cursor on, until there are so many events, or there is no more."""
    pages: list[dict[str, Any]] = []
    while sum(len(page["events"]) for page in pages) < most:
        asked: dict[str, Any] = {"cursor": cursor} if cursor else {}
        pages.append(expect(check.asking.get("feed", limit=limit, **asked), 200))
        if not pages[-1]["more"]:
            break
        expect_that(pages[-1]["next"] != cursor, "还有变动未读，next 却没有前进。")
        cursor = pages[-1]["next"]
    return pages


def _events(pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for page in pages for event in page["events"]]


def feed_in_order(check: Check) -> None:
    """变动流水按 sequence 递增，每条都有 CloudEvents 属性"""
    if check.sample is not None:
        check.work()
    check.events = _events(_pages(check, 100, SOME_EVENTS))
    places = [int(event["sequence"]) for event in check.events]
    expect_that(bool(places), "变动流水是空的；请先准备一件申报。")
    expect_that(places == sorted(set(places)), "sequence 没有严格递增。")
    for event in check.events:
        missing = ATTRIBUTES - event.keys()
        expect_that(not missing, f"缺少属性 {'、'.join(sorted(missing))}。")


def feed_resumes(check: Check) -> None:
    """从任一 next 续读，不漏、不重、不乱"""
    pages = _pages(check, 7, SOME_EVENTS)
    expect_that(_events(pages)[: len(check.events)] == check.events, "每页条数不同，读到的内容就不同。")
    after = check.events[len(pages[0]["events"]) :]
    rest = _events(_pages(check, 100, SOME_EVENTS, pages[0]["next"]))
    expect_that(rest[: len(after)] == after, "续读的内容与从头读到的不一致。")


def wrong_cursor(check: Check) -> None:
    """不是由平台给出的 cursor 得到 422"""
    expect(check.asking.get("feed", cursor="!nonsense!"), 422, "platform.invalid-cursor")


def own_department_only(check: Check) -> None:
    """流水和列表中只有本部门参与的申报；其他申报如同不存在，得到 404"""
    numbers = list(dict.fromkeys(event["data"]["number"] for event in check.events))[:SOME_APPLICATIONS]
    for number in numbers:
        shown = expect(check.asking.get(f"applications/{number}"), 200)
        expect_that(check.asking.department in shown["involved"], f"{number} 不是本部门参与的申报。")
    others = ["SB0000-000000000000", *([check.sample.apply(OTHERS)] if check.sample else [])]
    for number in others:
        expect(check.asking.get(f"applications/{number}"), 404, "platform.not-found")
        expect(check.asking.get(f"applications/{number}/answers"), 404, "platform.not-found")
        expect(check.asking.post(f"applications/{number}/take", {"part": "acceptance"}), 404, "platform.not-found")


def key_required(check: Check) -> None:
    """写操作不带 Idempotency-Key 得到 422"""
    answer = check.asking.post(f"{check.work()}/take", {"part": check.part}, key="")
    expect(answer, 422, "application.idempotency-key-missing")


def not_open(check: Check) -> None:
    """接办不存在或未开始的环节得到 409，并说明可以接办哪些"""
    told = expect(
        check.asking.post(f"{check.work()}/take", {"part": "step:no-such-step"}), 409, "application.part-not-open"
    )
    expect_that([each["field"] for each in told.get("errors", [])] == ["part"], "应指出字段 part。")


def not_taken(check: Check) -> None:
    """没有接办就通报进展得到 409"""
    body = {"part": check.part, "text": WORDS}
    expect(check.asking.post(f"{check.work()}/progress", body), 409, "application.not-taken")


def take_twice(check: Check) -> None:
    """接办；同一键重发得到同样的答复，换一个键重复接办不再变化"""
    path, key = f"{check.work()}/take", uuid4().hex
    body = {"part": check.part, "case_number": "CHECK-1"}
    first = expect(check.asking.post(path, body, key), 200)
    again = expect(check.asking.post(path, body, key), 200)
    expect_that(again["version"] == first["version"] and again["repeated"], "同一键重发的答复不同。")
    other = expect(check.asking.post(path, body), 200)
    expect_that(other["version"] == first["version"], "重复接办又记了一次。")
    expect(check.asking.post(path, body | {"case_number": "CHECK-2"}, key), 422, "platform.idempotency-key-reused")


def all_at_once(check: Check) -> None:
    """内容有多处错误时一次全部指出"""
    body = {"part": check.part, "text": "", "stage_name": "长" * 61, "unknown": 1}
    expect_fields(check.asking.post(f"{check.work()}/progress", body), "text", "stage_name", "unknown")
    expect_fields(check.asking.post(f"{check.work()}/decline", {"reasons": []}), "handled_by", "reasons")


def progress(check: Check) -> None:
    """进展显示在办理轨迹中，并出现在变动流水中"""
    now = expect(check.asking.get("feed", start="now"), 200)["next"]
    body = {"part": check.part, "text": WORDS, "stage_name": "联调"}
    expect(check.asking.post(f"{check.work()}/progress", body), 200)
    shown = expect(check.asking.get(check.work()), 200)
    last = shown["steps"][-1]
    expect_that((last.get("text"), last.get("stage_name")) == (WORDS, "联调"), "办理轨迹中没有这次进展。")
    page = expect(check.asking.get("feed", cursor=now, wait=10), 200)
    mine = [event["data"] for event in page["events"] if event["type"] == "chengce.application.progress-reported.v1"]
    expect_that(
        WORDS in [each.get("text") for each in mine if each["number"] == check.number], "变动流水中没有这次进展。"
    )


def result(check: Check) -> None:
    """受理、再接办并审核，申报即告审核完成"""
    check.needs_sample()
    expect(check.asking.post(f"{check.work()}/accept", PERSON), 200)
    told = {"outcome": "approved", "opinion": WORDS}
    expect(check.asking.post(f"{check.work()}/review", PERSON | told), 409, "application.not-taken")
    expect(check.asking.post(f"{check.work()}/take", {"part": "review"}), 200)
    expect(check.asking.post(f"{check.work()}/review", PERSON | told), 200)
    shown = expect(check.asking.get(check.work()), 200)
    expect_that(shown["status"] == "reviewed", f"审核后的状态是 {shown['status']}。")
    check.number = check.part = ""  # there is nothing left to do with it


def release(check: Check) -> None:
    """退还后改由人员办理，系统不能再办"""
    path = check.work()
    expect(check.asking.post(f"{path}/take", {"part": check.part}), 200)
    expect(check.asking.post(f"{path}/release", {"part": check.part, "reason": WORDS}), 200)
    shown = expect(check.asking.get(path), 200)
    taken = {part["part"]: part["taken"] for part in shown["parts"]}
    expect_that(taken.get(check.part, "") is None, "退还后仍显示由系统接办。")
    expect(check.asking.post(f"{path}/progress", {"part": check.part, "text": WORDS}), 409, "application.not-taken")


def suspended(check: Check) -> None:
    """暂停接入后，已有的令牌立即失效，也领不到新的令牌；恢复后照常"""
    sample = check.needs_sample()
    path = check.work()
    sample.connection("suspend")
    try:
        for answer in (check.asking.get("feed"), check.asking.post(f"{path}/take", {"part": check.part})):
            expect(answer, 403, "application.system-not-connected")
        expect(check.asking.sign_in(), 403, "unauthorized_client")
    finally:
        sample.connection("resume")
    expect(check.asking.get("feed"), 200)


Case = Callable[[Check], None]
CASES: tuple[Case, ...] = (
    sign_in, wrong_secret, wrong_grant, no_token, forged_token, expired_token, peoples_doors, feed_in_order, feed_resumes,
    wrong_cursor, own_department_only, key_required, not_open, not_taken, take_twice, all_at_once, progress, result,
    release, suspended,
)  # fmt: skip
