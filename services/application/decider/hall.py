"""A hall with counters (政务服务大厅惠企服务专窗): laid down by the data bureau; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.application.events.counter import HallSet
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

Name = Annotated[str, Field(min_length=1, max_length=40)]
CounterName = Annotated[str, Field(min_length=1, max_length=20, description="窗口号", examples=["3号窗口"])]


class CounterService(BaseModel):
    """What people take a number for; `letter` begins its numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str = Field(pattern=r"^[a-z][a-z0-9-]{0,29}$", description="服务代码", examples=["consultation"])
    letter: str = Field(pattern=r"^[A-Z]$", description="排队号的字母")
    title: str = Field(min_length=1, max_length=30, examples=["政策咨询"])


class SetHall(Command):
    """Lay it down; numbers that are out keep what they were taken for."""

    hall: str
    name: Name
    department: DepartmentCode
    counters: tuple[CounterName, ...] = Field(min_length=1, max_length=100)
    services: tuple[CounterService, ...] = Field(min_length=1, max_length=26)


class HallState(State):
    """The hall in force."""

    name: str
    department: str
    counters: tuple[str, ...]
    services: tuple[CounterService, ...]


def decide(state: HallState | None, command: SetHall, context: Context) -> Sequence[Event]:
    """By the data bureau; the same again changes nothing."""
    if not context.actor.has(Role.DATA_BUREAU):
        title = "办事大厅的窗口和服务由市数政局设定，请联系市数政局。"
        raise Refused("application.data-bureau-only", title, because=Because.FORBIDDEN)
    errors = [
        FieldError(field=field, code="repeated", message=f"“{value}”重复了，请改为各不相同。")
        for field, values in (
            ("counters", command.counters),
            ("services.service", [each.service for each in command.services]),
            ("services.letter", [each.letter for each in command.services]),
        )
        for value, times in Counter(values).items()
        if times > 1
    ]
    if errors:
        title = f"大厅设置有{len(errors)}处需要改正，请改正后重新提交。"
        raise Refused("application.hall-invalid", title, errors, Because.INVALID)
    content = command.model_dump(mode="json", exclude={"hall"})
    if state is not None and state.model_dump(mode="json", exclude={"state_version"}) == content:
        return []
    return [HallSet(hall=command.hall, **content, by=context.actor.subject)]


def evolve(_state: HallState | None, event: Event) -> HallState:
    """The hall after an event."""
    assert isinstance(event, HallSet)  # noqa: S101 - the only kind of event
    return HallState.model_validate(event.model_dump(exclude={"hall", "by"}))


hall: Decider[HallState, SetHall] = Decider("hall", HallState, decide, evolve)
