"""The language of conditions: what an item asks of an enterprise, as data that can be checked, shown and evaluated.

Three-valued (Kleene's strong logic, as FEEL's in DMN): a condition is met, not met, or unknown; a fact that is missing, out of
date, or known only as a band that straddles the limit leaves a comparison unknown, never false.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.contracts.facts import FactKey

DEEPEST = 12
LARGEST_NUMBER = 2**62


class Verdict(Enum):
    """Met, not met, or unknown; the values are those of SQL: true, false, null."""

    MET = True
    NOT_MET = False
    UNKNOWN = None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shift(_Part):
    """Calendar years, months and days to move a day by; negative is earlier. 31 January + 1 month is the month's last day."""

    years: int = Field(0, ge=-200, le=200)
    months: int = Field(0, ge=-2400, le=2400)
    days: int = Field(0, ge=-73_000, le=73_000)


class Day(_Part):
    """A given day, or the day of evaluation where `on` is missing, moved by `shift`."""

    on: date | None = None
    shift: Shift = Shift()


Comparison = Literal["<", "<=", "=", "!=", ">=", ">"]
WholeNumber = Annotated[int, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, strict=True)]
Word = Annotated[str, Field(min_length=1, max_length=60)]


class Compare(_Part):
    """A number in the fact's unit (fen, persons, basis points ...) compared with a limit."""

    op: Literal["compare"] = "compare"
    fact: FactKey
    comparison: Comparison
    value: WholeNumber


class Between(_Part):
    """A number from `least` to `most`, both included."""

    op: Literal["between"] = "between"
    fact: FactKey
    least: WholeNumber
    most: WholeNumber


class DateCompare(_Part):
    """A day compared with a given one, or with one relative to the day of evaluation: established at least a year ago."""

    op: Literal["date"] = "date"
    fact: FactKey
    comparison: Comparison
    day: Day


class Is(_Part):
    """A flag that is to be yes, or no."""

    op: Literal["is"] = "is"
    fact: FactKey
    value: bool = True


class In(_Part):
    """A choice that is one of `values`; `undecided` are options that leave it open, so the answer is unknown."""

    op: Literal["in"] = "in"
    fact: FactKey
    values: tuple[Word, ...] = Field(max_length=200)
    undecided: tuple[Word, ...] = Field((), max_length=200)


class Under(_Part):
    """A code at or below one of `codes` in its hierarchy: C39 holds C3922. A known code above one (C) leaves it unknown."""

    op: Literal["under"] = "under"
    fact: FactKey
    codes: tuple[Word, ...] = Field(min_length=1, max_length=500)


class Holds(_Part):
    """A set with at least `least` of `values`: any of them (1), all of them (their number)."""

    op: Literal["holds"] = "holds"
    fact: FactKey
    values: tuple[Word, ...] = Field(min_length=1, max_length=200)
    least: int = Field(1, ge=1, le=200)


class All(_Part):
    """Met when every part is; an empty one is met."""

    op: Literal["all"] = "all"
    of: tuple[Condition, ...] = Field(max_length=100)


class AnyOf(_Part):
    """Met when one part is; an empty one is not met."""

    op: Literal["any"] = "any"
    of: tuple[Condition, ...] = Field(max_length=100)


class AtLeast(_Part):
    """Met when at least `number` parts are; unknown while the unknown ones could still make it so."""

    op: Literal["at-least"] = "at-least"
    number: int = Field(ge=1, le=100)
    of: tuple[Condition, ...] = Field(min_length=1, max_length=100)


class Not(_Part):
    """Met when its part is not met; unknown stays unknown."""

    op: Literal["not"] = "not"
    of: Condition


class Named(_Part):
    """A reusable condition by its name, in the wording that is in force when it is evaluated."""

    op: Literal["named"] = "named"
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,59}$")]


Condition = Annotated[
    Compare | Between | DateCompare | Is | In | Under | Holds | All | AnyOf | AtLeast | Not | Named,
    Field(discriminator="op"),
]


class Requirement(_Part):
    """One condition of the guide, in its own words, and as data where it can be.

    Without a `rule` a person checks it: no fact decides it, and it takes no part in the item's verdict, but is always
    shown. What is not `required` (a plus in the review) is shown with its verdict and decides nothing.
    """

    title: str = Field(min_length=1, max_length=1000)
    rule: Condition | None = None
    required: bool = True


class Eligibility(_Part):
    """All conditions of an item. Its verdict is that of all required requirements with a rule; unknown where there is none."""

    requirements: tuple[Requirement, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _bounded(self) -> Eligibility:
        if any(r.rule is not None and depth(r.rule) > DEEPEST for r in self.requirements):
            raise ValueError(f"条件最多嵌套{DEEPEST}层，请拆分后以命名条件引用。")
        return self


def depth(condition: Condition) -> int:
    """How many levels a condition has; 1 for one without parts."""
    match condition:
        case All() | AnyOf() | AtLeast():
            return 1 + max((depth(part) for part in condition.of), default=0)
        case Not():
            return 1 + depth(condition.of)
    return 1


for _model in (All, AnyOf, AtLeast, Not, Requirement, Eligibility):
    _model.model_rebuild()
