"""What a list made from matching is asked with, and what is answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.application.grants.amounts import Amount, AmountTable
from shared.contracts.rolls import MissingFact, OnRoll
from shared.eventstore.decider import FieldError

MOST_ROWS = 1000  # enterprises of one request


class MatchedForm(BaseModel):
    """What those who meet the item are to have, and where to go on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"amount": "50000", "dry": True},
                {"amount": "50000"},
                {
                    "amount_by": {
                        "fact": "scale",
                        "lines": [{"is": "small", "amount": "50000"}, {"is": "micro", "amount": "30000"}],
                    }
                },
            ]
        },
    )

    amount: Amount | None = Field(None, description="每家金额（元）；与 amount_by 二选一")
    amount_by: AmountTable | None = Field(None, description="按一项事实分档的金额表")
    basis: str = Field("", max_length=200, description="依据，写在匹配依据之前")
    dry: bool = Field(False, description="只看结果，不写入名单")
    cursor: str | None = Field(None, max_length=400, description="上一次答复中的 next")
    limit: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS, description="一次办理的企业数")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.amount is None) == (self.amount_by is None):
            raise ValueError("请在 amount（每家金额）和 amount_by（金额表）中给出一项。")
        return self

    def fen_for(self, each: OnRoll) -> int:
        """Raises ValueError, a Chinese sentence."""
        if self.amount_by is not None:
            return self.amount_by.fen_for(each.value)
        assert self.amount is not None  # noqa: S101 - one of both is given
        return self.amount


class RefusedEnterprise(BaseModel):
    """One that meets the item and was not put on the list, and all the reasons."""

    enterprise: str
    name: str | None
    errors: list[FieldError]


class MatchedRow(BaseModel):
    """One that is put on the list, or would be."""

    enterprise: str
    name: str
    amount_fen: int
    basis: str


class MatchedAnswer(BaseModel):
    """What became of one part of the roll. `met`, `undecided`, `not_met` and `missing` are of the whole roll.

    `roll` is the evidence it is kept under; None where nothing was written. `missing`: why enterprises are undecided.
    `registered`: all enterprises of the platform; those of which no fact is held stand on no roll.
    """

    roll: str | None
    item_code: str
    revision: int
    at: datetime
    day: date
    met: int
    undecided: int
    not_met: int
    registered: int
    missing: tuple[MissingFact, ...]
    by_person: tuple[str, ...] = Field(description="须由人工核对的条件，匹配不能判定")
    dry: bool
    looked_at: int
    put_on: int
    put_on_fen: int
    already: int
    refused: list[RefusedEnterprise]
    rows: list[MatchedRow]
    next: str | None
    position: int = 0
