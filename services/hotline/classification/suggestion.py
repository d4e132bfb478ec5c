"""What rules or a model suggest about a ticket; people decide."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Urgency = Literal["normal", "urgent", "critical"]
Aspect = Literal["nature", "subject", "department", "urgency", "enterprise_matter"]


class Guess(BaseModel):
    """One value with a confidence from 0 to 1, and the words of the ticket that decided, the strongest first."""

    model_config = ConfigDict(frozen=True)

    value: str
    confidence: float = Field(ge=0, le=1)
    grounds: tuple[str, ...] = ()


class Suggestion(BaseModel):
    """What is suggested about a ticket; an aspect nobody can say anything about is left out.

    `subject` is a path of the taxonomy (`融资/贷款/贷款难`), `enterprise_matter` is `yes` or `no`; `model` names the
    version that answered, `rules-1` before the first training.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    nature: Guess | None = None
    subject: Guess | None = None
    department: Guess | None = None
    urgency: Guess | None = None
    enterprise_matter: Guess | None = None
