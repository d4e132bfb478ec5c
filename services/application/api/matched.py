"""Doors of a list made from matching (匹配生成名单, article 20(1)1): whom the item fits at this moment."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, Field

from services.application.decider.grant_list import STAFF
from services.application.grants.matched import put_matched, undecided
from services.application.grants.matched_forms import MOST_ROWS, MatchedAnswer, MatchedForm
from shared.contracts.rolls import MissingFact
from shared.http.asking import POSITION_HEADER, WAIT_HEADER, Caught, Here, IdempotencyKey, one_of
from shared.security.actor import Actor

router = APIRouter(tags=["免申即享名单"])
Staff = Annotated[Actor, Depends(one_of(*STAFF))]
WaitFor = Annotated[str | None, Header(alias=WAIT_HEADER, description="先等到各服务的读模型到达这些位置")]


class Undecided(BaseModel):
    """An enterprise of which too little is known, and the facts that would decide it."""

    enterprise: str
    name: str | None = Field(description="登记名称；未登记的为空")
    missing: tuple[str, ...]


class UndecidedPage(BaseModel):
    """Some of them; `missing` counts all."""

    roll: str | None
    undecided: int
    missing: tuple[MissingFact, ...]
    items: list[Undecided]
    next: str | None


@router.post("/grant-lists/{key}/rows/matched", dependencies=[Caught], summary="按匹配结果生成名单")
async def matched(
    key: str,
    form: MatchedForm,
    runtime: Here,
    actor: Staff,
    response: Response,
    sent: IdempotencyKey = None,
    wait_for: WaitFor = None,
) -> MatchedAnswer:
    """此刻符合该事项数据化条件的企业逐户列入名单，与文件导入同样核对；不受企业屏蔽推送的影响。

    每次办理一部分，以 next 续办，中断后重来不会重复，以同一幂等键重来则名册相同。
    已在名单上的、由部门移出的保持原样。先以 dry 查看结果，不写入。
    判定所依据的条件、时刻和企业摘要值留存为匹配名册，编号写入每家企业的依据。
    """
    answer = await put_matched(runtime, key, actor, form, sent, wait_for)
    if answer.position:
        response.headers[POSITION_HEADER] = f"application:{answer.position}"
    return answer


@router.get("/grant-lists/{key}/rows/undecided", dependencies=[Caught], summary="匹配时信息不足的企业")
async def not_decided(
    key: str,
    runtime: Here,
    actor: Staff,
    roll: Annotated[str | None, Query(max_length=64, description="匹配名册编号，省略即此刻")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="每页条数")] = 100,
    cursor: Annotated[str | None, Query(max_length=400, description="上一页答复中的 next")] = None,
    wait_for: WaitFor = None,
) -> UndecidedPage:
    """列明缺少哪些信息才能判定，供部门核实后补充事实，或以文件单独列入。"""
    some, names, following = await undecided(runtime, key, actor, roll, cursor, limit, wait_for)
    items = [
        Undecided(enterprise=each.enterprise, name=names.get(each.enterprise), missing=each.missing)
        for each in some.enterprises
    ]
    return UndecidedPage(
        roll=some.roll.id,
        undecided=some.roll.undecided,
        missing=some.roll.missing,
        items=items,
        next=following,
    )
