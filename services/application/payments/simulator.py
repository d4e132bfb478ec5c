"""A fund platform to try payments with: it keeps books, pays each order number once, and behaves as badly as real ones do.

What is asked of it is the contract of `HttpFundPlatform`. Its books are in memory: they end with its process.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException, Query
from pydantic import BaseModel

from services.application.payments.funds import MOST_ORDERS, Order, Outcome

PAGE = 500
WRONG_ACCOUNT = "0000"  # accounts that end so do not exist


@dataclass
class Faults:
    """How it misbehaves, as shares of 1; `slow` in seconds, up to which answers take; `settles_after` askings.

    `lost`: does what it is asked, and the answer never comes. `down`: does nothing and says so. `partial`: leaves half of the
    orders out. `repeated`: says the same outcome twice.
    """

    slow: float = 0.0
    settles_after: int = 2
    lost: float = 0.0
    down: float = 0.0
    partial: float = 0.0
    repeated: float = 0.0
    seed: int = 1


@dataclass
class Entry:
    """An order in the books."""

    order: Order
    asked: int = 0
    outcome: Outcome | None = None


@dataclass
class Books:
    """What came in, and what left."""

    faults: Faults
    today: Callable[[], date]
    entries: dict[str, Entry] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)

    def take(self, order: Order) -> Outcome:
        """The same number with the same content is the same order. Raises HTTPException when the content differs."""
        entry = self.entries.setdefault(order.order, Entry(order))
        if entry.order != order:
            raise HTTPException(409, f"order {order.order} is known with other content")
        entry.asked += 1
        if entry.outcome is None and entry.asked >= self.faults.settles_after:
            entry.outcome = self._settled(entry.order)
        return self.outcome(entry)

    def _settled(self, order: Order) -> Outcome:
        known = {"order": order.order, "amount_fen": order.amount_fen}
        if order.account.endswith(WRONG_ACCOUNT):
            return Outcome(**known, status="returned", reason="账号不存在，款项退回（模拟）。")
        number = f"PZ{len(self.entries):08}"
        return Outcome(**known, status="paid", paid_on=self.today(), reference=number)

    def outcome(self, entry: Entry) -> Outcome:
        """As it stands."""
        taken = Outcome(order=entry.order.order, status="accepted", amount_fen=entry.order.amount_fen)
        return entry.outcome or taken

    @property
    def paid(self) -> list[Entry]:
        """Where money has left."""
        return [each for each in self.entries.values() if each.outcome and each.outcome.status == "paid"]


class Orders(BaseModel):
    """What is handed in."""

    orders: list[Order]


def simulator(books: Books, token: str) -> FastAPI:
    """The HTTP doors over the books."""
    app = FastAPI(title="资金拨付平台模拟器")
    chance = Random(books.faults.seed)  # noqa: S311 - faults, not secrets

    async def admitted(authorization: str) -> None:
        if authorization != f"Bearer {token}":
            raise HTTPException(401, "wrong token")
        await asyncio.sleep(chance.random() * books.faults.slow)
        if chance.random() < books.faults.down:
            books.requests["down"] += 1
            raise HTTPException(503, "down")

    @app.post("/orders")
    async def ordered(content: Orders, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
        await admitted(authorization)
        if len(content.orders) > MOST_ORDERS:
            raise HTTPException(413, f"at most {MOST_ORDERS} orders")
        some = content.orders[::2] if chance.random() < books.faults.partial else content.orders
        books.requests["partial"] += some is not content.orders
        outcomes = [books.take(order) for order in some]
        if chance.random() < books.faults.lost:
            books.requests["lost"] += 1
            raise HTTPException(504, "the answer was lost")
        if chance.random() < books.faults.repeated:
            books.requests["repeated"] += 1
            outcomes = outcomes + outcomes
        books.requests["answered"] += 1
        return {"orders": [each.model_dump(mode="json") for each in outcomes], "next": None}

    @app.get("/orders")
    async def statement(
        batch: Annotated[str, Query()],
        cursor: Annotated[str, Query()] = "",
        authorization: Annotated[str, Header()] = "",
    ) -> dict[str, Any]:
        await admitted(authorization)
        known = sorted(
            number for number, each in books.entries.items() if each.order.batch == batch and number > cursor
        )
        some = known[:PAGE]
        outcomes = [books.outcome(books.entries[number]).model_dump(mode="json") for number in some]
        return {"orders": outcomes, "next": some[-1] if len(known) > PAGE else None}

    return app
