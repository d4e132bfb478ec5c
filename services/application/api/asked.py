"""A step of an application, as it is asked for: by whom, under which key, on which version."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from services.application.decider import application
from services.application.decider.commands import ApplicationCommand
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

    async def done(self, number: str, command: ApplicationCommand) -> Written:
        """Carries it out. Raises `Refused`."""
        receipt = await self.runtime.execute(
            application, number, command, self.actor, idempotency_key=self.key, expected_version=self.version
        )
        return written(self.runtime, receipt, self.response)


Asked = Annotated[_Asked, Depends()]
