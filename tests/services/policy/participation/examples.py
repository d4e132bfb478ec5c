"""Subjects, articles and comments in every state, for the tests of participation."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.policy.decider.article import AmendArticle, DraftArticle
from services.policy.decider.comment import SubmitComment, comment_id
from services.policy.events.participation import (
    ArticleDrafted,
    ArticlePublished,
    CommentApproved,
    CommentSubmitted,
    SubjectRef,
)
from shared.security.actor import Actor, Role
from tests.services.policy.catalogue import CODE, KEY

DOCUMENT = SubjectRef(kind="document", key=KEY, title="技术改造扶持办法（样例）", department="gxj", public=True)
ITEM = SubjectRef(kind="item", key=CODE, title="设备补助（样例）", department="gxj", public=True)
WITHHELD = DOCUMENT.model_copy(update={"public": False})
ENTERPRISE = Actor(subject="user", roles=(Role.APPLICANT,), enterprise="91320281MA0Y00016Q")
PERSON = Actor(subject="person", roles=(Role.APPLICANT,))
ARTICLE = "gxj-jd-001"
PLACE = "20260302-0123456789abcdef01234567"
COMMENT = comment_id(PLACE, 1)
DAY = date(2026, 3, 2)

_SAID: dict[str, Any] = {
    "code": ARTICLE,
    "kind": "interpretation",
    "department": "gxj",
    "title": "设备补助怎样申报（样例）",
    "summary": "说明对象和比例。",
    "body": "一、对象。二、比例。",
    "themes": ("技术改造",),
}


def draft(**changes: Any) -> DraftArticle:
    return DraftArticle(**({**_SAID, "about": ITEM} | changes))


def amend(**changes: Any) -> AmendArticle:
    written = {**_SAID, "about": ITEM, "body": "三、时间。", "reason": "补充时间。", "expected_revision": 1}
    return AmendArticle(**(written | changes))


def drafted(**changes: Any) -> ArticleDrafted:
    return ArticleDrafted(**({**_SAID, "about": ITEM} | changes))


def published(**changes: Any) -> ArticlePublished:
    return ArticlePublished(**({**_SAID, "about": ITEM, "revision": 1} | changes))


def submit(text: str = "旧设备能否申报？", about: SubjectRef = ITEM) -> SubmitComment:
    return SubmitComment(place=PLACE, about=about, text=text)


def submitted(number: int = 1, text: str = "旧设备能否申报？") -> CommentSubmitted:
    return CommentSubmitted(comment=comment_id(PLACE, number), about=ITEM, author="enterprise", text=text, day=DAY)


def approved() -> CommentApproved:
    return CommentApproved(**dict(submitted()))
