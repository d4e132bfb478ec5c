"""What every endpoint may ask for: the running service, who asks, the idempotency key, the page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar, cast

import structlog
from fastapi import Depends, Header, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role
from shared.security.tokens import InvalidTokenError, verify

log = structlog.get_logger(__name__)
T = TypeVar("T")
POSITION_HEADER = "Chengce-Position"
WAIT_HEADER = "Chengce-Wait-For"
MOST_ROWS = 200
_POSITION_DIGITS = 18  # fits a bigint
_bearer = HTTPBearer(auto_error=False, description="开发登录发放的令牌：POST /api/registry/sign-in")


async def runtime_of(request: Request) -> Runtime:
    """The running service that the request came to. Async, because what is not runs in a thread for each request."""
    return cast(Runtime, request.app.state.runtime)


Here = Annotated[Runtime, Depends(runtime_of)]


async def whose_token(
    request: Request, runtime: Here, token: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Actor | None:
    """Whom the token was issued for, a department's own system included; None without one. A wrong one is refused."""
    if token is None:
        return None
    try:
        actor = verify(token.credentials, runtime.settings.require_secret(), runtime.clock.now())
    except InvalidTokenError as error:
        log.info("token_refused", reason=str(error))
        raise SignInRequired("登录已失效，请重新登录。") from error
    return actor.model_copy(update={"source": request.client.host if request.client else None})


async def who_if_any(actor: Annotated[Actor | None, Depends(whose_token)]) -> Actor | None:
    """The signed-in person, or None: a department's own system has doors of its own, and none of people's."""
    if actor is not None and actor.has(Role.DEPARTMENT_SYSTEM):
        title = "部门系统的令牌只能用于部门系统接口（/api/application/system/），请改用该接口。"
        raise Refused("platform.people-only", title, because=Because.FORBIDDEN)
    return actor


class SignInRequired(Exception):
    """Answered with 401."""


async def signed_in(actor: Annotated[Actor | None, Depends(who_if_any)]) -> Actor:
    """The signed-in actor. Answers 401 without one."""
    if actor is None:
        raise SignInRequired("请先登录后再进行这项操作。")
    return actor


Somebody = Annotated[Actor, Depends(signed_in)]
Anybody = Annotated[Actor | None, Depends(who_if_any)]


def one_of(*roles: Role) -> Callable[..., Any]:
    """A dependency: the signed-in actor, who must hold one of the roles. Answers 403 otherwise."""

    async def allowed(actor: Somebody) -> Actor:
        if not actor.has(*roles):
            raise Refused(
                "platform.role-required",
                "您的账号没有办理这项业务的权限，请联系市数政局管理员。",
                [FieldError(field="", code="role", message="需要以下角色之一：" + "、".join(roles))],
                Because.FORBIDDEN,
            )
        return actor

    return allowed


IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="同一键重复提交只办理一次，并得到同样的答复。"),
]
ExpectedVersion = Annotated[int | None, Header(alias="If-Match-Version", description="依据的版本；已变动则拒绝。")]


class Written(BaseModel):
    """The answer to a command: what was written, where, and how a reader waits for it."""

    id: str
    version: int
    position: int
    repeated: bool = False


def written(runtime: Runtime, receipt: Receipt, response: Response, key: str | None = None) -> Written:
    """The answer to a command; the header can be sent back as `Chengce-Wait-For` with a later read, to any service."""
    response.headers[POSITION_HEADER] = f"{runtime.service.name}:{receipt.position}"
    return Written(
        id=key or receipt.aggregate_id.partition("-")[2],
        version=receipt.version,
        position=receipt.position,
        repeated=receipt.repeated,
    )


async def wait_for_written(
    runtime: Here, wait_for: Annotated[str | None, Header(alias=WAIT_HEADER, examples=["policy:42"])] = None
) -> None:
    """Holds a read back until the read models show `service:position`, several separated by commas. Answers 503 in vain."""
    if not wait_for:
        return
    try:
        wanted = {name.strip(): int(place) for name, place in (part.split(":") for part in wait_for.split(","))}
    except ValueError as error:
        raise Refused(
            "platform.invalid-position", f"请求头 {WAIT_HEADER} 应形如 policy:42。", because=Because.INVALID
        ) from error
    if not await runtime.reads.caught_up(wanted):
        raise NotYetVisible


class NotYetVisible(Exception):
    """Answered with 503 and Retry-After."""


Caught = Depends(wait_for_written)


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the following page, or None at the end."""

    items: list[T]
    next: str | None = None


Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="每页条数")]
Cursor = Annotated[str | None, Query(description="上一页答复中的 next")]


def after(cursor: str | None) -> str | None:
    """The key that a cursor stands for. Refuses what is no cursor."""
    if cursor is None:
        return None
    try:
        key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        if "\0" in key:  # no key has it, and PostgreSQL does not take it in a question
            raise ValueError("NUL in a cursor")
    except (binascii.Error, ValueError) as error:
        raise invalid_cursor() from error
    return key


def after_position(cursor: str | None) -> int | None:
    """The position in the log that a cursor stands for. Refuses what is no such cursor."""
    if (key := after(cursor)) is None:
        return None
    if not key.isdecimal() or len(key) > _POSITION_DIGITS:
        raise invalid_cursor()
    return int(key)


def invalid_cursor() -> Refused:
    """A cursor that no list has given."""
    return Refused("platform.invalid-cursor", "翻页标记无效，请从第一页重新查询。", because=Because.INVALID)


def page(rows: Sequence[T], limit: int, key: Callable[[T], str]) -> Page[T]:
    """A page of rows that were asked for with `limit + 1`."""
    more = len(rows) > limit
    kept = list(rows[:limit])
    cursor = base64.urlsafe_b64encode(key(kept[-1]).encode()).decode().rstrip("=") if more else None
    return Page(items=kept, next=cursor)


def found(row: T | None, what: str) -> T:
    """The row; answers 404 when there is none."""
    if row is None:
        raise Refused("platform.not-found", f"没有找到这个{what}，请核对编号后重新查询。", because=Because.NOT_FOUND)
    return row
