"""Code lists grow and are renamed."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from services.registry.decider.rights import require_manager
from services.registry.events import Code, CodesImported
from shared.eventstore.decider import Command, Context, Decider, State
from shared.eventstore.events import Event


class ImportCodes(Command):
    """Add or rename entries of a code list: administrative divisions, or industries (GB/T 4754-2017)."""

    list_name: str = Field(pattern=r"^[a-z0-9-]{2,40}$", examples=["divisions"])
    edition: str = Field(min_length=1, max_length=60, examples=["2023"])
    codes: tuple[Code, ...] = Field(min_length=1, max_length=5000)


class CodeListState(State):
    names: dict[str, tuple[str, str | None]]


def decide_code_list(state: CodeListState | None, command: ImportCodes, context: Context) -> Sequence[Event]:
    """Only what is new or different becomes an event; a code is never deleted, for past records refer to it."""
    require_manager(context, "导入代码表")
    known = state.names if state else {}
    last_rows = {c.code: c for c in command.codes}.values()  # of a code that stands twice in a file the last row counts
    news = tuple(c for c in last_rows if known.get(c.code) != (c.name, c.parent_code))
    return [CodesImported(list_name=command.list_name, edition=command.edition, codes=news)] if news else []


def evolve_code_list(state: CodeListState | None, event: Event) -> CodeListState:
    assert isinstance(event, CodesImported)  # noqa: S101 - the aggregate has no other event
    names = dict(state.names) if state else {}
    names.update({c.code: (c.name, c.parent_code) for c in event.codes})
    return CodeListState(names=names)


code_list = Decider("codes", CodeListState, decide_code_list, evolve_code_list)
