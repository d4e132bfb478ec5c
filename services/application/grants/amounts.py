"""What each enterprise of a roll is to have: the same for all, or by one fact, as a table says; pure."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.application.grants.rows import fen_of
from shared.contracts.facts import FactKey
from shared.contracts.rolls import FactOnRoll

Amount = Annotated[int, BeforeValidator(fen_of)]
MOST_LINES = 100


class AmountLine(BaseModel):
    """A line of the table: what those have whose fact `is` this, or is `at_least` so much in the fact's unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    is_: str | bool | None = Field(None, alias="is", description="选项、代码（及其下级）、所含的一项，或是与否")
    at_least: int | None = Field(None, ge=-(2**53), le=2**53, description="数值不低于，以事实目录的单位计")
    amount: Amount = Field(description="金额（元）")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.is_ is None) == (self.at_least is None):
            raise ValueError("每一行应给出 is 或 at_least 之一。")
        return self


class AmountTable(BaseModel):
    """Amounts by one fact. Of several lines of the same kind the first that fits counts; of limits, the highest reached.

    `otherwise`: what those have whom no line fits; without it they are refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fact: FactKey
    lines: tuple[AmountLine, ...] = Field(min_length=1, max_length=MOST_LINES)
    otherwise: Amount | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        limits = [line.at_least for line in self.lines if line.at_least is not None]
        if limits and len(limits) < len(self.lines):
            raise ValueError("同一张表请只用 is 或只用 at_least。")
        if len({(line.is_, line.at_least) for line in self.lines}) < len(self.lines):
            raise ValueError("表中有重复的行，请删除后重试。")
        return self

    def fen_for(self, value: FactOnRoll | None) -> int:
        """Raises ValueError, a Chinese sentence, where nothing is known of the fact, or no line fits."""
        if value is None or not value.known:
            raise ValueError("该企业的这项事实没有记载或已过期，无法确定金额；请补充事实，或以文件导入这一行。")
        fen = self._by_limit(value) if self.lines[0].at_least is not None else self._by_value(value)
        if fen is None:
            raise ValueError("金额表中没有适用于该企业的一行，请补充金额表，或以文件导入这一行。")
        return fen

    def _by_limit(self, value: FactOnRoll) -> int | None:
        if value.least is None or value.most is None:
            raise ValueError("该项事实不是数值，金额表请改用 is。")
        low, high = self._reached(value.least), self._reached(value.most)
        if low != high:
            raise ValueError("该企业的这项事实只知道所在区间，跨越金额表的不同档次；请核实后以文件导入这一行。")
        return low

    def _reached(self, number: int) -> int | None:
        reached = [line for line in self.lines if line.at_least is not None and line.at_least <= number]
        return max(reached, key=lambda line: line.at_least or 0).amount if reached else self.otherwise

    def _by_value(self, value: FactOnRoll) -> int | None:
        fits = next((line.amount for line in self.lines if _is(value, line.is_)), None)
        return self.otherwise if fits is None else fits


def _is(value: FactOnRoll, wanted: str | bool | None) -> bool:
    if isinstance(wanted, bool):
        return value.least == value.most == int(wanted)
    if value.members is not None:
        return wanted in value.members
    if value.code is not None:
        return wanted is not None and value.code.startswith(wanted)
    return value.option is not None and value.option == wanted
