"""Doors of acceptance and review (articles 19 to 21)."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from services.application.admission import opine
from services.application.api.applications import require_sight
from services.application.api.asked import Asked
from services.application.attachments import photos
from services.application.decider import (
    AcceptApplication,
    ApplicationState,
    CompleteReview,
    DeclineApplication,
    GiveOpinion,
    ReassignStep,
    RequestSupplement,
    ReturnToStep,
    application,
)
from services.application.decider.commands import Fen, Lines, StepName
from services.application.definition.picture import drawn
from services.application.definition.process import Process
from services.application.departments import unknown_of
from services.application.progress import standing_of
from services.application.readmodels.track import ApplicationRow
from services.application.systems.acting import by_people
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Refused
from shared.http.asking import Caught, Here, Somebody, Written, found, written

router = APIRouter(tags=["受理与审核"])
Step = Annotated[str, Path(max_length=40, description="步骤编号")]


class OpinionForm(BaseModel):
    """An opinion, an inspection's result or an expert's score."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"agrees": True, "opinion": "材料齐全，符合条件，同意。", "amount_fen": 4000000},
                {"agrees": True, "opinion": "设备已到位。", "place": "样例路1号厂区", "photos": []},
                {"score": 87.5, "opinion": "技术先进，预算合理。"},
                {"conflict": True},
                {"score": 90, "opinion": "方案可行。", "on_behalf_of": "officer-1"},
            ]
        },
    )

    agrees: bool = Field(True, description="同意与否（评分步骤不填）")
    opinion: str = Field("", max_length=5000)
    amount_fen: Fen | None = Field(None, description="核定金额（分），由主管部门填写")
    score: float | None = Field(None, ge=0, le=100, allow_inf_nan=False, description="专家评分")
    conflict: bool = Field(False, description="专家申明存在利益关系，回避")
    place: str | None = Field(None, min_length=1, max_length=300, description="现场核查地点")
    photos: tuple[str, ...] = Field((), max_length=50, description="现场照片：附件编号")
    on_behalf_of: str | None = Field(
        None, min_length=1, max_length=200, description="被代办人的账号，须有有效的委托代办"
    )


class NoticeForm(BaseModel):
    """All that is missing, and in how many working days it has to come."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"requirements": ["请补充设备发票（样例）。"], "answer_days": 10}]},
    )

    requirements: Lines
    answer_days: int | None = Field(None, ge=1, le=60, description="补正期限（工作日），省略即按平台设定")


class ReturnForm(BaseModel):
    """Back to which step, and why."""

    model_config = ConfigDict(extra="forbid")

    to: StepName
    reason: str = Field(min_length=1, max_length=1000)


class ReassignForm(BaseModel):
    """All departments that the step is to have, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"departments": ["gxj"], "reason": "原部门代码有误（样例）。"}]},
    )

    departments: tuple[DepartmentCode, ...] = Field(min_length=1, max_length=20)
    reason: str = Field(min_length=1, max_length=1000)


@router.post("/applications/{number}/accept", summary="受理")
async def accept(number: str, asked: Asked) -> Written:
    return await asked.done(number, AcceptApplication())


@router.post("/applications/{number}/decline", summary="不予受理")
async def decline(number: str, form: DeclineApplication, asked: Asked) -> Written:
    return await asked.done(number, form)


@router.post("/applications/{number}/supplement-request", summary="一次性告知补正")
async def request_supplement(number: str, form: NoticeForm, asked: Asked) -> Written:
    """补正期间各项办理期限停止计算；期满没有补正的，期限继续计算，部门依据现有材料办理，企业仍可在作出决定前补正。"""
    days = form.answer_days or asked.runtime.settings.supplement_days
    return await asked.done(number, RequestSupplement(requirements=form.requirements, answer_days=days))


@router.post("/applications/{number}/review", summary="审核（简易程序）")
async def review(number: str, form: CompleteReview, asked: Asked) -> Written:
    work = partial(opine, asked.runtime, number, form, asked.actor, asked.key, asked.version)
    receipt = await by_people(asked.runtime, number, work)
    return written(asked.runtime, receipt, asked.response)


@router.post("/applications/{number}/steps/{step}/opinion", summary="在一个步骤中出具意见、核查结果或评分")
async def give_opinion(number: str, step: Step, form: OpinionForm, asked: Asked) -> Written:
    """达到该步骤所需的同意数后进入下一步骤；无法再达到时审核不通过。各步骤均通过后审核完成。"""
    unfit = await photos.unfit(asked.runtime, asked.actor, form.photos)
    command = GiveOpinion(step=step, **form.model_dump(), unfit=unfit)
    kept = photos.keeping(application.id_of(number), form.photos)
    work = partial(opine, asked.runtime, number, command, asked.actor, asked.key, asked.version, kept)
    receipt = await by_people(asked.runtime, number, work)
    return written(asked.runtime, receipt, asked.response)


@router.post("/applications/{number}/steps/{step}/return", summary="退回之前的步骤")
async def return_to(number: str, step: Step, form: ReturnForm, asked: Asked) -> Written:
    """退回的步骤及其之后的步骤重新办理。"""
    return await asked.done(number, ReturnToStep(step=step, **form.model_dump()))


@router.post("/applications/{number}/steps/{step}/reassign", summary="将停滞的步骤改由其他部门办理")
async def reassign(number: str, step: Step, form: ReassignForm, asked: Asked) -> Written:
    """由主管部门负责人或市数政局办理；已出具的意见仍然有效，已出具意见的部门不能移出。"""
    unknown = await unknown_of(asked.runtime, form.departments)
    state: ApplicationState | None = await asked.runtime.state(application, number)
    own = {state.submitted.department} if state else set()  # it has published the item, registered or not
    return await asked.done(number, ReassignStep(step=step, **form.model_dump(), unknown=unknown - own))


@router.get("/applications/{number}/process.svg", dependencies=[Caught], summary="审核流程图与目前所在步骤")
async def picture(number: str, runtime: Here, actor: Somebody) -> Response:
    row = found(await runtime.reads.one(ApplicationRow, number), "申报")
    require_sight(row, actor)
    if row.process is None:
        title = "该事项按简易程序审核，没有流程图。"
        raise Refused("application.no-process", title, because=Because.NOT_FOUND)
    process = Process.model_validate(row.process)
    return Response(drawn(process, standing_of(row)), media_type="image/svg+xml")
