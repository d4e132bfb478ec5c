"""What a consultation owes when, whom its representatives stand for, and what was answered to its questions."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from sqlmodel import select

from services.policy.conditions.language import Eligibility, Requirement
from services.policy.decider.consultation import (
    CloseConsultation,
    PublishResults,
    RaiseAnsweringDueSoon,
    RaiseAnsweringOverdue,
    RecomputeAnswering,
    consultation,
)
from services.policy.decider.opinion import said
from services.policy.events.consultation import (
    AnsweringDueSoon,
    AnsweringOverdue,
    ConsultationClosed,
    ConsultationExtended,
    ConsultationOpened,
    ConsultationWithdrawn,
    Question,
    QuestionResult,
    ResultsPublished,
)
from services.policy.matching.audience import audience
from services.policy.matching.knowledge import enterprises
from services.policy.matching.pushing import at_present, knowledge_of
from services.policy.readmodels.consultations import OpinionRow
from shared.calendar import civil_date, end_of, start_of
from shared.contracts.identifiers import Uscc
from shared.deadlines.book import DeadlineRow, Owed, Settled
from shared.readmodels.happened import Happened
from shared.runtime.service import Runtime
from shared.security.actor import Actor

_NO_CONDITION = Eligibility(requirements=(Requirement(title="全部企业"),))
CLOSE, DUE_SOON, OVERDUE = "consultation-close", "answering-due-soon", "answering-overdue"
_ANSWERING_SETTLED = (Settled(DUE_SOON), Settled(OVERDUE))


def opinion_id(secret: str, consultation_id: str, actor: Actor) -> str:
    """The name of an enterprise's or a person's opinion: a keyed hash that tells nobody whose it is."""
    whose = f"enterprise\0{actor.enterprise}" if actor.enterprise else f"person\0{actor.subject}"
    text = f"opinion\0{consultation_id}\0{whose}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:24]


def deadlines_of(happened: Happened) -> Sequence[Owed | Settled]:
    """It closes when its last day is over; from then on its opinions are to be answered."""
    match happened.event:
        case ConsultationOpened(closes_on=closes_on) | ConsultationExtended(closes_on=closes_on):
            return [Owed(CLOSE, end_of(closes_on))]
        case ConsultationWithdrawn():
            return [Settled(CLOSE)]
        case ConsultationClosed(warn_on=warn_on, answer_due_on=due_on, provisional=provisional):
            soon, late = Owed(DUE_SOON, start_of(warn_on), provisional), Owed(OVERDUE, end_of(due_on), provisional)
            return [Settled(CLOSE), soon, late]
        case AnsweringDueSoon():
            return [Settled(DUE_SOON)]
        case AnsweringOverdue() | ResultsPublished():
            return _ANSWERING_SETTLED
    return []


async def on_due(runtime: Runtime, row: DeadlineRow) -> bool:
    """Does what is owed; False where it is not a consultation's."""
    commands = {CLOSE: CloseConsultation, DUE_SOON: RaiseAnsweringDueSoon, OVERDUE: RaiseAnsweringOverdue}
    if row.kind not in commands:
        return False
    await runtime.execute(consultation, row.aggregate_id.partition("-")[2], commands[row.kind]())
    return True


async def on_calendar(runtime: Runtime, row: DeadlineRow) -> None:
    """The calendar may know more by now."""
    if row.kind in (DUE_SOON, OVERDUE):
        await runtime.execute(consultation, row.aggregate_id.partition("-")[2], RecomputeAnswering())


async def results(runtime: Runtime, key: str, questions: Sequence[Question], summary: str) -> PublishResults:
    """The command that publishes, counted from all opinions as the record has them now."""
    await at_present(runtime)
    rows = await runtime.reads.all(OpinionRow, select(OpinionRow).where(OpinionRow.consultation == key))
    outcomes = Counter(row.outcome for row in rows)
    return PublishResults(
        summary=summary,
        unanswered=tuple(row.id for row in sorted(rows, key=lambda row: row.position) if row.outcome is None),
        opinions=len(rows),
        adopted=outcomes["adopted"],
        partly=outcomes["partly"],
        not_adopted=outcomes["not-adopted"],
        questions=tuple(counted(question, [row.answers.get(question.key) for row in rows]) for question in questions),
    )


def counted(question: Question, answers: Iterable[Any]) -> QuestionResult:
    """How often each option or grade was chosen; of texts only how many there are."""
    given = [answer for answer in answers if said(answer)]
    counts = Counter(dict.fromkeys(question.options, 0))
    if question.kind != "text":
        counts.update(str(each) for answer in given for each in (answer if isinstance(answer, list) else [answer]))
    return QuestionResult(key=question.key, answered=len(given), counts=dict(counts))


class Covered(BaseModel):
    """A town, scale or section of industry: how many enterprises it has, and how many of them are representatives."""

    key: str
    enterprises: int
    invited: int


class Coverage(BaseModel):
    """Whom the representatives stand for. `missing` are groups without any; `unknown` are invited of whom nothing is known."""

    invited: int
    unknown: list[Uscc]
    by_town: list[Covered]
    by_scale: list[Covered]
    by_section: list[Covered]
    missing: dict[str, list[str]]


async def coverage(runtime: Runtime, invited: Sequence[str]) -> Coverage:
    """Compares the representatives with all enterprises that policy knows."""
    knowledge = await knowledge_of(runtime).get()
    today = civil_date(runtime.clock.now())
    async with runtime.reads.session() as session:
        everybody = await audience(session, _NO_CONDITION, knowledge, today)
        known = await enterprises(session, invited, knowledge.catalogue)
    facts = {uscc: each.profile for uscc, each in known.items() if each.profile}
    parts = {
        "town": (everybody.by_town, _chosen(facts, "division", None)),
        "scale": (everybody.by_scale, _chosen(facts, "scale", None)),
        "section": (everybody.by_section, _chosen(facts, "industry", 1)),
    }
    groups = {
        name: [
            Covered(key=g.key, enterprises=g.met + g.nearly + g.undecided + g.not_met, invited=chosen[g.key])
            for g in all_groups
            if g.key
        ]
        for name, (all_groups, chosen) in parts.items()
    }
    return Coverage(
        invited=len(invited),
        unknown=[uscc for uscc in invited if uscc not in facts],
        by_town=groups["town"],
        by_scale=groups["scale"],
        by_section=groups["section"],
        missing={name: [g.key for g in found if not g.invited] for name, found in groups.items()},
    )


def _chosen(facts: Mapping[str, Mapping[str, Any]], key: str, length: int | None) -> Counter[str]:
    return Counter(str(profile[key].value)[:length] for profile in facts.values() if key in profile)
