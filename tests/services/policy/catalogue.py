"""A document and an item in every state, for the tests of policy."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.policy.decider import DraftItem, PublishDocument
from services.policy.events import (
    CompleteGuide,
    DocumentPublished,
    DocumentRef,
    ItemDrafted,
    ItemPublished,
    Material,
    Window,
)
from services.policy.keys import document_key
from shared.security.actor import Actor, Role

NUMBER = "样例〔2026〕1号"
KEY = document_key("gxj", NUMBER)
CODE = "gxj-2026-001"
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="gxj")
HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj")
OF_ANOTHER = Actor(subject="other", roles=(Role.OFFICER,), department="kjj")
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,))

REF = DocumentRef(id=KEY, number=NUMBER, department="gxj", disclosure="public")
WITHHELD_REF = REF.model_copy(update={"disclosure": "withheld"})
GUIDE: dict[str, Any] = {
    "conditions": ("在江阴市登记注册",),
    "materials": (Material(name="设备发票", required=True, note="复印件"),),
    "process": ("网上申报", "部门审核"),
    "promised_days": 20,
    "office": "技术改造科",
    "phone": "0510-00001234",
}
PARTS = tuple(GUIDE)
COMPLETE = CompleteGuide(**GUIDE)
FIXED = Window(kind="fixed", opens_on=date(2026, 4, 1), closes_on=date(2026, 6, 30))

_DOCUMENT: dict[str, Any] = {
    "number": NUMBER,
    "title": "技术改造扶持办法（样例）",
    "department": "gxj",
    "kind": "policy",
    "issued_on": date(2026, 2, 27),
    "decided_on": date(2026, 2, 27),
    "effective_on": date(2026, 3, 1),
    "summary": "对设备更新给予补助。",
    "body": "一、按投资额补助。",
    "themes": ("技术改造",),
    "disclosure": "public",
    "withheld_reason": None,
    "origin": "department",
}
_ITEM: dict[str, Any] = {
    "code": CODE,
    "department": "gxj",
    "title": "设备补助（样例）",
    "content": "按设备投资额补助。",
    "support_type": "资金奖补",
    "procedure": "simple",
    "amount_fen": 500_000_000,
    "amount_text": "最高500万元",
    "window": FIXED,
    "themes": ("技术改造",),
    "industries": ("C34",),
    "towns": ("320281100",),
    "guide": COMPLETE,
    "document": REF,
}


def publish(**changes: Any) -> PublishDocument:
    return PublishDocument(**(_DOCUMENT | changes))


def published(**changes: Any) -> DocumentPublished:
    return DocumentPublished(**({**_DOCUMENT, "publish_due_on": date(2026, 3, 3), "late": False} | changes))


def draft(kind: type[DraftItem] = DraftItem, **changes: Any) -> DraftItem:
    """The item as a command; `kind` is the command."""
    guide = changes.pop("guide", GUIDE)
    return kind(**({**_ITEM, "document_number": NUMBER, "guide": guide} | changes))


def drafted(**changes: Any) -> ItemDrafted:
    guide = changes.pop("guide", GUIDE)
    return ItemDrafted(**({**_ITEM, "guide": guide} | changes))


def item_published(**changes: Any) -> ItemPublished:
    return ItemPublished(**(_ITEM | changes))
