"""Doors for working a ticket: what it is, whose it is, what is asked back, the reply and the end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from services.hotline.api.tickets import Desk, answered
from services.hotline.commands import answer_ticket, asker_of, dispatch_ticket
from services.hotline.decider import commands as asked
from services.hotline.decider import ticket
from services.hotline.forms import (
    AnswerForm,
    ClassifyForm,
    DecisionForm,
    DispatchForm,
    ExtensionForm,
    MergeForm,
    PublicAnswerForm,
    ReasonForm,
    ReturnForm,
    TextForm,
)
from services.hotline.likeness.finding import like_tickets
from services.hotline.merging import merge_ticket
from shared.eventstore.decider import Command
from shared.http.asking import Caught, Here, IdempotencyKey, Somebody, Written
from shared.runtime.service import Runtime
from shared.security.actor import Actor

router = APIRouter(tags=["工单办理"])
MOST_LIKE = 20


class LikeTicket(BaseModel):
    """A ticket about the same matter; `likeness` from 0 to 1."""

    likeness: float
    key: str
    title: str
    town: str | None
    item: str | None
    received_at: datetime


class Handling:
    """Who acts on which ticket, with what every such door needs."""

    def __init__(
        self, key: str, runtime: Here, actor: Somebody, response: Response, sent: IdempotencyKey = None
    ) -> None:
        self.key = key
        self.runtime: Runtime = runtime
        self.actor: Actor = actor
        self.response = response
        self.sent = sent

    async def does(self, command: Command) -> Written:
        """Carries it out: who may is the ticket's own decision."""
        done = await self.runtime.execute(ticket, self.key, command, self.actor, idempotency_key=self.sent)
        return answered(self.runtime, done, self.response)

    @property
    def asker(self) -> str:
        """The actor's mark as an asker."""
        return asker_of(self.runtime, self.actor)


OnTicket = Annotated[Handling, Depends()]


@router.post("/tickets/{key}/classify", summary="分类（性质、主题、紧急程度、建议部门）")
async def classify(form: ClassifyForm, on: OnTicket) -> Written:
    """人工确认与建议不同的，记录在案，用于改进下一版分类模型。"""
    return await on.does(asked.ClassifyTicket(**form.model_dump()))


@router.post("/tickets/{key}/apart", summary="作为非企业诉求单列")
async def set_apart(form: ReasonForm, on: OnTicket) -> Written:
    return await on.does(asked.SetTicketApart(reason=form.reason))


@router.post("/tickets/{key}/take-back", summary="恢复为企业诉求")
async def take_back(on: OnTicket) -> Written:
    return await on.does(asked.TakeTicketBack(rules=await on.runtime.resources.rules.now()))


@router.post("/tickets/{key}/dispatch", summary="派发企业诉求处置工单")
async def dispatch(form: DispatchForm, on: OnTicket) -> Written:
    """时限以工作日计的，自派发次日起算；以小时计的，自派发时起算。未填时限的，按性质和紧急程度确定。"""
    return answered(on.runtime, await dispatch_ticket(on.runtime, on.key, form, on.actor, on.sent), on.response)


@router.post("/tickets/{key}/sign", summary="签收")
async def sign(on: OnTicket) -> Written:
    return await on.does(asked.SignTicket())


@router.post("/tickets/{key}/return", summary="退回误派工单")
async def give_back(form: ReturnForm, on: OnTicket) -> Written:
    rules = await on.runtime.resources.rules.now()
    return await on.does(asked.ReturnTicket(reason=form.reason, better=form.better, rules=rules))


@router.post("/tickets/{key}/report", summary="提交协办意见")
async def report(form: TextForm, on: OnTicket) -> Written:
    return await on.does(asked.ReportToHandler(text=form.text))


@router.post("/tickets/{key}/ask", summary="要求诉求人补充信息（停止计时）")
async def ask(form: TextForm, on: OnTicket) -> Written:
    return await on.does(asked.AskInformation(question=form.text))


