"""What a department's own system does, and what people do that it had taken: always together with a look at the system."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from services.application.admission import Given, within_budget
from services.application.attachments import photos
from services.application.decider import ApplicationState, GiveOpinion, application
from services.application.decider.handling import GiveResult, HandlingCommand, ReleaseAbsent
from services.application.decider.system import ActThrough, ConfirmAway, SystemState, client_of, system
from services.application.readmodels.taking_part import involved
from shared.eventstore.decider import Because, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor

T = TypeVar("T")


class Acting(Protocol):
    """A system that is connected, as it asked."""

    @property
    def actor(self) -> Actor: ...

    def sees(self, involved: list[str], item_code: str) -> bool:
        """Whether an application is among those that it works on."""


async def act(runtime: Runtime, number: str, command: HandlingCommand, asking: Acting, key: str) -> Receipt:
    """One step of a system. Raises `Refused`, also when it was suspended a moment ago."""
    actor = asking.actor
    state: ApplicationState | None = await runtime.state(application, number)
    if state is None or not asking.sees(
        involved(state.submitted.department, state.submitted.process), state.submitted.item_code
    ):
        title = "没有找到这个申报，请核对编号后重新查询。"
        raise Refused("platform.not-found", title, because=Because.NOT_FOUND)
    taken = _photos(command)
    if isinstance(command, GiveResult) and taken:
        command = command.model_copy(update={"wrong": await photos.unfit(runtime, actor, taken)})
    others: list[Given] = [(system, client_of(actor), ActThrough(item_code=state.submitted.item_code))]
    if isinstance(command, GiveResult):
        others += photos.keeping(application.id_of(number), taken)
        actor = actor.model_copy(update={"on_behalf_of": command.handled_by})
    return await within_budget(runtime, number, command, others, actor, key)


def _photos(command: HandlingCommand) -> tuple[str, ...]:
    if isinstance(command, GiveResult) and isinstance(command.result, GiveOpinion):
        return command.result.photos
    return ()


async def by_people(runtime: Runtime, number: str, work: Callable[[], Awaitable[T]]) -> T:
    """What people do. What a system has taken that is not connected they do themselves. Raises `Refused`."""
    try:
        return await work()
    except Refused as refused:
        if refused.code != "application.handled-by-system" or not await _released(runtime, number):
            raise
    return await work()


async def _released(runtime: Runtime, number: str) -> bool:
    """Whether something was given back that a system had taken and cannot do."""
    state: ApplicationState = await runtime.state(application, number)
    released = False
    for client in {each.system for each in state.taken.values()}:
        known: SystemState | None = await runtime.state(system, client)
        if known is None or known.status == "connected":
            continue
        commands: list[Given] = [
            (application, number, ReleaseAbsent(system=client)),
            (system, client, ConfirmAway()),
        ]
        await runtime.execute_together(commands, runtime.itself)
        released = True
    return released
