"""The policy list (惠企政策清单), numbered by year and frozen (article 6(3)); pure."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from services.policy.events.catalogue import ListEntry, ListReleased
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role


class ReleaseList(Command):
    """Release a list; `entries` is what is published and public at that moment."""

    number: str = Field(pattern=r"^\d{4}-\d{2,3}$", examples=["2026-01"])
    title: str = Field(max_length=200)
    entries: tuple[ListEntry, ...]


class ListState(State):
    """Released, and so for ever."""

    released: ListReleased


def decide(state: ListState | None, command: ReleaseList, context: Context) -> Sequence[Event]:
    """The data bureau alone; a number is used once."""
    if not context.actor.has(Role.DATA_BUREAU, Role.SYSTEM):
        title = "惠企政策清单由市数政局发布，请联系市数政局。"
        raise Refused("policy.data-bureau-only", title, because=Because.FORBIDDEN)
    if state is not None:
        title = f"清单 {command.number} 已发布，不能更改，请重新发布以取得新的编号。"
        raise Refused("policy.list-exists", title, [FieldError(field="number", code="taken", message=title)])
    if not command.entries:
        title = "现在没有已发布且公开的事项，不能发布清单，请先发布事项。"
        raise Refused("policy.list-empty", title, [FieldError(field="entries", code="missing", message=title)])
    return [ListReleased(**dict(command))]


def evolve(_state: ListState | None, event: Event) -> ListState:
    assert isinstance(event, ListReleased)  # noqa: S101 - the aggregate has no other event
    return ListState(released=event)


policy_list = Decider("policylist", ListState, decide, evolve)
