"""Doors of forms (一表申请): what is asked, what fills it, and what an application has answered (articles 18, 21)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from services.application.answering import catalogue, facts_of, form_of, masked, opened
from services.application.api.acting import Looking
from services.application.api.applications import SEES_ALL, require_sight
from services.application.counter.visiting import is_clerk
from services.application.decider.form import FormState, SetForm
from services.application.decider.form import form as forms
from services.application.decider.grant_list import STAFF
from services.application.definition.answers import as_entered
from services.application.definition.changes import changes
from services.application.definition.comparing import Compared, Prefilled, prefill
from services.application.definition.form import Form, Section
from services.application.readmodels.offers import OfferRow
from services.application.readmodels.track import ApplicationRow
from shared.contracts.identifiers import Uscc
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Caught, Here, IdempotencyKey, Somebody, Written, found, one_of, written
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(tags=["表单"])
Staff = Annotated[Actor, Depends(one_of(*STAFF))]
EXAMPLE: dict[str, Any] = {
    "answers": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "title": "企业名称", "x-fact": "name"},
            "revenue": {"type": "string", "format": "amount", "title": "上年度营业收入（元）", "x-fact": "revenue"},
            "way": {
                "type": "string",
                "title": "取得方式",
                "enum": ["bought", "leased"],
                "x-labels": {"bought": "购置", "leased": "融资租赁"},
            },
            "amount": {"type": "string", "format": "amount", "title": "申请金额（元）", "x-requested": True},
            "invoices": {
                "type": "array",
                "title": "设备发票",
                "minItems": 1,
                "items": {"type": "string", "format": "file", "x-accept": ["application/pdf"], "x-most-mb": 10},
            },
        },
        "required": ["name", "way", "amount", "invoices"],
        "allOf": [
            {
                "if": {"properties": {"way": {"const": "leased"}}, "required": ["way"]},
                "then": {
                    "properties": {"lessor": {"type": "string", "title": "出租方"}},
                    "required": ["lessor"],
                },
            }
        ],
    },
    "layout": [
        {"title": "基本情况", "fields": ["name", "revenue"]},
        {"title": "设备", "fields": ["way", "lessor", "amount", "invoices"]},
    ],
}


class FormIn(Form):
    """As a form; with an example."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


class FormShown(BaseModel):
    """A version of a form; `current`: the one in force. `changes`: what the one in force asks otherwise, in sentences."""

    item_code: str
    version: int
    current: int
    answers: dict[str, Any]
    layout: tuple[Section, ...]
    changes: list[str]


class AnswersShown(BaseModel):
    """What was filled in, as it is entered; identity numbers, phones and accounts in full for the enterprise and the
    department alone. `compared`: beside what is known, in the form facts are kept (amounts in fen)."""

    number: str
    form: int
    answers: dict[str, Any]
    attachments: list[dict[str, Any]]
    compared: list[Compared]


class FactShown(BaseModel):
    """A fact that a field can be filled from."""

    key: str
    label: str
    kind: str
    unit: str | None


@router.put("/forms/{item_code}", summary="设定申报表单")
async def form_set(
    item_code: str, form: FormIn, runtime: Here, actor: Staff, response: Response, sent: IdempotencyKey = None
) -> Written:
    """JSON Schema（2020-12）与版面。保存为新的版本，已开始的草稿和申报按其开始时的版本；表单中的错误一次列出。"""
    offer = found(await runtime.reads.one(OfferRow, item_code), "事项")
    command = SetForm(
        item_code=item_code,
        department=offer.department,
        procedure=offer.procedure,
        form=Form(**form.model_dump()),
        catalogue=await catalogue(runtime),
    )
    return written(runtime, await runtime.execute(forms, item_code, command, actor, idempotency_key=sent), response)


@router.get("/forms/{item_code}", summary="申报表单")
async def one_form(
    item_code: str,
    runtime: Here,
    version: Annotated[int | None, Query(ge=1, description="版本，不填为现行版本")] = None,
) -> FormShown:
    """旧版本连同现行版本有何不同一并给出。"""
    state = await _form(runtime, item_code)
    if version is not None and version > state.version:
        raise Refused("application.form-unknown", f"该表单目前是第{state.version}版。", because=Because.NOT_FOUND)
    shown = state.of(version)
    return FormShown(
        item_code=item_code,
        version=version or state.version,
        current=state.version,
        answers=shown.answers,
        layout=shown.layout,
        changes=changes(shown, state.of(None)),
    )


@router.get("/forms/{item_code}/prefill", dependencies=[Caught], summary="用企业画像填充表单")
async def prefilled(item_code: str, enterprise: Uscc, runtime: Here, actor: Looking) -> Prefilled:
    """每一项注明来源与日期；只有区间值的不填充，提交时比对。窗口人员须凭企业同意预填的窗口办理（visit）查看。"""
    others = actor.has(*SEES_ALL) and not is_clerk(actor)
    if actor.enterprise != enterprise and not others:
        title = "只能查看您本人所属企业的数据。"
        raise Refused("application.not-your-enterprise", title, because=Because.FORBIDDEN)
    state = await _form(runtime, item_code)
    return prefill(state.of(None), await facts_of(runtime, enterprise))


@router.get("/form-facts", dependencies=[Caught], summary="可以填充表单的企业画像事实")
async def form_facts(runtime: Here, _actor: Staff) -> list[FactShown]:
    """供设计表单时选用（x-fact）。"""
    known = (await catalogue(runtime)).values()
    return [FactShown(**each.model_dump(include={"key", "label", "kind", "unit"})) for each in known]


@router.get("/applications/{number}/answers", dependencies=[Caught], summary="申报填写的内容与数据比对")
async def answers(number: str, runtime: Here, actor: Somebody) -> AnswersShown:
    row = found(await runtime.reads.one(ApplicationRow, number), "申报")
    require_sight(row, actor)
    whole = actor.enterprise == row.enterprise or actor.department == row.department
    return await answers_of(runtime, row, whole=whole)


async def answers_of(runtime: Runtime, row: ApplicationRow, *, whole: bool) -> AnswersShown:
    """What was filled in; what is sealed in clear where it is seen `whole`. Raises `Refused` where there is no form."""
    if row.form is None:
        raise Refused("application.no-form", "这件申报没有表单。", because=Because.NOT_FOUND)
    form = (await _form(runtime, row.item_code)).of(row.form)
    clear = await opened(runtime, row.answers) if whole else masked(row.answers)
    return AnswersShown(
        number=row.number,
        form=row.form,
        answers=as_entered(form, clear),
        attachments=row.attachments,
        compared=[Compared.model_validate(each) for each in row.compared],
    )


async def _form(runtime: Runtime, item_code: str) -> FormState:
    return found(await form_of(runtime, item_code), "表单")
