"""A performance goal as it is filed (绩效目标申报表): checked whole, with every mistake at once; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict, Field

from services.application.events.performance import Goal, Indicator
from services.application.performance.measures import MEASURES, TYPED
from shared.eventstore.decider import FieldError

KINDS: Mapping[str, tuple[str, str]] = {  # class and name
    "quantity": ("产出指标", "数量指标"),
    "quality": ("产出指标", "质量指标"),
    "timeliness": ("产出指标", "时效指标"),
    "cost": ("产出指标", "成本指标"),
    "economic": ("效益指标", "经济效益"),
    "social": ("效益指标", "社会效益"),
    "ecological": ("效益指标", "生态效益"),
    "sustained": ("效益指标", "可持续影响"),
    "satisfaction": ("满意度指标", "服务对象满意度"),
}
DIRECTIONS: Mapping[str, str] = {"at-least": "不低于", "at-most": "不高于", "equal": "等于", "between": "介于"}
MOST_INDICATORS, MOST_TEXT = 60, 5000
LARGEST = Decimal(10) ** 15
MOST_FEN = 2**53
EXECUTION = "execution"
Number = str | int | float | None
_Says = Callable[[str, str, str], None]


class IndicatorForm(BaseModel):
    """An indicator as it is written down; what is wrong with it is said with everything else."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("", max_length=MOST_TEXT)
    kind: str = Field("", max_length=40, description="、".join(f"{key} {name}" for key, (_, name) in KINDS.items()))
    direction: str = Field("", max_length=40, description="at-least 不低于、at-most 不高于、equal 等于、between 介于")
    target: Number = Field(None, description="目标值；between 时为下限")
    most: Number = Field(None, description="between 时的上限")
    unit: str = Field("", max_length=200)
    weight: Number = Field(None, description="分值")
    source: str = Field(TYPED, max_length=40, description="typed 由部门填报并附依据，或平台计量的一项")


class GoalForm(BaseModel):
    """A goal as it is written down."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field("", max_length=20_000, description="总体目标")
    budget_fen: int = Field(0, description="预算（分）")
    execution_weight: Number = Field(10, description="预算执行率的分值，与各指标合计为100")
    execution: str = Field("measured", max_length=40, description="measured 按平台拨付记录，typed 由部门填报并附依据")
    indicators: tuple[IndicatorForm, ...] = Field((), max_length=500)


def number(value: Number) -> Decimal | None:
    """As people write it; None for what is no number of at most four places."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value).strip().replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found) >= LARGEST or found != round(found, 4):
        return None
    return found


def goal_of(form: GoalForm) -> tuple[Goal | None, list[FieldError]]:
    """The goal, or everything that is wrong with it."""
    errors = [*_of_whole(form)]
    indicators: list[Indicator] = []
    for place, each in enumerate(form.indicators):
        found, wrong = _indicator(each, place)
        errors += wrong
        indicators += [found] if found else []
    errors += _of_weights(form)
    if errors:
        return None, errors
    weight = number(form.execution_weight)
    assert weight is not None  # noqa: S101 - `_of_weights` has looked
    return (
        Goal(
            text=form.text.strip(),
            budget_fen=form.budget_fen,
            execution_weight=weight,
            execution="typed" if form.execution == TYPED else "measured",
            indicators=tuple(indicators),
        ),
        [],
    )


