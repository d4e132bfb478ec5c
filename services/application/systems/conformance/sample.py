"""What a development platform is given to try a system on: an item of the department, applications for it, one of others'.

Everything in it is invented, and says so. It needs the development sign-in, which a real platform has closed.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from stdnum.cn import uscc

from services.application.systems.conformance.asking import Asking, Left

OTHERS = "check-other"
GUIDE = {
    "conditions": ["联调检查用（样例）。"],
    "materials": [{"name": "说明（样例）", "required": True}],
    "process": ["申报", "审核"],
    "promised_days": 10,
    "office": "联调科（样例）",
    "phone": "0510-00001234",
}


class Sample:
    """Applications that were made for the check, and whoever else has to act for it."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self.bureau = self._signed_in("data-bureau", department="szj")

    def apply(self, department: str, item: str | None = None) -> str:
        """The number of a new application for an item, or for a new one of the department."""
        body = f"91320281{int(uuid4().hex[:12], 16) % 10**8:08d}X"
        enterprise = body + uscc.calc_check_digit(body)
        form = {
            "item_code": item or self._published(department),
            "enterprise": enterprise,
            "statement": "联调检查用（样例）。",
        }
        applicant = self._signed_in("applicant", enterprise=enterprise)
        return str(self._made("/api/application/applications", form, applicant)["id"])

    def connection(self, step: str) -> None:
        """Suspends or resumes the system that asks."""
        reason = {"reason": "联调检查（样例）。"} if step == "suspend" else None
        self._made(f"/api/application/systems/{self.asking.client_id}/{step}", reason, self.bureau)

    def _published(self, department: str) -> str:
        officer = self._signed_in("officer", department=department)
        tag = uuid4().hex[:8]
        document = {
            "number": f"样例〔2026〕{tag}号", "title": "联调检查办法（样例）", "department": department, "issued_on": "2026-01-05",
            "decided_on": "2026-01-05", "summary": "样例。", "body": "样例。", "themes": [], "disclosure": "public",
        }  # fmt: skip
        self._made("/api/policy/documents", document, officer)
        item = {
            "code": f"{department}-check-{tag}", "document_number": document["number"], "title": "联调检查事项（样例）",
            "department": department, "support_type": "资金奖补", "procedure": "simple", "window": {"kind": "year-round"},
            "guide": GUIDE, "themes": [],
        }  # fmt: skip
        self._made("/api/policy/items", item, officer)
        self.asking.read("/api/application/offers", officer)  # so that application has heard of it
        return str(item["code"])

    def _signed_in(self, role: str, **more: Any) -> dict[str, str]:
        form = {"subject": f"check-{role}", "roles": [role]} | more
        answer = self.asking.http.post("/api/registry/sign-in", json=form)
        if answer.status_code != 200:
            raise Left("该平台没有开放开发登录，不能自建样例；请去掉 --sample，改用已有的待办申报。")
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def _made(self, path: str, body: Any, headers: dict[str, str]) -> Any:
        answer = self.asking.write(path, body, headers)
        if answer.status_code not in (200, 201):
            raise Left(f"样例没有建成：{path} 的答复是 {answer.status_code}，{answer.json().get('title', '')}")
        return answer.json()
