"""A department's own system takes over its parts of an application, reports and gives results (articles 6(4), 9(2)); pure.

A result goes through the very decision that people's go through: the system acts as the person who decided in its own
records (`handled_by`, the subject of an account), so that other hands are wanted of it as of people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.application.decider import accepting, reviewing, stepping, supplementing
from services.application.decider.commands import (
    AcceptApplication,
    CompleteReview,
    DeclineApplication,
    GiveOpinion,
    RequestSupplement,
    ReturnToStep,
)
from services.application.decider.state import ApplicationState, about, require_platform, require_stage
from services.application.decider.system import client_of
from services.application.decider.taken import ACCEPTANCE, REVIEW, STEP, Taken, step_part, taken_key
from services.application.events.handling import HandlingReleased, HandlingTaken, ProgressReported
from services.application.events.review import OpinionGiven
from shared.eventstore.decider import Because, Command, Context, FieldError, Refused
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role

CaseNumber = Annotated[str, Field(min_length=1, max_length=80)]
Part = Annotated[str, Field(min_length=1, max_length=46)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
Result = AcceptApplication | DeclineApplication | RequestSupplement | CompleteReview | GiveOpinion | ReturnToStep


class TakeHandling(Command):
    """The system does this part from now on. With another case number it corrects its own."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"system_name"})

    part: Part
    case_number: CaseNumber | None = None
    system_name: str


class ReportProgress(Command):
    """How far the system is with a part that it has taken, in words for the applicant."""

    part: Part
    text: str = Field(min_length=1, max_length=1000)
    stage_name: str | None = Field(None, min_length=1, max_length=60)
    case_number: CaseNumber | None = None


class ReleaseHandling(Command):
    """The system gives a part back."""

    part: Part
    reason: Reason


class TakeBack(Command):
    """People take back what systems have taken: all of the department's, or for the data bureau all there is."""

    reason: Reason


class ReleaseAbsent(Command):
    """What a system has taken that is not connected; given together with a command on it that confirms so."""

    system: str


class GiveResult(Command):
    """What the system has to say on a part that it has taken, decided by `handled_by`. `wrong`: with the files it names."""

    ADDED: ClassVar[frozenset[str]] = frozenset({"wrong"})

    part: Part
    handled_by: str = Field(min_length=1, max_length=200)
    result: Result
    wrong: tuple[FieldError, ...] = ()


HandlingCommand = TakeHandling | ReportProgress | ReleaseHandling | TakeBack | ReleaseAbsent | GiveResult


def take(state: ApplicationState, command: TakeHandling, context: Context) -> Sequence[Event]:
    """A part that is open, by one system; taken twice it is the same. Limits run on."""
    own, department = client_of(context.actor), context.actor.department or ""
    found = state.taken.get(taken_key(department, command.part))
    if found is not None and found.system == own:
        if command.case_number in (None, found.case_number):
            return []
    elif found is not None:
        title = f"“{found.part_title}”已由本部门的另一个系统“{found.system_name}”接办，请先在该系统中退还。"
        raise Refused("application.taken-by-another", title)
    named = {
        "part": command.part,
        "part_title": _open_part(state, command.part, department),
        "of_department": department,
    }
    by = {"system": own, "system_name": command.system_name, "case_number": command.case_number}
    return [HandlingTaken(**about(state), **named, **by)]


def _open_part(state: ApplicationState, part: str, department: str) -> str:
    """The name of a part that waits for the department. Raises `Refused` for every other."""
    titles = open_parts(state, department)
    if part not in titles:
        can = "、".join(f"{key}（{title}）" for key, title in titles.items())
        title = (
            f"这件申报目前可以接办的环节：{can}。"
            if can
            else "这件申报目前没有贵部门可以接办的环节，请刷新后查看最新进度。"
        )
        error = FieldError(field="part", code="not-open", message=title)
        raise Refused("application.part-not-open", title, [error])
    return titles[part]


def open_parts(state: ApplicationState, department: str) -> dict[str, str]:
    """The parts that a department has to do now, with their names."""
    own = state.submitted.department == department
    if state.stage == "submitted":
        return {ACCEPTANCE: "受理"} if own else {}
    if state.stage != "accepted":
        return {}
    if state.process is None:
        return {REVIEW: "审核"} if own else {}
    return {
        step_part(step.key): step.title
        for step in state.process.steps
        if department in step.departments and step.key in state.steps and _waits(state, step.key, department)
    }


def _waits(state: ApplicationState, key: str, department: str) -> bool:
    standing = state.steps[key]
    said = any(
        each.of_department == department and each.score is None and not each.conflict for each in standing.opinions
    )
    return standing.open and not said


