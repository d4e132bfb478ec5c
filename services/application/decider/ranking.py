"""Who gets something where there is less than was asked for: by score, with a line; made by one hand, confirmed by another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from services.application.decider.grant_list import require_staff
from services.application.decider.state import require_platform
from services.application.events import review as events
from shared.eventstore.decider import Because, Command, Context, Decider, Refused, State
from shared.eventstore.events import Event

Status = Literal["made", "confirmed", "concluded"]


class Candidate(BaseModel):
    """A scored application. `order` is its place in time."""

    model_config = ConfigDict(frozen=True)

    number: str
    score: float
    amount_fen: int
    order: int


class Entry(BaseModel):
    """Its place. Equal scores have equal ranks (1, 2, 2, 4)."""

    model_config = ConfigDict(frozen=True)

    number: str
    rank: int
    score: float
    amount_fen: int
    granted: bool


class MakeRanking(Command):
    """Rank what was scored. `unfinished`: applications of the period that have no score yet; `window_open`: more may come."""

    item_id: str
    item_code: str
    item_title: str
    department: str
    period: str
    places: int | None
    budget_fen: int | None
    candidates: tuple[Candidate, ...]
    unfinished: int
    window_open: bool


class ConfirmRanking(Command):
    """Have it hold. `numbers`: what is scored now."""

    numbers: frozenset[str]


class ConcludeRanking(Command):
    """Each application has its word."""


RankingCommand = MakeRanking | ConfirmRanking | ConcludeRanking


class RankingState(State):
    """A ranking on its way."""

    made: events.RankingMade
    status: Status = "made"

    @property
    def entries(self) -> list[Entry]:
        """Its lines in their order."""
        return [Entry.model_validate(each) for each in self.made.entries]


def ranked(candidates: Sequence[Candidate], places: int | None, budget_fen: int | None) -> list[Entry]:
    """By score; who applied earlier comes first among equals. The line is where the places end, or where the next no longer
    fits into what is left of the budget: nobody below it is granted, however little he asked for."""
    entries: list[Entry] = []
    left, rank, before, open_ = budget_fen, 0, None, True
    for place, each in enumerate(sorted(candidates, key=lambda one: (-one.score, one.order)), start=1):
        rank = rank if each.score == before else place
        before = each.score
        fits = (places is None or place <= places) and (left is None or each.amount_fen <= left)
        open_ = open_ and fits
        if open_ and left is not None:
            left -= each.amount_fen
        entries.append(
            Entry(number=each.number, rank=rank, score=each.score, amount_fen=each.amount_fen, granted=open_)
        )
    return entries


def decide(state: RankingState | None, command: RankingCommand, context: Context) -> Sequence[Event]:
    """May be made anew until it is confirmed."""
    if isinstance(command, MakeRanking):
        return _make(state, command, context)
    if state is None:
        raise Refused("application.ranking-unknown", "没有这份排序，请核对事项编号与期次。", because=Because.NOT_FOUND)
    if isinstance(command, ConcludeRanking):
        require_platform(context)
        return [events.RankingConcluded(**about(state))] if state.status == "confirmed" else []
    require_staff(state.made.department, context)
    if state.status != "made":
        raise Refused("application.ranking-confirmed", "这份排序已经确认，不能再次确认。")
    if context.actor.subject == state.made.by:
        title = "排序须由编制人之外的另一人确认，请由部门负责人或其他经办人办理。"
        raise Refused("application.four-eyes", title, because=Because.FORBIDDEN)
    if command.numbers != {entry.number for entry in state.entries}:
        raise Refused("application.ranking-changed", "排序编制后有申报撤回或新增，请重新编制排序。")
    return [events.RankingConfirmed(**about(state), by=context.actor.subject)]


def _make(state: RankingState | None, command: MakeRanking, context: Context) -> Sequence[Event]:
    require_staff(command.department, context)
    if state is not None and state.status != "made":
        raise Refused("application.ranking-confirmed", "这份排序已经确认，不能重新编制。")
    if command.window_open:
        raise Refused("application.window-open", "申报期尚未截止，请在截止后编制排序。")
    if command.unfinished:
        title = f"还有{command.unfinished}件申报没有完成评分，请办结后再编制排序。"
        raise Refused("application.unfinished", title)
    if not command.candidates:
        raise Refused("application.nothing-to-rank", "本期没有已评分的申报。")
    entries = ranked(command.candidates, command.places, command.budget_fen)
    content = command.model_dump(exclude={"candidates", "unfinished", "window_open"})
    return [events.RankingMade(**content, entries=tuple(e.model_dump() for e in entries), by=context.actor.subject)]


def about(state: RankingState) -> dict[str, Any]:
    """What every event of a ranking carries."""
    return state.made.model_dump(include={"item_id", "item_code", "item_title", "department", "period"})


def evolve(state: RankingState | None, event: Event) -> RankingState:
    """The ranking after an event."""
    if isinstance(event, events.RankingMade):
        return RankingState(made=event)
    assert state is not None  # noqa: S101 - nothing happens to a ranking before it is made
    status: Status = "confirmed" if isinstance(event, events.RankingConfirmed) else "concluded"
    return state.model_copy(update={"status": status})


ranking: Decider[RankingState, RankingCommand] = Decider("ranking", RankingState, decide, evolve)
