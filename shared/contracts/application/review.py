"""Published by application: steps of a review, and rankings (article 20(2))."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.application.base import OfApplication, OfItem


class _OfStep(OfApplication):
    """`step` is its key in the item's process, `step_title` its name."""

    step: str
    step_title: str


class StepStarted(_OfStep):
    """A step of the review begins at these departments (article 20(2)); a department's own system takes it from here."""

    TYPE: ClassVar[str] = "application.step-started"
    TITLE: ClassVar[str] = "审核步骤已开始"

    departments: tuple[str, ...]
    due_on: date
    provisional: bool


class StepReassigned(_OfStep):
    """A step that was stuck is now these departments'; `added` are new to it. `due_on`: None where it has not begun."""

    TYPE: ClassVar[str] = "application.step-reassigned"
    TITLE: ClassVar[str] = "审核步骤已改由其他部门办理"

    departments: tuple[str, ...]
    added: tuple[str, ...]
    due_on: date | None
    provisional: bool


class StepConcluded(_OfStep):
    """A step has ended; `closed`: the review ended before it."""

    TYPE: ClassVar[str] = "application.step-concluded"
    TITLE: ClassVar[str] = "审核步骤已结束"

    outcome: Literal["passed", "failed", "closed"]


class StepOverdue(_OfStep):
    """A step's own limit has passed without enough opinions; raised by the platform itself, once."""

    TYPE: ClassVar[str] = "application.step-overdue"
    TITLE: ClassVar[str] = "审核步骤已超期"

    departments: tuple[str, ...]
    due_on: date


class ReturnedToStep(_OfStep):
    """A later step (`returned_from`) has given it back: `step` begins anew."""

    TYPE: ClassVar[str] = "application.returned-to-step"
    TITLE: ClassVar[str] = "申报退回之前的步骤"

    returned_from: str


class ApplicationScored(OfApplication):
    """Every step is passed; it waits for its place among the others."""

    TYPE: ClassVar[str] = "application.application-scored"
    TITLE: ClassVar[str] = "申报已完成评分"

    scored_on: date


class RankingConfirmed(OfItem):
    """Who gets something is decided by score; each applicant hears of it in a ReviewCompleted of his own."""

    TYPE: ClassVar[str] = "application.ranking-confirmed"
    TITLE: ClassVar[str] = "排序已确认"

    ranking_id: str
