"""The steps of a review: begun when those before are done, concluded by opinions, returned, overdue (article 20(2)); pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from services.application.decider.commands import GiveOpinion, RaiseStepOverdue, RecordStamp, ReturnToStep
from services.application.decider.state import (
    ApplicationState,
    StepState,
    about,
    evolve,
    require_answered,
    require_platform,
    require_stage,
)
from services.application.decider.taken import require_not_taken, step_part
from services.application.definition.process import Process, Step
from services.application.events.application import ReviewCompleted
from services.application.events.review import (
    ApplicationScored,
    OpinionGiven,
    OpinionStamped,
    ReturnedToStep,
    StepConcluded,
    StepOverdue,
    StepStarted,
)
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role

OPINIONS = (Role.OFFICER, Role.DEPARTMENT_HEAD, Role.REVIEWER)


def begin(state: ApplicationState, context: Context) -> list[Event]:
    """The steps that can begin now and have not."""
    process = state.process
    if process is None:
        return []
    ready = [step for step in process.ready(state.done) if step.key not in state.steps]
    return [
        StepStarted(
            **of_step(state, step),
            departments=step.departments,
            clock=LimitClock.start(context.calendar, step.limit_days, context.today),
        )
        for step in ready
    ]


def give_opinion(state: ApplicationState, command: GiveOpinion, context: Context) -> Sequence[Event]:
    """What follows from it is decided with it: the step's end, the next steps, the end of the review."""
    step, standing = _open_step(state, command.step, context)
    _require_new(state, step, standing, command, context)
    department = context.actor.department or ""
    errors = _wrong(state, step, command, department)
    if errors:
        raise Refused("application.invalid-opinion", f"审核意见有{len(errors)}处需要改正。", errors, Because.INVALID)
    content = command.model_dump(exclude={"step", "unfit", "agrees"})
    agrees = None if step.kind == "scores" else command.agrees
    whose = {"of_department": department, "by": context.actor.subject, "system": None}
    given = OpinionGiven(**of_step(state, step), **whose, agrees=agrees, **content)
    return [given, *following(evolve(state, given), step, context)]


def following(state: ApplicationState, step: Step, context: Context) -> list[Event]:
    """What follows from what was said in a step: its end, the next steps, the end of the review; nothing while it is open."""
    outcome = _outcome(step, state.steps[step.key])
    if outcome is None:
        return []
    passed, score = outcome
    concluded = StepConcluded(**of_step(state, step), outcome="passed" if passed else "failed", score=score)
    after = evolve(state, concluded)
    if not passed:
        return [concluded, *close(after), _rejected(after, step, context)]
    process = after.process
    assert process is not None  # noqa: S101 - a step of it has just ended
    if len(after.done) == len(process.steps):
        return [concluded, _finished(after, process, context)]
    return [concluded, *begin(after, context)]


def _outcome(step: Step, standing: StepState) -> tuple[bool, float | None] | None:
    """Whether a step has ended: passed or not, and with what score; None while opinions are wanting."""
    if step.kind == "scores":
        scores = [Decimal(str(each.score)) for each in standing.opinions if each.score is not None]
        if len(scores) < step.opinions:
            return None
        mean = sum(scores, Decimal(0)) / len(scores)
        return True, float(mean.quantize(Decimal("0.01"), ROUND_HALF_UP))
    agreed = sum(each.agrees is True for each in standing.opinions)
    if agreed >= step.opinions:
        return True, None
    against = len(standing.opinions) - agreed
    return (False, None) if against > len(step.departments) - step.opinions else None


def close(state: ApplicationState) -> list[Event]:
    """The review is over: steps side by side are not waited for any more."""
    process = state.process
    steps = process.steps if process else ()
    return [
        StepConcluded(**of_step(state, step), outcome="closed", score=None)
        for step in steps
        if step.key in state.steps and state.steps[step.key].open
    ]


