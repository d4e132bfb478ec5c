"""A department's own system that asks: known by its token, and connected at this very moment."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Path

from services.application.decider.system import SystemState
from services.application.readmodels.track import ApplicationRow
from services.application.systems.signing_in import connected
from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import Here, SignInRequired, found, whose_token
from shared.runtime.service import Runtime
from shared.security.actor import Actor


class Connected(NamedTuple):
    """The system, as its token and as the record have it."""

    actor: Actor
    state: SystemState

    @property
    def department(self) -> str:
        return self.state.requested.department

    def sees(self, involved: list[str], item_code: str) -> bool:
        """Whether an application is among those that it works on."""
        return self.department in involved and self.state.covers(item_code)


async def _connected(runtime: Here, actor: Annotated[Actor | None, Depends(whose_token)]) -> Connected:
    if actor is None:
        raise SignInRequired("请先用客户端标识和密钥领取令牌（POST /api/application/system/token）。")
    return Connected(actor, await connected(runtime, actor))


System = Annotated[Connected, Depends(_connected)]
Number = Annotated[str, Path(max_length=80, description="申报编号")]


async def _required_key(
    key: Annotated[
        str | None, Header(alias="Idempotency-Key", max_length=200, description="必填，每次新的操作一个")
    ] = None,
) -> str:
    """A system asks again whenever it is unsure; so each write says which one it is."""
    if not key:
        title = "部门系统的每次写操作都要带请求头 Idempotency-Key，同一操作重发时用同一个键。"
        error = FieldError(field="Idempotency-Key", code="missing", message=title)
        raise Refused("application.idempotency-key-missing", title, [error], Because.INVALID)
    return key


Key = Annotated[str, Depends(_required_key)]


async def row_of(runtime: Runtime, system: Connected, number: str) -> ApplicationRow:
    """An application of the system; what is others' is answered as what is not there. Raises `Refused`."""
    row = await runtime.reads.one(ApplicationRow, number)
    return found(row if row is not None and system.sees(row.involved, row.item_code) else None, "申报")
