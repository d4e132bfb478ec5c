"""Notify's HTTP doors."""

from __future__ import annotations

import hmac
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func
from sqlmodel import col, select

from services.notify.commands import take_receipt
from services.notify.decider import RecordSmsReceipt
from services.notify.notices import DESK, FINANCE
from services.notify.readmodels.inbox import InboxRow
from services.notify.sms import without_numbers
from shared.eventstore.decider import Because, Refused
from shared.http.asking import (
    Caught,
    Cursor,
    Here,
    Limit,
    Page,
    SignInRequired,
    Somebody,
    Written,
    after_position,
    found,
    one_of,
    page,
    written,
)
from shared.security.actor import Actor, Role

router = APIRouter()
_provider = HTTPBearer(auto_error=False, description="短信服务商的回执令牌：CHENGCE_SMS_RECEIPT_TOKEN")


@router.get("/inbox", dependencies=[Caught], tags=["收件箱"], summary="收件箱，最新的在前")
async def inbox(
    runtime: Here,
    actor: Somebody,
    recipient: Annotated[
        str | None,
        Query(
            description="收件人：enterprise:统一社会信用代码、department:部门代码、person:部门代码:账号、caller:工单编号、objector:公示编号:异议序号、hotline-desk（热线）、"
            "finance（财政）或 data-bureau；"
            "省略则为本人所属的收件箱，市数政局则为全部",
            examples=["department:gxj"],
        ),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[InboxRow]:
    """企业看本企业的消息，部门看本部门的消息，市数政局可看全部（第二十一条：进度告知申报单位）。"""
    query = select(InboxRow).order_by(col(InboxRow.position).desc()).limit(limit + 1)
    if recipient is not None:
        _require_own(actor, recipient)
        query = query.where(InboxRow.recipient == recipient)
    elif not _sees_all(actor):
        query = query.where(col(InboxRow.recipient).in_(_own(actor)))
    if (last := after_position(cursor)) is not None:
        query = query.where(col(InboxRow.position) < last)
    return page(await runtime.reads.all(InboxRow, query), limit, lambda row: str(row.position))


@router.get("/messages/{message_id}", dependencies=[Caught], tags=["收件箱"], summary="一条消息")
async def one_message(message_id: str, runtime: Here, actor: Somebody) -> InboxRow:
    row = found(await runtime.reads.one(InboxRow, message_id), "消息")
    _require_own(actor, row.recipient)
    return row


def _sees_all(actor: Actor) -> bool:
    return actor.has(Role.DATA_BUREAU, Role.SYSTEM)


def _own(actor: Actor) -> list[str]:
    enterprise = [f"enterprise:{actor.enterprise}"] if actor.enterprise else []
    department = [f"department:{actor.department}"] if actor.department else []
    person = [f"person:{actor.department}:{actor.subject}"] if actor.department else []
    desk = [DESK] if actor.has(Role.HOTLINE_AGENT, Role.OPERATOR, Role.SUPERVISOR) else []
    finance = [FINANCE] if actor.has(Role.FINANCE) else []
    return enterprise + department + person + desk + finance


def _require_own(actor: Actor, recipient: str) -> None:
    if not _sees_all(actor) and recipient not in _own(actor):
        raise Refused(
            "notify.not-your-inbox",
            "只能查看本企业或本部门的消息，请核对收件人后重新查询。",
            because=Because.FORBIDDEN,
        )


class SmsReceipt(BaseModel):
    """What became of a text message; further fields of the provider's are passed over."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"message_id": "5d6f0d6b6d0f5a3c9a0f3b1f0c9d7e21", "status": "delivered"}]}
    )

    message_id: str = Field(min_length=1, max_length=64)
    status: Literal["delivered", "failed"]
    reason: str | None = Field(None, max_length=200, description="未送达的原因")


async def from_provider(
    runtime: Here, token: Annotated[HTTPAuthorizationCredentials | None, Depends(_provider)]
) -> None:
    """Lets only the SMS provider in; nobody where no receipt token is configured."""
    wanted = runtime.settings.sms_receipt_token
    given = token.credentials if token else ""
    if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise SignInRequired("短信回执须携带约定的令牌，请核对平台与短信服务商的配置。")


@router.post("/sms/receipts", dependencies=[Depends(from_provider)], tags=["短信"], summary="短信服务商的回执")
async def sms_receipt(form: SmsReceipt, request: Request, runtime: Here, response: Response) -> Written:
    """同一回执可重复提交，只记录一次；已有结果的短信不再变更。"""
    receipt = RecordSmsReceipt(status=form.status, reason=without_numbers(form.reason or "receipt: no reason given"))
    source = request.client.host if request.client else None
    return written(runtime, await take_receipt(runtime, form.message_id, receipt, source), response)


class SmsSummary(BaseModel):
    """How many text messages stand how, and why those that failed did."""

    statuses: dict[str, int] = Field(examples=[{"pending": 0, "accepted": 2, "delivered": 40, "failed": 1}])
    failures: dict[str, int] = Field(examples=[{"no-phone": 1}])


@router.get(
    "/sms/summary",
    dependencies=[Caught, Depends(one_of(Role.DATA_BUREAU, Role.OPERATOR, Role.SYSTEM))],
    tags=["短信"],
    summary="短信发送情况",
)
async def sms_summary(runtime: Here) -> SmsSummary:
    standing = (col(InboxRow.sms), col(InboxRow.sms_reason))
    query = select(*standing, func.count()).where(InboxRow.sms != "none").group_by(*standing)
    async with runtime.reads.session() as session:
        rows = (await session.execute(query)).all()
    answer = SmsSummary(statuses=dict.fromkeys(("pending", "accepted", "delivered", "failed"), 0), failures={})
    for status, reason, n in rows:
        answer.statuses[status] += n
        if status == "failed" and reason:
            answer.failures[reason] = n
    return answer
