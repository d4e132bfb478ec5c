"""The simulated fund platform on a port of its own, with its books in the test's hands.

async with fund_platform(Faults(lost=0.3)) as funds:
    settings: fund_url=funds.url, fund_token=funds.token
    funds.books.paid            # where money has left
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from services.application.payments.simulator import Books, Faults, simulator
from tests.support.sms_receiver import listening, serving, url_of

TOKEN = "fund-token-for-tests"


@dataclass
class Funds:
    """Where it is, and what it has done."""

    url: str
    books: Books
    token: str = TOKEN

    @property
    def paid_twice(self) -> list[str]:
        """Payments for which money has left under more than one order number."""
        payments = Counter(each.order.order.rpartition(".")[0] for each in self.books.paid)
        return [payment for payment, times in payments.items() if times > 1]


@asynccontextmanager
async def fund_platform(faults: Faults | None = None) -> AsyncIterator[Funds]:
    """One that pays in the test's year."""
    books = Books(faults or Faults(), lambda: date(2026, 3, 6))
    with listening() as listener:
        async with serving(simulator(books, TOKEN), listener):
            yield Funds(url_of(listener), books)
