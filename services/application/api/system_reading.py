"""What a department's own system reads: its token (RFC 6749, 4.4), the feed, its applications whole (articles 6(4), 9(2)).

The photos that it names in opinions are uploaded here too.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, unquote, unquote_plus

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlmodel import col, select

from services.application.api.attachments import BODY, delivered, kept_state
from services.application.api.connected import Connected, Number, System, row_of
from services.application.api.forms import AnswersShown, answers_of
from services.application.attachments.commands import upload
from services.application.progress import what_is_next
from services.application.readmodels.systems import HandlingRow
from services.application.readmodels.taking_part import parts_of
from services.application.readmodels.track import ApplicationRow
from services.application.systems.feeding import end_of_log, feed
from services.application.systems.signing_in import LONGEST_SECONDS, WrongClient, connected, token_for
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Caught, Cursor, Here, Limit, Page, Written, after, after_position, page, written
from shared.http.problems import problem

router = APIRouter(prefix="/system", tags=["部门系统接口"])
MOST_BYTES = 8192
MOST_WAIT_SECONDS = 20
FORM = "application/x-www-form-urlencoded"
TOKEN_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                        "lifetime": {"type": "integer", "minimum": 1, "maximum": LONGEST_SECONDS},
                    },
                }
            }
        },
    }
}


class TokenShown(BaseModel):
    """A bearer token (RFC 6749, 5.1); `expires_in` in seconds."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of the scheme
    expires_in: int


class FeedShown(BaseModel):
    """Events in the order of the log, as CloudEvents in JSON format; `next` is the cursor to ask with the next time."""

    events: list[dict[str, Any]]
    next: str
    more: bool


class PartShown(BaseModel):
    """A part that waits for the department; `taken`: by which system, None: by nobody."""

    part: str
    title: str
    kind: str
    due_on: str | None
    overdue: bool
    taken: dict[str, Any] | None


class CaseShown(BaseModel):
    """An application as the list shows it."""

    number: str
    item_code: str
    item_title: str
    department: str
    enterprise: str
    status: str
    requested_fen: int | None
    submitted_on: str
    due_on: str | None
    waiting_for_applicant: bool
    parts: list[PartShown]
    cases: list[dict[str, str]]


@router.post(
    "/token", response_model=TokenShown, summary="领取令牌（OAuth 2.0 client credentials）", openapi_extra=TOKEN_BODY
)
async def token(request: Request, runtime: Here) -> JSONResponse:
    """客户端标识和密钥放在 HTTP Basic 或表单中，二者择一；令牌最长十分钟，`lifetime` 可要求更短（秒）。"""
    asked, client, secret = await _credentials(request)
    if asked.get("grant_type") != "client_credentials":
        return _wrong(400, "unsupported_grant_type", "grant_type 应为 client_credentials。")
    lifetime = asked.get("lifetime", str(LONGEST_SECONDS))
    if not lifetime.isdecimal() or len(lifetime) > 4 or not 1 <= int(lifetime) <= LONGEST_SECONDS:
        return _wrong(400, "invalid_request", f"lifetime 应为1至{LONGEST_SECONDS}的整数（秒）。")
    try:
        made = await token_for(runtime, client, secret, int(lifetime))
    except WrongClient:
        return _wrong(401, "invalid_client", "客户端标识或密钥不正确，请核对；密钥遗失的请由本部门重新领取。")
    except Refused as refused:
        return _wrong(403, "unauthorized_client", refused.title)
    shown = TokenShown(access_token=made, expires_in=int(lifetime))
    return JSONResponse(shown.model_dump(), headers={"Cache-Control": "no-store"})


