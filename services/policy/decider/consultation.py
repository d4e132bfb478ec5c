"""Consultations (公开征求意见): asked, extended once, closed by the calendar, answered, published (article 22(1)(2)); pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from pydantic import ConfigDict, Field

from services.policy.decider.rights import require_editor
from services.policy.events.consultation import (
    AnsweringDueSoon,
    AnsweringOverdue,
    ConsultationClosed,
    ConsultationExtended,
    ConsultationOpened,
    ConsultationWithdrawn,
    Question,
    QuestionResult,
    RepresentativesInvited,
    ResultsPublished,
)
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event

LEAST_DAYS, MOST_DAYS = 7, 180  # civil days that a consultation is open, both ends included
ANSWER_WITHIN = 15  # working days after the close
WARN_BEFORE = 3  # working days
MOST_QUESTIONS, MOST_INVITED = 50, 500
WHAT = "征求意见"


class _Wordy(Command):
    model_config = ConfigDict(str_strip_whitespace=True)


class OpenConsultation(_Wordy):
    """Ask the public."""

    consultation: str
    title: str = Field("", max_length=200)
    department: str
    text: str = Field("", max_length=200_000)
    explanation: str = Field("", max_length=20_000)
    questions: tuple[Question, ...] = Field((), max_length=MOST_QUESTIONS)
    opens_on: date
    closes_on: date


class ExtendConsultation(_Wordy):
    """Leave it open longer."""

    closes_on: date
    reason: str = Field("", max_length=1000)


class WithdrawConsultation(_Wordy):
    """Take it back. `opinions` is how many there are already."""

    reason: str = Field("", max_length=1000)
    opinions: int


class InviteRepresentatives(Command):
    """Ask these enterprises, too; those who were asked before are not asked again."""

    enterprises: tuple[Uscc, ...] = Field(max_length=MOST_INVITED)


class PublishResults(_Wordy):
    """Publish what became of it. `unanswered` are the opinions without an answer, the numbers are counted from the others."""

    summary: str = Field("", max_length=20_000)
    unanswered: tuple[str, ...] = ()
    opinions: int = 0
    adopted: int = 0
    partly: int = 0
    not_adopted: int = 0
    questions: tuple[QuestionResult, ...] = ()


class CloseConsultation(Command):
    """Its last day is over."""


class RaiseAnsweringDueSoon(Command):
    """Few days are left."""


class RaiseAnsweringOverdue(Command):
    """No day is left."""


class RecomputeAnswering(Command):
    """The calendar may know more by now."""


ByDepartment = OpenConsultation | ExtendConsultation | WithdrawConsultation | InviteRepresentatives | PublishResults
ByCalendar = CloseConsultation | RaiseAnsweringDueSoon | RaiseAnsweringOverdue | RecomputeAnswering
ConsultationCommand = ByDepartment | ByCalendar


class ConsultationState(State):
    """Where a consultation stands."""

    opened: ConsultationOpened
    closes_on: date
    extended: bool = False
    withdrawn: bool = False
    invited: tuple[str, ...] = ()
    closed: ConsultationClosed | None = None
    warned: bool = False
    overdue: bool = False
    published: bool = False

    def open_on(self, today: date) -> bool:
        """Whether opinions are taken on this day."""
        return not self.withdrawn and self.closed is None and self.opened.opens_on <= today <= self.closes_on


def decide(state: ConsultationState | None, command: ConsultationCommand, context: Context) -> Sequence[Event]:
    """The department that asks does everything; the calendar closes, warns and finds what is overdue."""
    match command:
        case OpenConsultation():
            return _open(state, command, context)
        case CloseConsultation() | RaiseAnsweringDueSoon() | RaiseAnsweringOverdue() | RecomputeAnswering():
            return list(_by_calendar(state, command, context)) if state else []
    if state is None:
        title = "没有这次征求意见，请核对编号。"
        raise Refused("policy.consultation-unknown", title, because=Because.NOT_FOUND)
    require_editor(context.actor, state.opened.department, WHAT)
    match command:
        case ExtendConsultation():
            return _extend(state, command, context)
        case WithdrawConsultation():
            return _withdraw(state, command)
        case InviteRepresentatives():
            return _invite(state, command, context)
        case PublishResults():
            return _publish(state, command, context)


def _open(state: ConsultationState | None, command: OpenConsultation, context: Context) -> Sequence[Event]:
    require_editor(context.actor, command.department, WHAT)
    if errors := list(_wrong(command, context)):
        title = f"征求意见有{len(errors)}处需要改正，请逐项改正后重新提交。"
        raise Refused("policy.consultation-invalid", title, errors, Because.INVALID)
    opened = ConsultationOpened(**dict(command))
    if state is not None and state.opened != opened:
        title = f"编号“{command.consultation}”已用于另一次征求意见，请另取编号。"
        raise Refused("policy.consultation-exists", title, [_error("consultation", "taken", title)])
    return [] if state else [opened]


def _wrong(command: OpenConsultation, context: Context) -> Iterator[FieldError]:
    for field, label in (("title", "标题"), ("text", "征求意见稿正文")):
        if not getattr(command, field):
            yield _error(field, "missing", f"请填写{label}。")
    if command.opens_on < context.today:
        yield _error("opens_on", "too-early", "开始日期不能早于今天，请改正。")
    yield from _wrong_end(command.opens_on, command.closes_on)
    keys = Counter(question.key for question in command.questions)
    for number, question in enumerate(command.questions):
        field = f"questions.{number}"
        if keys[question.key] > 1:
            yield _error(f"{field}.key", "repeated", f"问题编号“{question.key}”重复，请改正。")
        options, chosen = question.options, question.kind in ("single", "multiple")
        if chosen and len(options) < 2:
            yield _error(f"{field}.options", "too-few", f"“{question.title}”至少要有两个选项。")
        if not chosen and options:
            yield _error(f"{field}.options", "not-used", f"“{question.title}”不是选择题，不能有选项。")
        if len(set(options)) < len(options):
            yield _error(f"{field}.options", "repeated", f"“{question.title}”的选项有重复，请改正。")


def _wrong_end(opens_on: date, closes_on: date) -> Iterator[FieldError]:
    days = (closes_on - opens_on).days + 1
    if days < LEAST_DAYS:
        message = f"征求意见至少{LEAST_DAYS}日，截止日期应不早于{opens_on + timedelta(LEAST_DAYS - 1)}。"
        yield _error("closes_on", "too-short", message)
    if days > MOST_DAYS:
        yield _error("closes_on", "too-long", f"征求意见最长{MOST_DAYS}日，请改正截止日期。")


def _extend(state: ConsultationState, command: ExtendConsultation, context: Context) -> Sequence[Event]:
    if (state.extended, state.closes_on) == (True, command.closes_on):
        return []
    _require_before_close(state, "延长", context)
    if state.extended:
        raise Refused("policy.consultation-extended", "已延长过一次，不能再延长。")
    errors = [] if command.reason else [_error("reason", "missing", "请写明延长的理由。")]
    if command.closes_on <= state.closes_on:
        message = f"新的截止日期应晚于{state.closes_on}，请改正。"
        errors.append(_error("closes_on", "too-early", message))
    errors += _wrong_end(state.opened.opens_on, command.closes_on)
    if errors:
        title = f"延长征求意见有{len(errors)}处需要改正，请逐项改正后重新提交。"
        raise Refused("policy.consultation-invalid", title, errors, Because.INVALID)
    return [ConsultationExtended(**_named(state), closes_on=command.closes_on, reason=command.reason)]


def _withdraw(state: ConsultationState, command: WithdrawConsultation) -> Sequence[Event]:
    if state.withdrawn:
        return []
    if command.opinions or state.closed:
        title = "已有意见或已截止的征求意见不能撤回，请答复意见并公布结果。"
        raise Refused("policy.consultation-has-opinions", title)
    if not command.reason:
        errors = [_error("reason", "missing", "请写明撤回的理由。")]
        raise Refused("policy.consultation-invalid", errors[0].message, errors, Because.INVALID)
    return [ConsultationWithdrawn(**_named(state), reason=command.reason)]


def _invite(state: ConsultationState, command: InviteRepresentatives, context: Context) -> Sequence[Event]:
    _require_before_close(state, "邀请企业家代表", context)
    new = tuple(uscc for uscc in dict.fromkeys(command.enterprises) if uscc not in state.invited)
    if len(state.invited) + len(new) > MOST_INVITED:
        title = f"最多邀请{MOST_INVITED}家企业，请减少名单。"
        raise Refused("policy.too-many-invited", title, [_error("enterprises", "too-many", title)])
    return [RepresentativesInvited(**_named(state), closes_on=state.closes_on, enterprises=new)] if new else []


def _publish(state: ConsultationState, command: PublishResults, context: Context) -> Sequence[Event]:
    if state.published:
        return []
    if state.closed is None:
        title = f"征求意见到{state.closes_on}截止，截止后才能公布结果。"
        raise Refused("policy.consultation-open", title)
    errors = [
        _error("opinions", "unanswered", f"意见 {opinion} 尚未答复，请答复后再公布。") for opinion in command.unanswered
    ]
    if not command.summary:
        errors.append(_error("summary", "missing", "请填写采纳情况的总体说明。"))
    if errors:
        title = f"公布结果前还有{len(errors)}处需要办理：每条意见都要答复，并写明总体说明。"
        raise Refused("policy.results-incomplete", title, errors, Because.INVALID)
    late = context.today > state.closed.answer_due_on
    return [ResultsPublished(**_named(state), **command.model_dump(exclude={"unanswered"}), late=late)]


def _require_before_close(state: ConsultationState, what: str, context: Context) -> None:
    if state.withdrawn or state.closed or context.today > state.closes_on:
        raise Refused("policy.consultation-closed", f"征求意见已截止或撤回，不能再{what}。")


def _by_calendar(state: ConsultationState, command: ByCalendar, context: Context) -> Iterator[Event]:
    """Each is said once, and only when its day has come."""
    named, closed = _named(state), state.closed
    match command:
        case CloseConsultation():
            if closed is None and not state.withdrawn and context.today > state.closes_on:
                yield _closed(state, context)
        case RecomputeAnswering():
            if closed and not state.published and (again := _closed(state, context)) != closed:
                yield again
        case RaiseAnsweringDueSoon():
            if closed and not (state.published or state.warned or context.today > closed.answer_due_on):
                yield AnsweringDueSoon(**named, answer_due_on=closed.answer_due_on)
        case RaiseAnsweringOverdue():
            if closed and not (state.published or state.overdue) and context.today > closed.answer_due_on:
                yield AnsweringOverdue(**named, answer_due_on=closed.answer_due_on)


def _closed(state: ConsultationState, context: Context) -> ConsultationClosed:
    due = context.calendar.add_working_days(state.closes_on, ANSWER_WITHIN)
    warn_on = context.calendar.add_working_days(state.closes_on, ANSWER_WITHIN - WARN_BEFORE).day
    return ConsultationClosed(**_named(state), warn_on=warn_on, answer_due_on=due.day, provisional=due.provisional)


def _named(state: ConsultationState) -> dict[str, str]:
    opened = state.opened
    return {"consultation": opened.consultation, "title": opened.title, "department": opened.department}


def _error(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)


def evolve(state: ConsultationState | None, event: Event) -> ConsultationState:
    if isinstance(event, ConsultationOpened):
        return ConsultationState(opened=event, closes_on=event.closes_on)
    assert state is not None  # noqa: S101 - opened first
    match event:
        case ConsultationExtended(closes_on=closes_on):
            return state.model_copy(update={"closes_on": closes_on, "extended": True})
        case ConsultationWithdrawn():
            return state.model_copy(update={"withdrawn": True})
        case RepresentativesInvited(enterprises=enterprises):
            return state.model_copy(update={"invited": (*state.invited, *enterprises)})
        case ConsultationClosed():
            return state.model_copy(update={"closed": event})
        case AnsweringDueSoon():
            return state.model_copy(update={"warned": True})
        case AnsweringOverdue():
            return state.model_copy(update={"overdue": True})
        case ResultsPublished():
            return state.model_copy(update={"published": True})
        case _:
            raise AssertionError(f"no event of a consultation: {event.TOPIC}")


consultation = Decider("consultation", ConsultationState, decide, evolve)