def waited_for(state: ApplicationState) -> tuple[str, ...]:
    """The departments whose word an open step still waits for; one of scores waits for its department until it ends."""
    found: set[str] = set()
    for step in state.process.steps if state.process else ():
        standing = state.steps.get(step.key)
        if standing is not None and standing.open:
            heard = {opinion.of_department for opinion in standing.opinions} if step.kind != "scores" else set()
            found |= set(step.departments) - heard
    return tuple(sorted(found))


def _rejected(state: ApplicationState, step: Step, context: Context) -> Event:
    against = [each for each in state.steps[step.key].opinions if not each.agrees]
    opinion = "；".join(f"{each.of_department}：{each.opinion}" for each in against)
    told: dict[str, Any] = {"outcome": "rejected", "opinion": f"{step.title}未通过。{opinion}", "amount_fen": None}
    return ReviewCompleted(**about(state), **told, completed_on=context.today, in_time=in_time(state, context))


def _finished(state: ApplicationState, process: Process, context: Context) -> Event:
    timely = in_time(state, context)
    scores = [state.steps[step.key].score for step in process.steps]
    if state.submitted.ranked:
        score = sum(each for each in scores if each is not None)
        amount = state.amount_fen if state.amount_fen is not None else (state.submitted.requested_fen or 0)
        told: dict[str, Any] = {"score": round(score, 2), "amount_fen": amount, "scored_on": context.today}
        return ApplicationScored(**about(state), **told, in_time=timely)
    last = [opinion for step in process.steps for opinion in state.steps[step.key].opinions if opinion.opinion]
    opinion = last[-1].opinion if last else "各步骤均已通过。"
    told = {"outcome": "approved", "opinion": opinion, "amount_fen": state.amount_fen}
    return ReviewCompleted(**about(state), **told, completed_on=context.today, in_time=timely)


def in_time(state: ApplicationState, context: Context) -> bool:
    """Whether a review that ends today is in time."""
    return not (state.overdue or (state.clock is not None and state.clock.is_overdue(context.today)))


def return_to(state: ApplicationState, command: ReturnToStep, context: Context) -> Sequence[Event]:
    """Back to a step before: it begins anew, with a clock of its own; all that came of it is undone."""
    step, _ = _open_step(state, command.step, context)
    process = state.process
    target = process.step(command.to) if process else None
    if process is None or target is None or target.key == step.key or step.key not in process.behind(target.key):
        message = "只能退回到本步骤之前的步骤，请核对步骤编号。"
        wrong = FieldError(field="to", code="not-before", message=message)
        raise Refused("application.invalid-return", message, [wrong], Because.INVALID)
    undone = tuple(sorted(process.behind(target.key) & state.steps.keys()))
    told = {"returned_from": step.key, "reason": command.reason, "undone": undone}
    returned = ReturnedToStep(**of_step(state, target), **told)
    return [returned, *begin(evolve(state, returned), context)]


def require_stampable(state: ApplicationState, context: Context) -> None:
    """A department stamps what it has said: in a step, or as the one that has reviewed. Raises `Refused`."""
    own = context.actor.department
    said = any(opinion.of_department == own for step in state.steps.values() for opinion in step.opinions)
    reviewed = state.stage == "reviewed" and own == state.submitted.department
    if not context.actor.has(*OPINIONS) or not (said or reviewed):
        title = "只能为本部门已出具的意见加盖电子印章，请先出具意见。"
        raise Refused("application.nothing-to-stamp", title, because=Because.FORBIDDEN)


def record_stamp(state: ApplicationState, command: RecordStamp, context: Context) -> Sequence[Event]:
    """As often as there is something new to stamp; each document stands for itself."""
    require_stampable(state, context)
    told = command.model_dump() | {"of_department": context.actor.department, "by": context.actor.subject}
    return [OpinionStamped(**about(state), **told, stamped_on=context.today)]


def raise_step_overdue(state: ApplicationState, command: RaiseStepOverdue, context: Context) -> Sequence[Event]:
    """Exactly once for each time it began."""
    require_platform(context)
    standing = state.steps.get(command.step)
    step = state.process.step(command.step) if state.process else None
    if state.stage != "accepted" or standing is None or step is None or standing.overdue or not standing.open:
        return []
    if not standing.clock.is_overdue(context.today):
        return []
    late = {"departments": step.departments, "due_on": standing.clock.due.day}
    return [StepOverdue(**of_step(state, step), **late)]


