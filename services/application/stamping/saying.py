"""What a department has said of an application and what of it stands, in the words of the paper; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.application import events
from services.application.events import review
from services.application.stamping.paper import Said
from shared.calendar import SHANGHAI
from shared.eventstore.events import Recorded

OUTCOMES = {"approved": "通过", "rejected": "不通过"}


def what_was_said(history: Iterable[Recorded], department: str) -> list[Said]:
    """In the order in which it was said: the department's opinions, without those that a return has undone, and, where it is
    the item's own, the review's outcome and whether that was revoked since."""
    found: list[tuple[str, Said]] = []  # with the step's key, empty for the whole
    for recorded in history:
        event, at = recorded.event, _at(recorded.at)
        match event:
            case review.OpinionGiven(step=key, step_title=title, of_department=who) if who == department:
                found.append((key, Said(title, at, _words(event))))
            case review.ReturnedToStep(undone=undone):
                found = [(key, said) for key, said in found if key not in undone]
            case events.ReviewCompleted(department=own) if own == department:
                found.append(("", Said("审核结论", at, _outcome(event))))
            case events.ApprovalRevoked(department=own) if own == department:
                found.append(("", Said("撤销决定", at, f"上述通过的审核结论已经撤销，不再有效。原因：{event.reason}")))
    return [said for _, said in found]


def _words(given: review.OpinionGiven) -> str:
    if given.conflict:
        word = "申明存在利益关系，回避，不评分。"
    elif given.score is not None:
        word = f"评分：{given.score:g}分。"
    else:
        word = "同意。" if given.agrees else "不同意。"
    place = f"核查地点：{given.place}。" if given.place else ""
    return f"{word}{place}{given.opinion}"


def _outcome(completed: events.ReviewCompleted) -> str:
    granted = f"核定金额{completed.amount_fen / 100:,.2f}元。" if completed.amount_fen else ""
    return f"审核结果：{OUTCOMES[completed.outcome]}。{granted}{completed.opinion}"


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