def _of_whole(form: GoalForm) -> Iterator[FieldError]:
    if not form.text.strip():
        yield _wrong("goal.text", "missing", "请写明资金要达到的总体目标。")
    elif len(form.text) > MOST_TEXT:
        yield _wrong("goal.text", "too-long", f"总体目标最多{MOST_TEXT}字，请缩短。")
    if not 0 < form.budget_fen <= MOST_FEN:
        yield _wrong("goal.budget_fen", "no-budget", "请填写大于零的预算金额，以分为单位。")
    if form.execution not in ("measured", TYPED):
        yield _wrong("goal.execution", "unknown", "预算执行数的来源应为 measured（平台计量）或 typed（部门填报）。")
    if len(form.indicators) > MOST_INDICATORS:
        yield _wrong("goal.indicators", "too-many", f"指标最多{MOST_INDICATORS}项，请合并或精简。")
    there = {KINDS[each.kind][0] for each in form.indicators if each.kind in KINDS}
    for name in dict.fromkeys(name for name, _ in KINDS.values()):
        if name not in there:
            yield _wrong("goal.indicators", "class-missing", f"缺少{name}，产出、效益、满意度三类指标各至少一项。")
    names = [each.name.strip() for each in form.indicators if each.name.strip()]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield _wrong("goal.indicators", "twice", f"指标“{name}”重复，请合并或改名。")


def _of_weights(form: GoalForm) -> Iterator[FieldError]:
    execution = _weight(form.execution_weight)
    if execution is None:
        yield _wrong("goal.execution_weight", "no-weight", "预算执行率的分值应为0至100的数，最多两位小数（通常为10）。")
    weights = [_weight(each.weight) for each in form.indicators]
    if execution is not None and all(weight is not None for weight in weights):
        total = execution + sum(weight for weight in weights if weight is not None)
        if total != 100:
            message = f"预算执行率与各指标的分值合计应为100，现为{total.normalize():f}，请调整。"
            yield _wrong("goal.indicators", "weights", message)


def _weight(value: Number) -> Decimal | None:
    found = number(value)
    return found if found is not None and 0 <= found <= 100 and found == round(found, 2) else None


def _indicator(form: IndicatorForm, place: int) -> tuple[Indicator | None, Sequence[FieldError]]:
    errors: list[FieldError] = []

    def wrong(field: str, code: str, message: str) -> None:
        errors.append(_wrong(f"goal.indicators.{place}.{field}", code, message))

    target, most, weight = number(form.target), number(form.most), _weight(form.weight)
    if not 0 < len(form.name.strip()) <= 100:
        wrong("name", "no-name", "请填写指标名称，最多100字。")
    if form.kind not in KINDS:
        wrong("kind", "unknown", f"指标类别应为{'、'.join(KINDS)}之一。")
    if form.direction not in DIRECTIONS:
        wrong("direction", "unknown", f"方向应为{'、'.join(DIRECTIONS)}之一。")
    if target is None:
        wrong("target", "no-number", "目标值应为数字，最多四位小数。")
    _look_at_span(form, target, most, wrong)
    if weight is None or not weight:
        wrong("weight", "no-weight", "分值应大于0且不超过100，最多两位小数。")
    measure = MEASURES.get(form.source)
    unit = form.unit.strip() or (measure.unit if measure else "")
    if measure is None and form.source != TYPED:
        wrong("source", "unknown", f"数据来源应为 typed，或平台计量的{'、'.join(MEASURES)}之一。")
    if not unit or len(unit) > 20:
        wrong("unit", "no-unit", "请填写计量单位，最多20字。")
    elif measure is not None and unit != measure.unit:
        wrong("unit", "other-unit", f"“{measure.label}”由平台计量，单位为“{measure.unit}”，请按此填写目标值。")
    if errors or target is None or weight is None:
        return None, errors
    about = {"name": form.name.strip(), "kind": form.kind, "direction": form.direction, "source": form.source}
    return Indicator(key=str(place + 1), target=target, most=most, unit=unit, weight=weight, **about), ()


def _look_at_span(form: IndicatorForm, target: Decimal | None, most: Decimal | None, wrong: _Says) -> None:
    if form.direction != "between":
        if form.most is not None:
            wrong("most", "no-span", "只有“介于”才填写上限，请删除。")
    elif most is None:
        wrong("most", "no-number", "“介于”须填写上限，应为数字，最多四位小数。")
    elif target is not None and most < target:
        wrong("most", "order", "上限不能小于下限，请核对。")


def _wrong(field: str, code: str, message: str) -> FieldError:
    return FieldError(field=field, code=code, message=message)