@router.post("/tickets/{key}/inform", summary="补充信息或追加说明（诉求人，或热线代录）")
async def inform(form: TextForm, on: OnTicket) -> Written:
    return await on.does(asked.GiveInformation(text=form.text, asker=on.asker))


@router.post("/tickets/{key}/extension", summary="申请延期")
async def extension(form: ExtensionForm, on: OnTicket) -> Written:
    return await on.does(asked.AskExtension(amount=form.amount, reason=form.reason))


@router.post("/tickets/{key}/extension/decision", summary="审批延期")
async def decide_extension(form: DecisionForm, on: OnTicket) -> Written:
    return await on.does(asked.DecideExtension(granted=form.approved, reason=form.reason))


@router.post("/tickets/{key}/answer", summary="答复工单")
async def answer(form: AnswerForm, on: OnTicket) -> Written:
    """未派发的工单由热线话务员直接答复；已派发的由承办部门答复，需要审核的先提交审核。"""
    return answered(on.runtime, await answer_ticket(on.runtime, on.key, form, on.actor, on.sent), on.response)


@router.post("/tickets/{key}/answer/review", summary="审核答复")
async def review(form: DecisionForm, on: OnTicket) -> Written:
    return await on.does(asked.ReviewReply(approved=form.approved, reason=form.reason))


@router.post("/tickets/{key}/close", summary="办结")
async def close(form: ReasonForm, on: OnTicket) -> Written:
    return await on.does(asked.CloseTicket(reason=form.reason))


@router.post("/tickets/{key}/reopen", summary="重新办理")
async def reopen(form: ReasonForm, on: OnTicket) -> Written:
    rules = await on.runtime.resources.rules.now()
    return await on.does(asked.ReopenTicket(reason=form.reason, rules=rules))


@router.post("/tickets/{key}/withdraw", summary="撤回（诉求人，或热线代办）")
async def withdraw(form: ReasonForm, on: OnTicket) -> Written:
    return await on.does(asked.WithdrawTicket(reason=form.reason, asker=on.asker))


@router.get("/tickets/{key}/like", dependencies=[Caught], summary="同一事项的相似工单")
async def like(key: str, runtime: Here, actor: Desk) -> list[LikeTicket]:
    """半年内内容相似的工单，最相似的在前，供并单参考。"""
    found = await like_tickets(runtime, key, MOST_LIKE)
    fields = {"key", "title", "town", "item", "received_at"}
    return [LikeTicket(likeness=how, **row.model_dump(include=fields)) for how, row in found]


@router.post("/tickets/{key}/merge", summary="并入另一张工单")
async def merge(form: MergeForm, on: OnTicket) -> Written:
    """同一事项的工单并入一张办理，答复一张即答复全部。"""
    command = asked.MergeTicket(into=form.into)
    return answered(on.runtime, await merge_ticket(on.runtime, on.key, command, on.actor, on.sent), on.response)


@router.post("/tickets/{key}/public-answer", summary="公开问答")
async def publish(form: PublicAnswerForm, on: OnTicket) -> Written:
    """公开前请删改可能识别诉求人的内容。"""
    return await on.does(asked.PublishAnswer(**form.model_dump()))


@router.delete("/tickets/{key}/public-answer", summary="撤下公开问答")
async def unpublish(form: ReasonForm, on: OnTicket) -> Written:
    return await on.does(asked.UnpublishAnswer(reason=form.reason))


@router.post("/tickets/{key}/urge", summary="催办")
async def urge(form: TextForm, on: OnTicket) -> Written:
    return await on.does(asked.UrgeTicket(text=form.text[:2000]))


@router.post("/tickets/{key}/supervise", summary="督办")
async def supervise(form: ReasonForm, on: OnTicket) -> Written:
    return await on.does(asked.SuperviseTicket(reason=form.reason))
