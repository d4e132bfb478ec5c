"""What happened to code lists."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.eventstore.events import Event


class Code(BaseModel):
    """An entry of a code list."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(min_length=1, max_length=20)
    name: str = Field(min_length=1, max_length=120)
    parent_code: str | None = None


class CodesImported(Event):
    """Entries of a code list (divisions, industries) were added or renamed."""

    TOPIC: ClassVar[str] = "registry.codes-imported"

    list_name: str
    edition: str
    codes: tuple[Code, ...]
