"""A step of an application, as it is asked for: by whom, under which key, on which version."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Response

from services.application.decider import application
from services.application.decider.commands import ApplicationCommand
from services.application.decider.handling import TakeBack
from services.application.systems.acting import by_people
from shared.http.asking import ExpectedVersion, Here, IdempotencyKey, Somebody, Written, written


class _Asked:
    """What every door of a step takes beside the step itself."""

    def __init__(
        self,
        runtime: Here,
        actor: Somebody,
        response: Response,
        key: IdempotencyKey = None,
        version: ExpectedVersion = None,
    ) -> None:
        self.runtime = runtime
        self.actor = actor
        self.response = response
        self.key = key
        self.version = version

    async def done(self, number: str, command: ApplicationCommand | TakeBack) -> Written:
        """Carries it out. Raises `Refused`."""
        keyed: dict[str, Any] = {"idempotency_key": self.key, "expected_version": self.version}
        work = partial(self.runtime.execute, application, number, command, self.actor, **keyed)
        receipt = await by_people(self.runtime, number, work)
        return written(self.runtime, receipt, self.response)


Asked = Annotated[_Asked, Depends()]