def _open_step(state: ApplicationState, key: str, context: Context) -> tuple[Step, StepState]:
    require_stage(state, "accepted")
    require_answered(state)
    step = state.process.step(key) if state.process else None
    if step is None:
        raise Refused("application.step-unknown", "审核流程中没有这个步骤，请核对步骤编号。", because=Because.NOT_FOUND)
    if not context.actor.has(*OPINIONS) or context.actor.department not in step.departments:
        title = f"步骤“{step.title}”由部门 {'、'.join(step.departments)} 办理，请由这些部门的人员操作。"
        raise Refused("application.not-your-step", title, because=Because.FORBIDDEN)
    standing = state.steps.get(key)
    if standing is None or not standing.open:
        word = "尚未开始" if standing is None else "已经结束"
        raise Refused("application.step-not-open", f"步骤“{step.title}”{word}，请刷新后查看最新进度。")
    require_not_taken(state.taken, context.actor.department, step_part(key))
    return step, standing


def _require_new(
    state: ApplicationState, step: Step, standing: StepState, command: GiveOpinion, context: Context
) -> None:
    own = context.actor
    hands = {own.subject, *([command.on_behalf_of] if command.on_behalf_of else [])}
    by_person = step.kind == "scores"
    for opinion in standing.opinions:
        if hands & opinion.hands or (not by_person and opinion.of_department == own.department):
            who = ("您或您代办的同事" if command.on_behalf_of else "您") if by_person else "贵部门"
            raise Refused("application.opinion-given", f"{who}在步骤“{step.title}”中已出具意见，不能重复出具。")
    earlier = [opinion for key, each in state.steps.items() if key != step.key for opinion in each.opinions]
    if step.anew and any(hands & opinion.hands for opinion in earlier):
        title = f"步骤“{step.title}”须由此前各步骤以外的人员办理，请由其他人员出具意见。"
        raise Refused("application.four-eyes", title, because=Because.FORBIDDEN)


def _wrong(state: ApplicationState, step: Step, command: GiveOpinion, department: str) -> list[FieldError]:
    errors = list(command.unfit)

    def wrong(field: str, code: str, message: str) -> None:
        errors.append(FieldError(field=field, code=code, message=message))

    if step.kind == "scores" and command.conflict == (command.score is not None):
        wrong("score", "score-or-conflict", "请给出0至100的评分；存在利益关系的，请申明回避且不评分。")
    if step.kind == "scores" and not command.agrees:
        wrong("agrees", "no-agreement", f"步骤“{step.title}”是专家评分，不填写同意与否，请只给出评分或申明回避。")
    if step.kind != "scores" and (command.score is not None or command.conflict):
        wrong("score", "no-scores", f"步骤“{step.title}”不是专家评分，不填写评分和回避。")
    if command.conflict and command.on_behalf_of:
        wrong("conflict", "own-word", "回避由本人申明，代办人不能代为申明。")
    if step.kind == "inspection" and not command.place:
        wrong("place", "missing", "现场核查请填写核查地点。")
    if not command.agrees and command.amount_fen:
        wrong("amount_fen", "disagrees", "不同意的意见不能填写核定金额。")
    if command.amount_fen is not None and department != state.submitted.department:
        wrong("amount_fen", "not-yours", f"核定金额由主管部门（{state.submitted.department}）填写。")
    most = state.submitted.most_fen
    if most is not None and (command.amount_fen or 0) > most:
        wrong("amount_fen", "too-much", f"核定金额不能超过每件最高金额{most / 100:,.2f}元。")
    if not command.opinion.strip() and not command.conflict:
        wrong("opinion", "missing", "请填写审核意见。")
    return errors


def of_step(state: ApplicationState, step: Step) -> dict[str, Any]:
    """What every event of a step carries."""
    return {**about(state), "step": step.key, "step_title": step.title}