async def _credentials(request: Request) -> tuple[dict[str, str], str, str]:
    """The form, and client id and secret from it or from the header (RFC 6749, 2.3.1); empty where there are none."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise Refused(
                "application.token-request-too-large", "领取令牌的请求过大，请核对。", because=Because.INVALID
            )
        parts.append(part)
    form = parse_qs(b"".join(parts).decode("utf-8", "replace"), max_num_fields=20, keep_blank_values=True)
    asked = {name: values[0] for name, values in form.items()}
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return asked, asked.get("client_id", ""), asked.get("client_secret", "")
    try:
        client, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return asked, "", ""
    return asked, unquote_plus(client), unquote_plus(secret)


def _wrong(status: int, error: str, title: str) -> JSONResponse:
    """RFC 6749, 5.2; the sentence for people beside it, for `error_description` is ASCII."""
    headers = {"Cache-Control": "no-store"} | ({"WWW-Authenticate": "Basic"} if status == 401 else {})
    return JSONResponse({"error": error, "error_description": error.replace("_", " "), "title": title}, status, headers)


@router.get("/feed", summary="变动流水，按发生顺序，可从任一位置续读")
async def followed(
    runtime: Here,
    system: System,
    cursor: Annotated[str | None, Query(description="上次答复中的 next")] = None,
    start: Annotated[
        Literal["beginning", "now"], Query(description="没有 cursor 时从头开始，还是只看今后的")
    ] = "beginning",
    limit: Limit = 100,
    wait: Annotated[int, Query(ge=0, le=MOST_WAIT_SECONDS, description="没有新变动时最多等候的秒数")] = 0,
) -> FeedShown:
    """本系统接办范围内申报的全部变动，内容与事件总线上的一致（CloudEvents JSON 格式）；more 为真时请立即续读。"""
    place = after_position(cursor)
    if place is None:
        place = await end_of_log(runtime) if start == "now" else 0
    fed = await feed(runtime, system.state, place, limit, wait)
    if wait:
        await connected(runtime, system.actor)  # it may have been suspended while it waited
    made = base64.urlsafe_b64encode(str(fed.after).encode()).decode().rstrip("=")
    return FeedShown(events=fed.events, next=made, more=fed.more)


@router.get("/applications", dependencies=[Caught], summary="接办范围内的申报")
async def applications(
    runtime: Here,
    system: System,
    to_do: Annotated[bool, Query(description="只看待本部门办理的")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CaseShown]:
    """按编号排列；parts 是目前待本部门办理的环节，以及由谁接办。"""
    query = select(ApplicationRow).where(col(ApplicationRow.involved).contains([system.department]))
    if items := system.state.requested.items:
        query = query.where(col(ApplicationRow.item_code).in_(items))
    if to_do:
        query = query.where(col(ApplicationRow.working).contains([system.department]))
    if last := after(cursor):
        query = query.where(col(ApplicationRow.number) > last)
    query = query.order_by(col(ApplicationRow.number)).limit(limit + 1)
    some = page(await runtime.reads.all(ApplicationRow, query), limit, lambda row: row.number)
    handled = await runtime.reads.all(
        HandlingRow, select(HandlingRow).where(col(HandlingRow.number).in_([row.number for row in some.items]))
    )
    known = {row.number: row for row in handled}
    return Page(items=[_case(row, known.get(row.number), system) for row in some.items], next=some.next)


def _case(row: ApplicationRow, handled: HandlingRow | None, system: Connected) -> CaseShown:
    taken = handled.taken if handled else {}
    parts = [
        PartShown(**part, taken=taken.get(f"{system.department}/{part['part']}"))
        for part in parts_of(row.model_dump(mode="json"), system.department)
    ]
    return CaseShown(**row.model_dump(mode="json"), parts=parts, cases=handled.cases if handled else [])


@router.get("/applications/{number}", dependencies=[Caught], summary="一件申报的全部情况")
async def one_application(number: Number, runtime: Here, system: System) -> dict[str, Any]:
    """与部门人员所见相同，另有待本部门办理的环节。"""
    row = await row_of(runtime, system, number)
    handled = await runtime.reads.one(HandlingRow, number)
    shown = row.model_dump(mode="json", exclude={"clock", "account", "answers", "compared"})
    return shown | _case(row, handled, system).model_dump(include={"parts", "cases"}) | {"next": what_is_next(row)}


@router.get("/applications/{number}/answers", dependencies=[Caught], summary="申报填写的内容与数据比对")
async def answers(number: Number, runtime: Here, system: System) -> AnswersShown:
    """与部门人员所见相同：主管部门的系统可见全文，其他部门的系统所见的证件、电话和账号只有末四位。"""
    row = await row_of(runtime, system, number)
    return await answers_of(runtime, row, whole=system.department == row.department)


@router.post("/attachments", status_code=201, summary="上传现场照片", openapi_extra=BODY)
async def uploaded(
    request: Request,
    runtime: Here,
    system: System,
    response: Response,
    name: Annotated[
        str, Header(alias="Chengce-File-Name", max_length=600, description="文件名，UTF-8 百分号编码")
    ] = "照片",
) -> Written:
    """文件内容即请求体；答复的编号填入意见的 photos。七天内没有意见使用的自动删除。"""
    return written(runtime, await upload(runtime, system.actor, unquote(name), request.stream()), response)


@router.get("/attachments/{key}/file", dependencies=[Caught], summary="下载附件")
async def downloaded(
    key: Annotated[str, Path(max_length=40, description="附件编号")], runtime: Here, system: System
) -> Response:
    """接办范围内的申报所用的附件。"""
    state = await kept_state(runtime, key)
    for of in state.named:
        kind, _, number = of.partition("-")
        row = await runtime.reads.one(ApplicationRow, number) if kind == "application" else None
        if row is not None and system.sees(row.involved, row.item_code):
            return await delivered(runtime, key, state)
    return problem(404, "application.attachment-unknown", "没有这个附件，或已过期。")
