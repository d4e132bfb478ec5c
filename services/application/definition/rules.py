"""Who may apply how often, and for how much there is: quotas, budgets, exclusion (article 20)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Period = Annotated[str, Field(pattern=r"^[0-9]{4}[0-9A-Z]{0,6}$", description="期次，如 2026 或 2026Q1")]
Group = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Award = Literal["first-come", "ranked"]


class Rules(BaseModel):
    """Rules of one period of an item. `places` and `budget_fen` bound what is granted, None where nothing does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    period: Period
    once: bool = Field(True, description="每家企业每期限申报一次")
    exclusive: tuple[Group, ...] = Field((), max_length=10, description="互斥组：同组事项每家企业每期只能申报一项")
    places: int | None = Field(None, ge=1, le=1_000_000, description="名额")
    budget_fen: int | None = Field(None, ge=1, le=2**62, description="预算总额（分）")
    most_fen: int | None = Field(None, ge=1, le=2**62, description="每件最高金额（分）")
    award: Award = Field("first-come", description="先到先得（first-come），或截止后排序（ranked）")

    @property
    def bounded(self) -> bool:
        """Whether there is only so much."""
        return self.places is not None or self.budget_fen is not None
