"""Doors for the rules of handling: limits by nature and urgency, with their history."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from services.hotline.api.tickets import Bureau, answered
from services.hotline.decider.rights import DEPARTMENT_STAFF, DESK
from services.hotline.decider.rules import RULES, handling_rules
from services.hotline.events.rules import HandlingRules, RulesSet
from services.hotline.forms import RulesForm
from shared.http.asking import Here, IdempotencyKey, Written, one_of
from shared.security.actor import Actor

router = APIRouter(tags=["办理规则"])
Staff = Annotated[Actor, Depends(one_of(*DESK, *DEPARTMENT_STAFF))]


class RulesVersion(BaseModel):
    """Rules with the time from which they held, and who set them why."""

    version: int
    since: datetime
    by: str
    reason: str
    rules: HandlingRules


@router.get("/rules", summary="现行办理时限和规则")
async def rules(runtime: Here, actor: Staff) -> HandlingRules:
    return await runtime.resources.rules.now()  # type: ignore[no-any-return]


@router.put("/rules", summary="设定办理时限和规则")
async def set_rules(
    form: RulesForm, runtime: Here, actor: Bureau, response: Response, sent: IdempotencyKey = None
) -> Written:
    """自设定时起适用于新派发的工单，已派发的工单仍按原规则办理。"""
    return answered(runtime, await runtime.resources.rules.set(form.rules, form.reason, actor, sent), response)


@router.get("/rules/history", summary="办理规则的沿革（最新的在前）")
async def history(runtime: Here, actor: Staff) -> list[RulesVersion]:
    found = await runtime.aggregates.history(handling_rules.id_of(RULES))
    return [
        RulesVersion(
            version=recorded.originator_version,
            since=recorded.at,
            by=recorded.actor.subject,
            reason=recorded.event.reason,
            rules=recorded.event.rules,
        )
        for recorded in reversed(found)
        if isinstance(recorded.event, RulesSet)
    ]
