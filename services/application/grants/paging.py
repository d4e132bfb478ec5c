"""Going through a roll page by page: of one that is kept, or of one as it would be at its moment."""

from __future__ import annotations

from services.application.partners import partners
from shared.contracts.rolls import RollPage, Standing
from shared.http.asking import after as after_cursor
from shared.http.asking import invalid_cursor, page
from shared.runtime.service import Runtime


class RollPages:
    """Pages of a roll that is kept (`id:<roll>`), or of one as it would be (`at:<instant>:<revision>`)."""

    def __init__(self, runtime: Runtime, code: str, standing: Standing, fact: str | None, limit: int) -> None:
        self._rolls = partners(runtime).rolls
        self._code, self._standing, self._fact, self._limit = code, standing, fact, limit

    async def page(self, place: str | None, wait_for: str | None) -> tuple[RollPage, str]:
        """The page there, and what the cursor of the next begins with."""
        begun, _, after = (place or "").partition("|")
        kind, _, rest = begun.partition(":")
        if kind == "id":
            some = await self._rolls.page_of(rest, self._standing, self._fact, after, self._limit)
            return some, begun
        moment: tuple[str, int] | None = None
        if kind:
            revision, _, at = rest.partition(":")
            if kind != "at" or not revision.isdecimal():
                raise invalid_cursor()
            moment = at, int(revision)
        some = await self._rolls.look(self._code, self._standing, self._fact, after, self._limit, moment, wait_for)
        return some, f"at:{some.roll.revision}:{some.roll.at.isoformat()}"


def opened(cursor: str | None) -> str | None:
    """The place that a cursor stands for. Refuses what is no cursor."""
    place = after_cursor(cursor)
    if place is not None and "|" not in place:
        raise invalid_cursor()
    return place


def cursor_at(begun: str, last: str | None) -> str | None:
    """The cursor of what comes after an enterprise; None at the end."""
    return page(["", ""], 1, lambda _: f"{begun}|{last}").next if last else None
