"""Searches that an enterprise keeps, and what is told of something new; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from services.policy.events.searching import (
    Kind,
    SavedHit,
    SavedSearchesAsked,
    SavedSearchesFound,
    SearchDropped,
    SearchSaved,
)
from services.policy.search.asking import Question
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

MOST_SAVED = 20
MOST_IN_EVENT = 50
SearchName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^\S(.*\S)?$", examples=["设备补助"])]


class SaveSearch(Command):
    """Keep a question under a name."""

    uscc: Uscc
    name: SearchName
    question: Question


class DropSearch(Command):
    """Forget it."""

    uscc: Uscc
    name: str


class SavedState(State):
    """An enterprise's questions by name."""

    searches: dict[str, Question] = Field(default_factory=dict)


def decide_saved(state: SavedState | None, command: SaveSearch | DropSearch, context: Context) -> Sequence[Event]:
    """The enterprise alone keeps searches; a question that asks for nothing would find everything."""
    if context.actor.enterprise != command.uscc and not context.actor.has(Role.SYSTEM):
        title = "保存的检索只能由企业本身设置，请以该企业的账号登录。"
        raise Refused("policy.not-your-enterprise", title, because=Because.FORBIDDEN)
    known = state.searches if state else {}
    match command:
        case DropSearch(uscc=uscc, name=name):
            return [SearchDropped(uscc=uscc, name=name)] if name in known else []
        case SaveSearch(uscc=uscc, name=name, question=question):
            if known.get(name) == question:
                return []
            if question == Question(sort=question.sort):
                title = "请填写要检索的文字，或者选择至少一项条件。"
                raise Refused("policy.search-empty", title, [_error("question", title)], Because.INVALID)
            if name not in known and len(known) >= MOST_SAVED:
                title = f"最多保存{MOST_SAVED}项检索，请先删除一些。"
                raise Refused("policy.too-many-searches", title, [_error("name", title)])
            return [SearchSaved(uscc=uscc, name=name, question=question)]


def _error(field: str, message: str) -> FieldError:
    return FieldError(field=field, code="invalid", message=message)


def evolve_saved(state: SavedState | None, event: Event) -> SavedState:
    known = state.searches if state else {}
    match event:
        case SearchSaved(name=name, question=question):
            return SavedState(searches={**known, name: question})
        case SearchDropped(name=name):
            return SavedState(searches={each: question for each, question in known.items() if each != name})
        case _:
            raise AssertionError(f"no event of saved searches: {event.TOPIC}")


class TellSaved(Command):
    """All saved searches have been asked whether they find something new; `hits` do."""

    kind: Kind
    key: str
    title: str
    department: str
    searches: int
    hits: tuple[SavedHit, ...]


class HitsState(State):
    """It was asked, and so told."""

    asked: bool = True


def decide_hits(state: HitsState | None, command: TellSaved, _context: Context) -> Sequence[Event]:
    """Once for each thing, all at once: either everybody is told, or it is done again."""
    if state is not None:
        return []
    first = {hit.uscc: hit for hit in reversed(command.hits)}
    hits = tuple(sorted(first.values(), key=lambda hit: hit.uscc))
    content = command.model_dump(include={"kind", "key", "title", "department"})
    portions = [hits[n : n + MOST_IN_EVENT] for n in range(0, len(hits), MOST_IN_EVENT)]
    told = [SavedSearchesFound(**content, hits=some) for some in portions]
    return [*told, SavedSearchesAsked(kind=command.kind, key=command.key, searches=command.searches)]


def evolve_hits(state: HitsState | None, _event: Event) -> HitsState:
    return state or HitsState()


saved_searches = Decider("searches", SavedState, decide_saved, evolve_saved)
saved_hits = Decider("found", HitsState, decide_hits, evolve_hits)
