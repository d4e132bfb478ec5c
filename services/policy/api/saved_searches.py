"""Doors of saved searches, and of the city's synonyms."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import select

from services.policy.decider.saved_search import DropSearch, SaveSearch, SearchName, saved_searches
from services.policy.decider.synonyms import CITY, SetSynonyms, synonym_list
from services.policy.readmodels.saved_searches import SavedSearchRow, SynonymsRow
from services.policy.search.asking import Question
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Caught, Here, Somebody, Written, one_of, written
from shared.security.actor import Actor, Role

router = APIRouter(prefix="/search", tags=["政策检索"])
Bureau = Annotated[Actor, Depends(one_of(Role.DATA_BUREAU, Role.OPERATOR))]
Name = Annotated[SearchName, Path()]


class SavedSearch(BaseModel):
    """A question that is kept."""

    name: str
    question: Question
    saved_at: datetime


class SynonymsForm(BaseModel):
    """All groups; those that are not in it any more are dropped."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"groups": [["澄企贷", "科技贷款"]]}]})

    groups: list[list[str]]


@router.get("/synonyms", dependencies=[Caught], summary="本市自行维护的同义词")
async def synonyms(runtime: Here) -> SynonymsForm:
    row = await runtime.reads.one(SynonymsRow, synonym_list.id_of(CITY))
    return SynonymsForm(groups=row.groups if row else [])


@router.put("/synonyms", summary="设置本市同义词")
async def set_synonyms(form: SynonymsForm, runtime: Here, actor: Bureau, response: Response) -> Written:
    """整体替换，立即生效；平台自带的同义词仍然有效。"""
    command = SetSynonyms(groups=tuple(tuple(group) for group in form.groups))
    return written(runtime, await runtime.execute(synonym_list, CITY, command, actor), response)


@router.get("/saved/{uscc}", dependencies=[Caught], summary="本企业保存的检索")
async def saved(uscc: Uscc, runtime: Here, actor: Somebody) -> list[SavedSearch]:
    if actor.enterprise != uscc:
        title = "只能查看本企业保存的检索，请核对统一社会信用代码。"
        raise Refused("policy.not-your-enterprise", title, because=Because.FORBIDDEN)
    query = select(SavedSearchRow).where(SavedSearchRow.uscc == uscc).order_by(SavedSearchRow.name)
    rows = await runtime.reads.all(SavedSearchRow, query)
    return [SavedSearch(name=row.name, question=Question(**row.question), saved_at=row.saved_at) for row in rows]


@router.put("/saved/{uscc}/{name}", summary="保存检索，有新的结果时通知")
async def save(
    uscc: Uscc, name: Name, question: Question, runtime: Here, actor: Somebody, response: Response
) -> Written:
    """以后发布的事项和文件符合时通知本企业一次；同名的以新的为准，最多保存20项。"""
    command = SaveSearch(uscc=uscc, name=name, question=question)
    return written(runtime, await runtime.execute(saved_searches, uscc, command, actor), response)


@router.delete("/saved/{uscc}/{name}", summary="删除保存的检索")
async def drop(uscc: Uscc, name: Name, runtime: Here, actor: Somebody, response: Response) -> Written:
    command = DropSearch(uscc=uscc, name=name)
    return written(runtime, await runtime.execute(saved_searches, uscc, command, actor), response)
