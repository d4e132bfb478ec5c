"""The steps of a review, in order or side by side, by several departments (article 20(2)): a definition that is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import FieldError

Kind = Literal["opinion", "inspection", "third-party", "scores"]
KINDS: dict[Kind, str] = {
    "opinion": "审核",
    "inspection": "现场核查",
    "third-party": "第三方审核",
    "scores": "专家评分",
}
StepKey = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
MOST_STEPS = 30


class Step(BaseModel):
    """One step. `after`: the steps that come before it; `needs`: how many of its departments have to agree (None: all), or
    how many experts have to score; `anew`: nobody who gave an opinion in a step before may give one here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: StepKey
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    kind: Kind = "opinion"
    departments: tuple[DepartmentCode, ...] = Field(min_length=1, max_length=20)
    needs: int | None = Field(None, ge=1, le=20)
    limit_days: int = Field(ge=1, le=365, description="工作日")
    after: tuple[StepKey, ...] = Field((), max_length=20)
    anew: bool = Field(False, description="须由此前各步骤以外的人员办理")

    @property
    def opinions(self) -> int:
        """How many have to agree, or to score."""
        return self.needs or len(self.departments)


class Process(BaseModel):
    """The steps of a review."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS)

    def step(self, key: str) -> Step | None:
        """The step of that key."""
        return next((each for each in self.steps if each.key == key), None)

    def reassigned(self, departments: Mapping[str, tuple[str, ...]]) -> Process:
        """With other departments in the steps that are named."""
        steps = (
            each.model_copy(update={"departments": departments.get(each.key, each.departments)}) for each in self.steps
        )
        return Process(steps=tuple(steps))

    def ready(self, done: frozenset[str]) -> list[Step]:
        """What can begin when these are done."""
        return [each for each in self.steps if each.key not in done and done.issuperset(each.after)]

    def behind(self, key: str) -> frozenset[str]:
        """A step and all that comes after it, on whatever way."""
        found = {key}
        while more := {each.key for each in self.steps if each.key not in found and not found.isdisjoint(each.after)}:
            found |= more
        return frozenset(found)


def mistakes(process: Process, promised_days: int, department: str, *, ranked: bool) -> list[FieldError]:
    """Everything that is wrong with a process, at once: pure. `promised_days` is what the guide promises."""
    found = [*_of_steps(process), *_of_ways(process)]
    if not any(error.code == "circle" for error in found):
        days = longest(process)
        if days > promised_days:
            message = f"各步骤时限最长合计{days}个工作日，超过指南承诺的{promised_days}个工作日，请压缩步骤时限或修订承诺时限。"
            found.append(FieldError(field="process.steps", code="too-long", message=message))
    scored = any(step.kind == "scores" for step in process.steps)
    if ranked and not scored:
        message = "截止后排序的事项须有专家评分步骤，否则没有排序的依据。"
        found.append(FieldError(field="process.steps", code="nothing-to-rank", message=message))
    if not any(department in step.departments and step.kind != "scores" for step in process.steps):
        message = f"主管部门（{department}）没有参加任何步骤，无人核定金额，请至少安排一个由主管部门办理的步骤。"
        found.append(FieldError(field="process.steps", code="department-absent", message=message))
    return found


def unregistered(process: Process, unknown: frozenset[str]) -> Iterator[FieldError]:
    """Each step with a department that is not registered: nobody of it could ever sign in and give an opinion."""
    for number, step in enumerate(process.steps):
        for code in step.departments:
            if code in unknown:
                message = f"步骤“{step.title}”的部门“{code}”没有在平台登记，请核对部门代码，或先请运维人员登记该部门。"
                yield FieldError(field=f"process.steps.{number}.departments", code="unknown", message=message)


def _of_steps(process: Process) -> Iterator[FieldError]:
    seen: set[str] = set()
    for number, step in enumerate(process.steps):
        place = f"process.steps.{number}"
        if step.key in seen:
            yield FieldError(
                field=f"{place}.key", code="repeated", message=f"步骤编号“{step.key}”重复，请使用不同的编号。"
            )
        seen.add(step.key)
        if len(set(step.departments)) < len(step.departments):
            message = f"步骤“{step.title}”的部门有重复。"
            yield FieldError(field=f"{place}.departments", code="repeated", message=message)
        if step.kind != "scores" and step.needs and step.needs > len(step.departments):
            message = f"步骤“{step.title}”需要{step.needs}个部门同意，但只有{len(step.departments)}个部门参加。"
            yield FieldError(field=f"{place}.needs", code="too-many", message=message)
        if step.kind == "scores" and len(step.departments) > 1:
            message = f"步骤“{step.title}”是专家评分，由一个部门组织，请只填一个部门。"
            yield FieldError(field=f"{place}.departments", code="one", message=message)


def _of_ways(process: Process) -> Iterator[FieldError]:
    known = {step.key for step in process.steps}
    for number, step in enumerate(process.steps):
        for before in step.after:
            if before not in known:
                message = f"步骤“{step.title}”的前置步骤“{before}”不存在。"
                yield FieldError(field=f"process.steps.{number}.after", code="unknown", message=message)
    stuck = unreachable(process)
    if stuck:
        names = "、".join(step.title for step in process.steps if step.key in stuck)
        message = f"以下步骤永远无法开始（前置步骤互相等待或不存在）：{names}。"
        yield FieldError(field="process.steps", code="circle", message=message)


def unreachable(process: Process) -> frozenset[str]:
    """Steps that never begin: in a circle, or behind one."""
    done: frozenset[str] = frozenset()
    while more := process.ready(done):
        done |= {step.key for step in more}
    return frozenset(step.key for step in process.steps) - done


def longest(process: Process) -> int:
    """Working days on the longest way through; the process has no circles."""
    by_key = {step.key: step for step in process.steps}
    days: dict[str, int] = {}

    def until(key: str) -> int:
        if key not in days:
            step = by_key[key]
            days[key] = step.limit_days + max((until(before) for before in step.after), default=0)
        return days[key]

    return max(until(key) for key in by_key)
