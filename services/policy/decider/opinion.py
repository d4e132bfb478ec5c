"""One participant's opinion on a draft, and the department's answer (article 22(1)(2)); pure.

Each opinion is an aggregate of its own, so that thousands who write on the last day do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import ConfigDict, Field

from services.policy.decider.consultation import ConsultationState
from services.policy.decider.rights import require_editor
from services.policy.events.consultation import (
    SCALE,
    OpinionAnswered,
    OpinionSubmitted,
    Outcome,
    Question,
    Reply,
)
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

MOST_CHARACTERS = 5000


class _OfOpinion(Command):
    """`asked` is the consultation as it stands in the record."""

    model_config = ConfigDict(str_strip_whitespace=True)

    asked: ConsultationState
    opinion: str


class SubmitOpinion(_OfOpinion):
    """Say it, or say it otherwise. `contact` is sealed; the present envelope where it is the same, or none is given."""

    answers: Mapping[str, Reply] = Field(default_factory=dict)
    text: str = Field("", max_length=MOST_CHARACTERS)
    contact: str | None = None


class AnswerOpinion(_OfOpinion):
    """Say what becomes of it."""

    outcome: Outcome
    reason: str = Field("", max_length=5000)


class OpinionState(State):
    """What was said last, and what was answered last."""

    submitted: OpinionSubmitted
    answered: OpinionAnswered | None = None


def decide(state: OpinionState | None, command: SubmitOpinion | AnswerOpinion, context: Context) -> Sequence[Event]:
    """While the consultation is open its author alone changes it; afterwards the department answers."""
    match command:
        case SubmitOpinion():
            return _submit(state, command, context)
        case AnswerOpinion():
            return _answer(state, command, context)


def _submit(state: OpinionState | None, command: SubmitOpinion, context: Context) -> Sequence[Event]:
    asked, actor = command.asked, context.actor
    if not actor.has(Role.APPLICANT):
        title = "意见由企业和个人用户提出，请以企业或个人账号登录。"
        raise Refused("policy.opinion-by-users-only", title, because=Because.FORBIDDEN)
    if not asked.open_on(context.today):
        period = f"{asked.opened.opens_on}至{asked.closes_on}"
        raise Refused("policy.consultation-closed", f"现在不能提出意见，征求意见的时间为{period}。")
    if errors := list(_wrong(command, asked.opened.questions)):
        title = f"意见有{len(errors)}处需要补充或改正，已填写的内容没有丢失，请逐项改正后重新提交。"
        raise Refused("policy.opinion-invalid", title, errors, Because.INVALID)
    submitted = OpinionSubmitted(
        consultation=asked.opened.consultation,
        opinion=command.opinion,
        department=asked.opened.department,
        enterprise=actor.enterprise,
        representative=actor.enterprise in asked.invited,
        answers=dict(command.answers),
        text=command.text,
        contact=command.contact,
    )
    return [] if state is not None and state.submitted == submitted else [submitted]


def _wrong(command: SubmitOpinion, questions: Sequence[Question]) -> Iterator[FieldError]:
    known = {question.key: question for question in questions}
    for key in command.answers.keys() - known.keys():
        yield _error(f"answers.{key}", "unknown", f"问卷中没有编号为“{key}”的问题，请核对。")
    for key, question in known.items():
        value = command.answers.get(key)
        if value is None or not said(value):
            if question.required:
                yield _error(f"answers.{key}", "missing", f"请回答“{question.title}”。")
        elif message := _unfit(question, value):
            yield _error(f"answers.{key}", "invalid", message)
    if not command.text and not any(said(value) for value in command.answers.values()):
        yield _error("text", "missing", "请写明意见，或者回答问卷。")


def said(value: object) -> bool:
    """Whether a reply says anything: neither nothing, nor an empty text or choice."""
    return value not in (None, "", (), [])


def _unfit(question: Question, value: Reply) -> str | None:
    least, most = SCALE
    options = "、".join(question.options)
    match question.kind:
        case "single" if value not in question.options:
            return f"“{question.title}”请选择一项：{options}。"
        case "multiple" if not isinstance(value, tuple) or not set(value) <= set(question.options):
            return f"“{question.title}”请从以下选项中选择：{options}。"
        case "multiple" if isinstance(value, tuple) and len(set(value)) < len(value):
            return f"“{question.title}”每个选项只能选一次，请去掉重复的选项。"
        case "scale" if not isinstance(value, int) or not least <= value <= most:
            return f"“{question.title}”请填写{least}到{most}的整数。"
        case "text" if not isinstance(value, str) or len(value) > MOST_CHARACTERS:
            return f"“{question.title}”请填写文字，最多{MOST_CHARACTERS}字。"
    return None


def _answer(state: OpinionState | None, command: AnswerOpinion, context: Context) -> Sequence[Event]:
    asked = command.asked
    require_editor(context.actor, asked.opened.department, "意见答复")
    # The actor's right is checked against the consultation, so the opinion has to be one on it.
    if state is None or state.submitted.consultation != asked.opened.consultation:
        title = f"这次征求意见中没有意见 {command.opinion}，请核对编号。"
        raise Refused("policy.opinion-unknown", title, because=Because.NOT_FOUND)
    if asked.closed is None:
        raise Refused("policy.consultation-open", f"征求意见到{asked.closes_on}截止，截止后再统一答复。")
    if asked.published:
        raise Refused("policy.results-published", "结果已公布，答复不能再改。")
    if command.outcome != "adopted" and not command.reason:
        message = "部分采纳或者不采纳的，请写明理由。"
        errors = [_error("reason", "missing", message)]
        raise Refused("policy.answer-invalid", message, errors, Because.INVALID)
    opened = asked.opened
    answered = OpinionAnswered(
        consultation=opened.consultation,
        opinion=command.opinion,
        title=opened.title,
        department=opened.department,
        enterprise=state.submitted.enterprise,
        outcome=command.outcome,
        reason=command.reason,
    )
    return [] if state.answered == answered else [answered]


def _error(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)


def evolve(state: OpinionState | None, event: Event) -> OpinionState:
    match event:
        case OpinionSubmitted():
            return OpinionState(submitted=event)
        case OpinionAnswered() if state is not None:
            return state.model_copy(update={"answered": event})
        case _:
            raise AssertionError(f"no event of an opinion: {event.TOPIC}")


opinion = Decider("opinion", OpinionState, decide, evolve)
