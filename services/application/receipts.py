"""The receipt of an application (回执): its number, what is promised, and what happens next (article 10: 承诺时限)."""

from __future__ import annotations

from datetime import date

from services.application.decider import ApplicationState, application
from shared.calendar import WorkingCalendar
from shared.http.asking import Written
from shared.runtime.service import Runtime


class SubmissionReceipt(Written):
    """What an applicant keeps. `accept_by`: the last day for a word on acceptance; `expected_by`: when the review is over at
    the latest if it is accepted on that day and nothing has to be supplemented; `provisional`: a year is not yet announced.
    """

    number: str
    item_title: str
    department: str
    submitted_on: date
    accept_by: date | None
    promised_days: int
    expected_by: date | None
    provisional: bool
    next: str


async def receipt_of(runtime: Runtime, answer: Written) -> SubmissionReceipt:
    """For an application that was just handed in, or once before under the same key."""
    state: ApplicationState = await runtime.state(application, answer.id)
    return SubmissionReceipt(**answer.model_dump(), **promised(state, runtime.calendar()))


def promised(state: ApplicationState, calendar: WorkingCalendar) -> dict[str, object]:
    """What was promised when it came in."""
    submitted = state.submitted
    accept_by = submitted.acceptance.due if submitted.acceptance else None
    expected = calendar.add_working_days(accept_by.day, submitted.promised_days) if accept_by else None
    until = f"在{accept_by.day}前" if accept_by else ""
    return {
        "number": submitted.number,
        "item_title": submitted.item_title,
        "department": submitted.department,
        "submitted_on": submitted.submitted_on,
        "accept_by": accept_by.day if accept_by else None,
        "promised_days": submitted.promised_days,
        "expected_by": expected.day if expected else None,
        "provisional": bool(accept_by and accept_by.provisional) or bool(expected and expected.provisional),
        "next": f"主管部门{until}告知是否受理，需要补正的一次性告知；受理后{submitted.promised_days}个工作日内完成审核。"
        "每一步都会以消息和短信告知，也可以凭编号随时查询。",
    }
