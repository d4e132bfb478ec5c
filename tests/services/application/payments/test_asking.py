"""One order that the fund platform will not have holds up no other; what it refuses for other reasons is not tried in parts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from datetime import date

import httpx
import pytest
from fastapi import HTTPException
from sqlalchemy import text

from services.application.each import CHUNK
from services.application.payments.asking import ask_all, ordered
from services.application.payments.funds import MOST_ORDERS, HttpFundPlatform, Order, Outcome
from services.application.payments.simulator import Books, Entry, Faults, simulator
from tests.support.funds import TOKEN
from tests.support.running import running_services


def order(number: int) -> Order:
    return Order(
        order=f"g{number:04}.1", batch="P", payee="样例", bank="样例银行", account="6222000000001234", amount_fen=100,
        purpose="奖励（样例）",
    )  # fmt: skip


ORDERS = [order(n) for n in range(MOST_ORDERS)]


@pytest.fixture
def books() -> Books:
    """Two orders are known with other content: whatever comes with them is refused with 409."""
    made = Books(Faults(settles_after=1), lambda: date(2026, 3, 6))
    for number in (7, 300):
        made.entries[order(number).order] = Entry(order(number).model_copy(update={"amount_fen": 1}))
    return made


class Counting(httpx.ASGITransport):
    """Counts what is asked."""

    asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As the transport does it."""
        self.asked += 1
        return await super().handle_async_request(request)


@pytest.fixture
async def transport(books: Books) -> AsyncIterator[Counting]:
    yield Counting(simulator(books, TOKEN))


def platform(transport: Counting, token: str = TOKEN) -> HttpFundPlatform:
    return HttpFundPlatform(httpx.AsyncClient(transport=transport), "http://funds", token)


def paid(books: Books) -> Sequence[str]:
    return sorted(each.order.order for each in books.paid)


async def test_what_is_refused_is_found_and_all_others_are_paid(books: Books, transport: Counting) -> None:
    answers = await ordered(platform(transport), ORDERS, time.monotonic() + 60)
    assert set(answers.refused) == {order(7).order, order(300).order}
    assert "409" in answers.refused[order(7).order]
    others = [each.order for each in ORDERS if each.order not in answers.refused]
    assert sorted(each.order for each in answers.outcomes) == others == paid(books)
    assert (answers.left, answers.unavailable) == ((), None)
    assert transport.asked < 40  # not one by one


async def test_without_time_it_stops_with_something_done_and_says_what_is_left(
    books: Books, transport: Counting
) -> None:
    answers = await ordered(platform(transport), ORDERS, time.monotonic() - 1)
    asked = {each.order for each in answers.outcomes} | set(answers.refused)
    assert asked, "a round always comes further"
    assert [each.order for each in answers.left] == [each.order for each in ORDERS if each.order not in asked]
    assert set(paid(books)) <= asked, "halves come in the order of their keys"


@pytest.mark.parametrize(("token", "down"), [("wrong", 0.0), (TOKEN, 1.0)])
async def test_who_may_not_ask_or_gets_no_answer_does_not_ask_in_parts(
    books: Books, transport: Counting, token: str, down: float
) -> None:
    books.faults.down = down
    answers = await ordered(platform(transport, token), ORDERS, time.monotonic() + 60)
    assert answers.unavailable is not None
    assert (transport.asked, answers.outcomes, answers.refused) == (1, [], {})


class Stumbling(Books):
    """Falls over one order, whatever else comes with it."""

    def take(self, order: Order) -> Outcome:
        """See `Books.take`."""
        if order.order == "g0007.1":
            raise HTTPException(500, "stumbled")
        return super().take(order)


async def test_what_gets_no_answer_is_passed_over_by_the_next_round(database_url: str) -> None:
    books = Stumbling(Faults(settles_after=1), lambda: date(2026, 3, 6))
    asked = platform(Counting(simulator(books, TOKEN)))
    async with running_services("application", database_url=database_url) as running:
        runtime = running.runtimes["application"]
        account = runtime.vault.seal("grant:g", '{"bank": "样例银行", "account": "6222000000001234"}')
        columns = (
            "key, plan, status, attempt, order_number, account, account_end, item_id, item_code, item_title, department, "
            "enterprise, name, amount_fen"
        )
        values = (
            "'g' || lpad(n::text, 4, '0'), 'P', 'ordered', 1, 'g' || lpad(n::text, 4, '0') || '.1', :account, '1234', 'i', "
            "'gxj-1', '样例', 'gxj', 'e', '样例', 100"
        )
        async with runtime.reads.session() as session:
            rows = f"SELECT {values} FROM generate_series(1, {CHUNK + 50}) AS n"
            await session.execute(text(f"INSERT INTO application_payments ({columns}) {rows}"), {"account": account})
        until = time.monotonic() + 60
        first = await ask_all(runtime, "P", asked, until, "")
        assert first.trouble is not None and "500" in first.trouble
        assert first.reached == f"g{CHUNK:04}"
        later = set(books.entries)
        second = await ask_all(runtime, "P", asked, until, first.reached)
        assert second.reached == "", "the round after that begins with the first again"
        assert set(books.entries) - later == {f"g{n:04}.1" for n in range(CHUNK + 1, CHUNK + 51)}
