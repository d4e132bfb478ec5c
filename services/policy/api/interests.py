"""Doors where an enterprise says what it wants to be told."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from services.policy.decider.interest import ChooseDelivery, InterestCommand, MuteItem, MuteTheme, Theme, interest
from services.policy.events.matching import Delivery
from services.policy.keys import ItemCode
from services.policy.readmodels.interests import InterestRow
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Caught, Here, Somebody, Written, written
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(prefix="/interests/{uscc}", tags=["推送偏好"])


class DeliveryForm(BaseModel):
    """At once, or once a day together; with reminders before windows close, or without."""

    model_config = ConfigDict(extra="forbid")

    delivery: Delivery = "at-once"
    reminders: bool = True


async def _done(runtime: Runtime, actor: Actor, command: InterestCommand, response: Response) -> Written:
    return written(runtime, await runtime.execute(interest, command.uscc, command, actor), response)


@router.get("", dependencies=[Caught], summary="本企业的推送偏好")
async def preferences(uscc: Uscc, runtime: Here, actor: Somebody) -> InterestRow:
    if actor.enterprise != uscc:
        message = "推送偏好只能由企业本身查看，请以该企业的账号登录。"
        raise Refused("policy.not-your-enterprise", message, because=Because.FORBIDDEN)
    return await runtime.reads.one(InterestRow, uscc) or InterestRow(uscc=uscc)


@router.put("/delivery", summary="选择即时推送或每日汇总，是否提醒截止")
async def choose(uscc: Uscc, form: DeliveryForm, runtime: Here, actor: Somebody, response: Response) -> Written:
    return await _done(runtime, actor, ChooseDelivery(uscc=uscc, **form.model_dump()), response)


@router.put("/muted/items/{code}", summary="不再推送这个事项")
async def mute_item(uscc: Uscc, code: ItemCode, runtime: Here, actor: Somebody, response: Response) -> Written:
    return await _done(runtime, actor, MuteItem(uscc=uscc, code=code), response)


@router.delete("/muted/items/{code}", summary="恢复推送这个事项")
async def unmute_item(uscc: Uscc, code: ItemCode, runtime: Here, actor: Somebody, response: Response) -> Written:
    return await _done(runtime, actor, MuteItem(uscc=uscc, code=code, muted=False), response)


@router.put("/muted/themes/{theme}", summary="不再推送这类主题")
async def mute_theme(uscc: Uscc, theme: Theme, runtime: Here, actor: Somebody, response: Response) -> Written:
    return await _done(runtime, actor, MuteTheme(uscc=uscc, theme=theme), response)


@router.delete("/muted/themes/{theme}", summary="恢复推送这类主题")
async def unmute_theme(uscc: Uscc, theme: Theme, runtime: Here, actor: Somebody, response: Response) -> Written:
    return await _done(runtime, actor, MuteTheme(uscc=uscc, theme=theme, muted=False), response)
