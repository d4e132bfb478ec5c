"""The dependency with which a door says that somebody of the public has looked at a thing (article 24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from services.policy.events.participation import SubjectKind
from services.policy.participation.views import ViewCounter, counts_as_visitor
from shared.http.asking import Anybody, Here


@dataclass(frozen=True)
class Viewing:
    """One request: `counter` is None when who asks is at work and not counted."""

    counter: ViewCounter | None

    def seen(self, kind: SubjectKind, key: str, department: str) -> None:
        """It was there, and was shown."""
        if self.counter is not None:
            self.counter.seen(kind, key, department)


async def viewing(runtime: Here, actor: Anybody) -> Viewing:
    """Of the request nothing is kept but that it was one more."""
    return Viewing(runtime.resources.views if counts_as_visitor(actor) else None)


Viewed = Annotated[Viewing, Depends(viewing)]
