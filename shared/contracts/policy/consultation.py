"""Published by policy: consultations before a policy is made (article 22(1)(2)). Nothing tells who said what."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.base import Published


class _OfConsultation(Published):
    consultation_id: str
    title: str
    department: str


class ConsultationOpened(_OfConsultation):
    """The public is asked about a draft, from `opens_on` to the end of `closes_on`."""

    TYPE: ClassVar[str] = "policy.consultation-opened"
    TITLE: ClassVar[str] = "公开征求意见已开始"

    opens_on: date
    closes_on: date


class ConsultationExtended(_OfConsultation):
    """It stays open until the end of `closes_on`."""

    TYPE: ClassVar[str] = "policy.consultation-extended"
    TITLE: ClassVar[str] = "公开征求意见已延长"

    closes_on: date
    reason: str


class ConsultationWithdrawn(_OfConsultation):
    """It was taken back before anybody had said anything."""

    TYPE: ClassVar[str] = "policy.consultation-withdrawn"
    TITLE: ClassVar[str] = "公开征求意见已撤回"

    reason: str


class ConsultationClosed(_OfConsultation):
    """No more opinions are taken; results are due by the end of `answer_due_on`."""

    TYPE: ClassVar[str] = "policy.consultation-closed"
    TITLE: ClassVar[str] = "公开征求意见已截止"

    answer_due_on: date
    provisional: bool


class RepresentativesInvited(_OfConsultation):
    """These enterprises are asked as representatives of entrepreneurs."""

    TYPE: ClassVar[str] = "policy.representatives-invited"
    TITLE: ClassVar[str] = "已邀请企业家代表"
    INTERNAL: ClassVar[bool] = True

    closes_on: date
    enterprises: tuple[str, ...]


class OpinionAnswered(_OfConsultation):
    """An opinion has an answer; `enterprise` is whose it is, None for an individual."""

    TYPE: ClassVar[str] = "policy.opinion-answered"
    TITLE: ClassVar[str] = "意见已答复"
    INTERNAL: ClassVar[bool] = True

    opinion_id: str
    enterprise: str | None
    outcome: Literal["adopted", "partly", "not-adopted"]
    reason: str


class AnsweringDueSoon(_OfConsultation):
    """Opinions wait for their answers, and few days are left."""

    TYPE: ClassVar[str] = "policy.answering-due-soon"
    TITLE: ClassVar[str] = "意见答复时限将至"

    answer_due_on: date


class AnsweringOverdue(_OfConsultation):
    """The results of a consultation are not published though the last day is over."""

    TYPE: ClassVar[str] = "policy.answering-overdue"
    TITLE: ClassVar[str] = "意见逾期未答复"

    answer_due_on: date


class ConsultationResultsPublished(_OfConsultation):
    """Every opinion has an answer, and all of it can be read at the platform's door."""

    TYPE: ClassVar[str] = "policy.consultation-results-published"
    TITLE: ClassVar[str] = "征求意见结果已公布"

    opinions: int
    adopted: int
    partly: int
    not_adopted: int
    late: bool
