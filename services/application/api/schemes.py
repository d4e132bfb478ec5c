"""Doors of schemes (办理方案) and rankings: what a department lays down for an item, and what came of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from services.application.decider.allotment import AllotmentState, allotment
from services.application.decider.allotment import key_of as allotment_of
from services.application.decider.grant_list import STAFF
from services.application.decider.ranking import Entry, RankingState, Status, ranking
from services.application.decider.scheme import SchemeState, scheme
from services.application.definition.picture import drawn
from services.application.definition.process import Process
from services.application.definition.rules import Rules
from services.application.rankings.commands import RankingForm, confirm_ranking, make_ranking
from services.application.readmodels.offers import OfferRow
from services.application.schemes.commands import lay_down
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Caught, Here, IdempotencyKey, Somebody, Written, found, one_of, written
from shared.security.actor import Actor, Role

router = APIRouter(tags=["办理方案与排序"])
Staff = Annotated[Actor, Depends(one_of(*STAFF))]
SEES_ALL = (Role.DATA_BUREAU, Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR)


class SchemeForm(BaseModel):
    """Rules of a period, and the steps of the review where there is more than one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "rules": {"period": "2026", "places": 100, "budget_fen": 500000000, "most_fen": 10000000},
                    "process": {
                        "steps": [
                            {"key": "check", "title": "材料审核", "departments": ["gxj"], "limit_days": 3},
                            {
                                "key": "visit",
                                "title": "现场核查",
                                "kind": "inspection",
                                "departments": ["gxj"],
                                "limit_days": 5,
                                "after": ["check"],
                            },
                        ]
                    },
                }
            ]
        },
    )

    rules: Rules
    process: Process | None = None


class SchemeShown(BaseModel):
    """A scheme, and what is left of its period. None: nothing bounds it."""

    item_code: str
    version: int
    rules: Rules
    process: Process | None
    places_left: int | None
    left_fen: int | None


class RankingShown(BaseModel):
    """A ranking in the order of its lines."""

    item_code: str
    item_title: str
    period: str
    status: Status
    places: int | None
    budget_fen: int | None
    entries: list[Entry]


@router.put("/schemes/{item_code}", summary="设定办理方案")
async def scheme_set(
    item_code: str, form: SchemeForm, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """保存为新的版本；已提交的申报按其提交时的版本办理。方案中的全部错误一次列出。本期已有申报的，不能增设名额或预算，可以取消。"""
    offer = found(await runtime.reads.one(OfferRow, item_code), "事项")
    return written(runtime, await lay_down(runtime, offer, form.rules, form.process, actor, sent), response)


@router.get("/schemes/{item_code}", summary="办理方案与剩余名额、预算")
async def one_scheme(item_code: str, runtime: Here) -> SchemeShown:
    state = await _scheme(runtime, item_code)
    left: AllotmentState | None = await runtime.state(allotment, allotment_of(item_code, state.rules.period))
    return SchemeShown(
        item_code=item_code,
        version=state.version,
        rules=state.rules,
        process=state.process,
        places_left=left.free if left else None,
        left_fen=left.left_fen if left else None,
    )


@router.get("/schemes/{item_code}/process.svg", summary="审核流程图")
async def picture(item_code: str, runtime: Here) -> Response:
    state = await _scheme(runtime, item_code)
    if state.process is None:
        title = "该事项按简易程序审核，没有流程图。"
        raise Refused("application.no-process", title, because=Because.NOT_FOUND)
    return Response(drawn(state.process), media_type="image/svg+xml")


@router.post("/rankings", status_code=201, summary="编制排序")
async def ranking_made(form: RankingForm, runtime: Here, actor: Staff, response: Response) -> Written:
    """申报截止且全部完成评分后编制；同分者先申报的在前。名额用尽，或剩余预算不足以支持下一名时，其后均不支持。"""
    return written(runtime, await make_ranking(runtime, form, actor), response)


@router.post("/rankings/{key}/confirm", summary="确认排序")
async def ranking_confirmed(key: str, runtime: Here, actor: Staff, response: Response) -> Written:
    """由编制人之外的另一人确认；确认后逐件告知结果。"""
    return written(runtime, await confirm_ranking(runtime, key, actor), response)


@router.get("/rankings/{key}", dependencies=[Caught], summary="一份排序")
async def one_ranking(key: str, runtime: Here, actor: Somebody) -> RankingShown:
    state: RankingState | None = await runtime.state(ranking, key)
    made = found(state, "排序").made
    if not actor.has(*SEES_ALL) and actor.department != made.department:
        raise Refused("application.not-yours", "只有主管部门可以查看这份排序。", because=Because.FORBIDDEN)
    assert state is not None  # noqa: S101 - it was found
    known = made.model_dump(include={"item_code", "item_title", "period", "places", "budget_fen"})
    return RankingShown(**known, status=state.status, entries=state.entries)


async def _scheme(runtime: Here, item_code: str) -> SchemeState:
    state: SchemeState | None = await runtime.state(scheme, item_code)
    return found(state, "办理方案")
