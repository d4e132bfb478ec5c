"""The fund platform (财政资金拨付平台): what the payments ask of one, and the adapter for one that is asked over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Literal, Protocol

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MOST_ORDERS = 500  # in one request
ABOUT_CONTENT = (
    400,
    409,
    413,
    422,
)  # what is refused so is refused for what it says; by all others, for who asks, and when


class Order(BaseModel):
    """Pay `amount_fen` to `account`. A number (`order`) is paid once, however often it is sent; `batch` is the plan."""

    model_config = ConfigDict(frozen=True)

    order: str
    batch: str
    payee: str
    bank: str
    account: str
    amount_fen: int
    purpose: str


class Outcome(BaseModel):
    """What has become of an order: taken (`accepted`), with its payee (`paid`), or not (`returned`, with the reason)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    order: str
    status: Literal["accepted", "paid", "returned"]
    amount_fen: int = Field(ge=0)
    paid_on: date | None = None
    reference: str = Field("", max_length=100)
    reason: str = Field("", max_length=500)


class _Outcomes(BaseModel):
    orders: list[Outcome]
    next: str | None = None


class FundsUnavailable(Exception):
    """Nothing, or nothing that can be read, came back: it is not known what was done. The text names no account."""


class FundsRefused(FundsUnavailable):
    """It was there, and would not have just this, or its answer to just this cannot be read: less at once may pass."""


class FundPlatform(Protocol):
    """Pays, each order number once."""

    async def order(self, orders: Sequence[Order]) -> list[Outcome]:
        """Hands orders over, or asks what has become of them: the same order twice is one payment.

        Some may be missing in the answer. Raises `FundsRefused` and `FundsUnavailable`.
        """
        ...

    def statement(self, batch: str) -> AsyncIterator[Outcome]:
        """Everything the platform knows of a batch. Raises `FundsUnavailable`."""
        ...


class HttpFundPlatform:
    """`POST <url>/orders` with `{"orders": [Order, ...]}`; `GET <url>/orders?batch=&cursor=`; both answer
    `{"orders": [Outcome, ...], "next": cursor or null}`. A bearer token goes with each request."""

    def __init__(self, client: httpx.AsyncClient, url: str, token: str) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/orders"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def order(self, orders: Sequence[Order]) -> list[Outcome]:
        """See `FundPlatform.order`."""
        content = {"orders": [order.model_dump(mode="json") for order in orders]}
        return (await self._ask("POST", json=content)).orders

    async def statement(self, batch: str) -> AsyncIterator[Outcome]:
        """See `FundPlatform.statement`."""
        cursor: str | None = ""
        while cursor is not None:
            page = await self._ask("GET", params={"batch": batch} | ({"cursor": cursor} if cursor else {}))
            for outcome in page.orders:
                yield outcome
            cursor = page.next

    async def _ask(self, method: str, **content: object) -> _Outcomes:
        try:
            answer = await self._client.request(method, self._url, headers=self._headers, **content)  # type: ignore[arg-type]
            answer.raise_for_status()
            return _Outcomes.model_validate_json(answer.content)
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            kind = FundsRefused if status in ABOUT_CONTENT else FundsUnavailable
            raise kind(f"资金平台拒绝了请求（{status}）") from error
        except httpx.TransportError as error:
            raise FundsUnavailable(f"资金平台没有应答（{type(error).__name__}）") from error
        except ValidationError as error:
            raise FundsRefused(f"资金平台的应答无法读取，有{error.error_count()}处不符合约定") from error
