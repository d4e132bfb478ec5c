"""A step that is stuck (its department does not exist, or not any more) is given to others (article 20(2)); pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.application.decider.commands import ReassignStep
from services.application.decider.state import ApplicationState, evolve, require_answered, require_stage
from services.application.decider.stepping import following, of_step
from services.application.definition.process import Process, Step, mistakes, unregistered
from services.application.events.review import StepReassigned
from shared.eventstore.decider import Because, Context, FieldError, Refused
from shared.eventstore.events import Event
from shared.security.actor import Role


def reassign(state: ApplicationState, command: ReassignStep, context: Context) -> Sequence[Event]:
    """By the head of the item's department, or the data bureau, until the step has ended. What was said in it still counts; where
    that is enough by now, what follows from it is decided with it. The same departments again change nothing."""
    _require_head(state, context)
    require_stage(state, "submitted", "accepted")
    require_answered(state)
    process = state.process
    step = process.step(command.step) if process else None
    if process is None or step is None:
        raise Refused("application.step-unknown", "审核流程中没有这个步骤，请核对步骤编号。", because=Because.NOT_FOUND)
    standing = state.steps.get(step.key)
    if standing is not None and not standing.open:
        raise Refused("application.step-not-open", f"步骤“{step.title}”已经结束，不能改由其他部门办理。")
    if step.departments == command.departments:
        return []
    changed = process.reassigned({step.key: command.departments})
    errors = [*_wrong(state, changed, step, command)]
    if errors:
        title = f"改由其他部门办理有{len(errors)}处需要改正。"
        raise Refused("application.invalid-reassignment", title, errors, Because.INVALID)
    added = tuple(code for code in command.departments if code not in step.departments)
    told = {"departments": command.departments, "added": added, "reason": command.reason}
    reassigned = StepReassigned(**of_step(state, step), **told, clock=standing.clock if standing else None)
    after = evolve(state, reassigned)
    anew = changed.step(step.key)
    assert anew is not None  # noqa: S101 - it was found before
    return [reassigned, *(following(after, anew, context) if standing else [])]


def _require_head(state: ApplicationState, context: Context) -> None:
    own = context.actor.has(Role.DEPARTMENT_HEAD) and context.actor.department == state.submitted.department
    if not own and not context.actor.has(Role.DATA_BUREAU):
        title = f"步骤由主管部门（{state.submitted.department}）负责人或市数政局改由其他部门办理。"
        raise Refused("application.not-your-department", title, because=Because.FORBIDDEN)


def _wrong(state: ApplicationState, changed: Process, step: Step, command: ReassignStep) -> Iterator[FieldError]:
    """As where a scheme is set; and who has spoken stays."""
    submitted = state.submitted
    yield from mistakes(changed, submitted.promised_days, submitted.department, ranked=submitted.ranked)
    yield from unregistered(changed, command.unknown & frozenset(command.departments))
    standing = state.steps.get(step.key)
    spoken = sorted({each.of_department for each in standing.opinions} if standing else ())
    for code in spoken:
        if code not in command.departments:
            message = f"部门“{code}”在步骤“{step.title}”中已出具意见，不能移出该步骤。"
            yield FieldError(field="departments", code="has-spoken", message=message)
