"""Implementation assessment (实施评估) of an item: what became of its applications, and when that is a problem; pure.

Rules are data: another figure joins by being counted, and by a `Share` that names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import ConfigDict, Field

from services.policy.decider.rights import require_editor
from services.policy.events.participation import (
    AssessmentAnswered,
    AssessmentBegun,
    AssessmentEnded,
    Finding,
    ItemFlagged,
    Outcome,
    OutcomeCounted,
)
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event


@dataclass(frozen=True)
class Share:
    """More than `over_percent` (or, `inclusive`, just as much) of at least `least` of `whole` are `part`."""

    name: str
    part: tuple[str, ...]
    whole: tuple[str, ...]
    least: int
    over_percent: int
    sentence: str
    inclusive: bool = False

    def finding(self, figures: Mapping[str, int]) -> Finding | None:
        """What the rule finds in these figures; None when it does not hold."""
        part = sum(figures.get(name, 0) for name in self.part)
        whole = sum(figures.get(name, 0) for name in self.whole)
        beyond = part * 100 - whole * self.over_percent
        if whole < self.least or beyond < 0 or (beyond == 0 and not self.inclusive):
            return None
        known = {name: figures.get(name, 0) for name in self.whole}
        said = self.sentence.format(part=part, whole=whole, percent=part * 100 // whole, over=self.over_percent)
        return Finding(rule=self.name, figures=known, sentence=said)


SHARES: tuple[Share, ...] = (
    Share(
        name="refused",
        part=("rejected", "not-accepted"),
        whole=("approved", "rejected", "not-accepted"),
        least=10,
        over_percent=50,
        sentence="已有结果的{whole}件申报中，{part}件未获受理或通过，占{percent}%，超过{over}%。",
    ),
    Share(
        name="rated-bad",
        part=("rated-bad",),
        whole=("rated-well", "rated-bad"),
        least=5,
        over_percent=30,
        sentence="申报人作出的{whole}次评价中，{part}次为差评，占{percent}%，达到{over}%。",
        inclusive=True,
    ),
)
NO_UPTAKE, UPTAKE_DAYS = "no-application", 60  # working days
HOT_SPOT = "hot-spot"
_DECIDED: frozenset[Outcome] = frozenset({"approved", "rejected", "not-accepted"})
_RATED: frozenset[Outcome] = frozenset({"rated-well", "rated-bad"})


class BeginAssessment(Command):
    """Watch an item; `watched_from` is the day it can be applied for from, None when nobody needs to apply."""

    code: str
    title: str
    department: str
    watched_from: date | None


class CountOutcome(Command):
    """Something became of an application for the item; what is known of it already changes nothing."""

    code: str
    title: str
    department: str
    number: str
    outcome: Outcome


class LookAtUptake(Command):
    """The day is over by which somebody should have applied."""


class HearHotSpot(Command):
    """Many tickets of the last `days` days are about the same matter, and name the item."""

    code: str
    about: str
    tickets: int
    days: int


class EndAssessment(Command):
    """The item is no longer offered, or no longer public."""


class AnswerAssessment(Command):
    """Say what is done about everything that was found."""

    model_config = ConfigDict(
        str_strip_whitespace=True, json_schema_extra={"examples": [{"done": "已简化申报材料，并安排专人辅导。"}]}
    )

    done: str = Field("", max_length=5000)


AssessmentCommand = BeginAssessment | CountOutcome | LookAtUptake | HearHotSpot | EndAssessment | AnswerAssessment


class AssessmentState(State):
    """`submitted` and `decided` are numbers of applications that wait and that have come to something.

    `figures` count since the last answer, `flagged` are rules that wait for one.
    """

    state_version: int = 2
    code: str
    title: str
    department: str
    begun: AssessmentBegun | None = None
    ended: bool = False
    submitted: frozenset[str] = frozenset()
    decided: frozenset[str] = frozenset()
    rated: frozenset[str] = frozenset()
    figures: dict[str, int] = Field(default_factory=dict)
    flagged: tuple[str, ...] = ()
    uptake_found: bool = False

    @property
    def applied_for(self) -> bool:
        """Whether anybody ever has."""
        return bool(self.submitted or self.decided)


def decide(state: AssessmentState | None, command: AssessmentCommand, context: Context) -> Sequence[Event]:
    """What is found is said once, until it is answered; then figures are counted anew."""
    match command:
        case BeginAssessment():
            return _begin(state, command, context)
        case CountOutcome():
            return list(_count(state, command))
        case LookAtUptake():
            return _look(state, context)
        case HearHotSpot():
            return _heard(state, command)
        case EndAssessment():
            if state is None or state.ended:
                return []
            return [AssessmentEnded(code=state.code, department=state.department)]
        case AnswerAssessment(done=done):
            return _answer(state, done, context)


def _begin(state: AssessmentState | None, command: BeginAssessment, context: Context) -> Sequence[Event]:
    known = state is not None and (state.applied_for or NO_UPTAKE in state.flagged)
    watched_from = None if known else command.watched_from  # somebody has applied, or an answer is awaited anyhow
    due = context.calendar.add_working_days(watched_from, UPTAKE_DAYS) if watched_from else None
    content = dict(command) | {"watched_from": watched_from}
    begun = AssessmentBegun(
        **content, uptake_due_on=due.day if due else None, provisional=due.provisional if due else False
    )
    return [] if state is not None and state.begun == begun and not state.ended else [begun]


def _count(state: AssessmentState | None, command: CountOutcome) -> Iterator[Event]:
    rated = command.outcome in _RATED
    if state is not None and command.number in (state.rated if rated else state.decided):
        return
    if state is not None and command.outcome == "submitted" and command.number in state.submitted:
        return
    counted = OutcomeCounted(**dict(command))
    yield counted
    after = evolve(state, counted)
    if after.ended:
        return
    found = [each.finding(after.figures) for each in SHARES if each.name not in after.flagged]
    if findings := tuple(finding for finding in found if finding is not None):
        yield _flagged(after, *findings)


def _look(state: AssessmentState | None, context: Context) -> Sequence[Event]:
    if state is None or state.begun is None or state.begun.watched_from is None or state.ended:
        return []
    if state.applied_for or state.uptake_found or NO_UPTAKE in state.flagged:
        return []
    due = context.calendar.add_working_days(state.begun.watched_from, UPTAKE_DAYS)
    if context.today <= due.day:  # the calendar was revised since
        moved = {"uptake_due_on": due.day, "provisional": due.provisional}
        begun = state.begun.model_copy(update=moved)
        return [] if begun == state.begun else [begun]
    sentence = f"自{state.begun.watched_from.isoformat()}可以申报起的{UPTAKE_DAYS}个工作日内没有任何申报。"
    return [_flagged(state, Finding(rule=NO_UPTAKE, figures={"submitted": 0}, sentence=sentence))]


def _heard(state: AssessmentState | None, command: HearHotSpot) -> Sequence[Event]:
    """Hotline has found that they are concentrated: nothing is counted here once more."""
    if state is None or state.ended or HOT_SPOT in state.flagged:
        return []
    sentence = f"近{command.days}天有{command.tickets}件相似诉求涉及该事项，例如“{command.about}”。"
    return [_flagged(state, Finding(rule=HOT_SPOT, figures={"tickets": command.tickets}, sentence=sentence))]


def _flagged(state: AssessmentState, *findings: Finding) -> ItemFlagged:
    return ItemFlagged(code=state.code, title=state.title, department=state.department, findings=findings)


def _answer(state: AssessmentState | None, done: str, context: Context) -> Sequence[Event]:
    if state is None:
        raise Refused(
            "policy.assessment-unknown", "没有这个事项的评估记录，请核对事项编码。", because=Because.NOT_FOUND
        )
    require_editor(context.actor, state.department, "评估答复")
    if not state.flagged:
        raise Refused("policy.nothing-flagged", "该事项没有待答复的评估问题，无需答复。")
    if not done:
        message = "请写明已采取或将采取的措施。"
        errors = [FieldError(field="done", code="missing", message=message)]
        raise Refused("policy.answer-invalid", message, errors, Because.INVALID)
    return [AssessmentAnswered(code=state.code, department=state.department, rules=state.flagged, done=done)]


def evolve(state: AssessmentState | None, event: Event) -> AssessmentState:
    match event:
        case AssessmentBegun():
            known = _named(state, event)
            again = known.begun is None or known.begun.watched_from != event.watched_from
            found = known.uptake_found and not again
            return known.model_copy(update={"begun": event, "ended": False, "uptake_found": found})
        case OutcomeCounted(number=number, outcome=outcome):
            known = _named(state, event)
            change: dict[str, object] = {"submitted": known.submitted | {number}}
            if outcome in _DECIDED:
                change = {"submitted": known.submitted - {number}, "decided": known.decided | {number}}
            if outcome in _RATED:
                change = {"rated": known.rated | {number}}
            change["figures"] = {**known.figures, outcome: known.figures.get(outcome, 0) + 1}
            return known.model_copy(update=change)
        case ItemFlagged() if state:
            rules = tuple(each.rule for each in event.findings)
            uptake = state.uptake_found or NO_UPTAKE in rules
            return state.model_copy(update={"flagged": (*state.flagged, *rules), "uptake_found": uptake})
        case AssessmentAnswered() if state:
            return state.model_copy(update={"flagged": (), "figures": {}})
        case AssessmentEnded() if state:
            return state.model_copy(update={"ended": True})
        case _:
            raise AssertionError(f"no event of an assessment: {event.TOPIC}")


def _named(state: AssessmentState | None, event: AssessmentBegun | OutcomeCounted) -> AssessmentState:
    names = event.model_dump(include={"code", "title", "department"})
    return state.model_copy(update=names) if state else AssessmentState(**names)


assessment = Decider("assessment", AssessmentState, decide, evolve)