def report(state: ApplicationState, command: ReportProgress, context: Context) -> Sequence[Event]:
    """As often as there is something to say, while the system has the part."""
    held = _held(state, command.part, context)
    told = command.model_dump(include={"text", "stage_name"})
    return [ProgressReported(**about(state), **_of(held), **told, case_number=command.case_number or held.case_number)]


def release(state: ApplicationState, command: ReleaseHandling, context: Context) -> Sequence[Event]:
    """People of the department do it again; what was given back already stays so."""
    key = taken_key(context.actor.department or "", command.part)
    held = state.taken.get(key)
    if held is None or held.system != client_of(context.actor):
        return []
    return [_released(state, held, "given-back", command.reason, context)]


def take_back(state: ApplicationState, command: TakeBack, context: Context) -> Sequence[Event]:
    """By the head of the department whose part it is, or by the data bureau: when the system is down nothing waits for it."""
    actor = context.actor
    bureau = actor.has(Role.DATA_BUREAU)
    if not bureau and not actor.has(Role.DEPARTMENT_HEAD):
        title = "由部门系统接办的环节由本部门负责人或市数政局收回。"
        raise Refused("application.not-yours-to-take-back", title, because=Because.FORBIDDEN)
    held = [each for each in state.taken.values() if bureau or each.department == actor.department]
    return [_released(state, each, "taken-back", command.reason, context) for each in held]


def release_absent(state: ApplicationState, command: ReleaseAbsent, context: Context) -> Sequence[Event]:
    """By the platform, when somebody of the department wants to do what the system cannot."""
    require_platform(context)
    reason = "该系统目前未接入，改由部门人员办理。"
    held = [each for each in state.taken.values() if each.system == command.system]
    return [_released(state, each, "not-connected", reason, context) for each in held]


def give_result(state: ApplicationState, command: GiveResult, context: Context) -> Sequence[Event]:
    """Decided as if the person had come to the door themself; the record says which system it came through."""
    held = _held(state, command.part, context)
    result = command.result
    if not _fits(command.part, result):
        title = f"“{held.part_title}”不能给出这种结果，请核对环节编号。"
        error = FieldError(field="part", code="other-part", message=title)
        raise Refused("application.other-part", title, [error], Because.INVALID)
    person = Actor(subject=command.handled_by, roles=(Role.OFFICER,), department=context.actor.department)
    own = (held.system, held.department)
    taken = {key: each for key, each in state.taken.items() if (each.system, each.department) != own}
    free = state.model_copy(update={"taken": taken})
    decided = _decided(free, command, replace(context, actor=person))
    return [
        each.model_copy(update={"system": held.system}) if isinstance(each, OpinionGiven) else each for each in decided
    ]


def _decided(state: ApplicationState, command: GiveResult, context: Context) -> Sequence[Event]:
    """Everything that is wrong with it is named at once."""
    errors = list(command.wrong)
    try:
        decided = _RESULTS[type(command.result)](state, command.result, context)
    except Refused as refused:
        if refused.because is not Because.INVALID or not errors:
            raise
        errors = [*refused.errors, *errors]
    if errors:
        raise Refused("application.invalid-opinion", f"审核意见有{len(errors)}处需要改正。", errors, Because.INVALID)
    return decided


_RESULTS: Mapping[type[Result], Callable[[ApplicationState, Any, Context], Sequence[Event]]] = {
    AcceptApplication: accepting.accept,
    DeclineApplication: accepting.decline,
    RequestSupplement: supplementing.request_supplement,
    CompleteReview: reviewing.complete_review,
    GiveOpinion: stepping.give_opinion,
    ReturnToStep: stepping.return_to,
}


def _fits(part: str, result: Result) -> bool:
    match result:
        case AcceptApplication() | DeclineApplication():
            return part == ACCEPTANCE
        case CompleteReview():
            return part == REVIEW
        case GiveOpinion() | ReturnToStep():
            return part == f"{STEP}{result.step}"
    return True


def _held(state: ApplicationState, part: str, context: Context) -> Taken:
    """What the acting system has taken. Raises `Refused`."""
    own = client_of(context.actor)
    require_stage(state, "submitted", "accepted")
    held = state.taken.get(taken_key(context.actor.department or "", part))
    if held is None or held.system != own:
        title = "这一环节目前不由贵系统办理，请先接办；已被收回的，请与本部门负责人联系。"
        raise Refused("application.not-taken", title, [FieldError(field="part", code="not-taken", message=title)])
    return held


def _of(held: Taken) -> dict[str, Any]:
    named = held.model_dump(include={"part", "part_title", "system", "system_name"})
    return named | {"of_department": held.department}


def _released(state: ApplicationState, held: Taken, why: str, reason: str, context: Context) -> Event:
    told: dict[str, Any] = {"why": why, "reason": reason, "by": context.actor.subject}
    return HandlingReleased(**about(state), **_of(held), **told)
