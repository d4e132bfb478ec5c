"""What a department's own system writes: takes over, reports, gives back, gives results (articles 6(4), 9(2), 19 to 21).

Results have the names and bodies of people's doors, and `handled_by`: the account of the person who decided.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from services.application.api.connected import Key, Number, System
from services.application.decider.commands import (
    AcceptApplication,
    CompleteReview,
    DeclineApplication,
    Fen,
    GiveOpinion,
    Lines,
    RequestSupplement,
    ReturnToStep,
    StepName,
)
from services.application.decider.handling import (
    CaseNumber,
    GiveResult,
    HandlingCommand,
    Part,
    ReleaseHandling,
    ReportProgress,
    TakeHandling,
)
from services.application.decider.taken import ACCEPTANCE, REVIEW, step_part
from services.application.systems.acting import act
from shared.http.asking import Here, Written, written

router = APIRouter(prefix="/system/applications/{number}", tags=["部门系统接口"])
HandledBy = Annotated[
    str, Field(min_length=1, max_length=200, description="作出决定的人员在本平台的账号；换手等要求以此人计")
]
Step = Annotated[str, Path(max_length=40, description="步骤编号")]


class TakeForm(BaseModel):
    """Which part, and the system's own number for it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"part": "acceptance", "case_number": "XM-2026-0001"}, {"part": "step:check"}]},
    )

    part: Part
    case_number: CaseNumber | None = Field(None, description="外部办件编号")


class ByPerson(BaseModel):
    """Who decided."""

    model_config = ConfigDict(extra="forbid")

    handled_by: HandledBy

    def said(self) -> dict[str, Any]:
        """The result itself."""
        return self.model_dump(exclude={"handled_by"})


class DeclineForm(ByPerson):
    """All reasons at once."""

    reasons: Lines


class SupplementRequestForm(ByPerson):
    """All that is missing, in one notice; `part`: the one in which it was found."""

    part: Part
    requirements: Lines
    answer_days: int | None = Field(None, ge=1, le=60, description="补正期限（工作日），省略即按平台设定")


class ReviewForm(ByPerson):
    """The review in one step."""

    outcome: Literal["approved", "rejected"]
    opinion: str = Field(min_length=1, max_length=5000)
    amount_fen: Fen | None = None


class OpinionForm(ByPerson):
    """An opinion, an inspection's result or an expert's score."""

    agrees: bool = Field(True, description="同意与否（评分步骤不填）")
    opinion: str = Field("", max_length=5000)
    amount_fen: Fen | None = Field(None, description="核定金额（分），由主管部门填写")
    score: float | None = Field(None, ge=0, le=100, allow_inf_nan=False, description="专家评分")
    conflict: bool = Field(False, description="专家申明存在利益关系，回避")
    place: str | None = Field(None, min_length=1, max_length=300, description="现场核查地点")
    photos: tuple[str, ...] = Field((), max_length=50, description="现场照片编号")


class ReturnForm(ByPerson):
    """Back to which step, and why."""

    to: StepName
    reason: str = Field(min_length=1, max_length=1000)


class _Asked:
    """A write of a system."""

    def __init__(self, number: Number, runtime: Here, system: System, response: Response, key: Key) -> None:
        self.number, self.runtime, self.system, self.response, self.key = number, runtime, system, response, key

    async def done(self, command: HandlingCommand) -> Written:
        """Carries it out. Raises `Refused`."""
        receipt = await act(self.runtime, self.number, command, self.system, self.key)
        return written(self.runtime, receipt, self.response)

    async def decided(self, part: str, result: Any, form: ByPerson) -> Written:
        """Gives a result. Raises `Refused`."""
        return await self.done(GiveResult(part=part, handled_by=form.handled_by, result=result))


Asked = Annotated[_Asked, Depends()]


@router.post("/take", summary="接办一个环节")
async def take(form: TakeForm, asked: Asked) -> Written:
    """接办后本部门人员不再办理该环节，直至退还或被收回；各项期限照常计算。重复接办不变；换一个外部办件编号即更正编号。"""
    return await asked.done(TakeHandling(**form.model_dump(), system_name=asked.system.state.requested.system_name))


@router.post("/progress", summary="通报办理进展")
async def progress(form: ReportProgress, asked: Asked) -> Written:
    """显示在申报单位的办理轨迹中，并在法人空间告知（不发短信）。"""
    return await asked.done(form)


@router.post("/release", summary="退还接办的环节")
async def release(form: ReleaseHandling, asked: Asked) -> Written:
    """改由本部门人员办理。"""
    return await asked.done(form)


@router.post("/accept", summary="受理")
async def accept(form: ByPerson, asked: Asked) -> Written:
    return await asked.decided(ACCEPTANCE, AcceptApplication(), form)


@router.post("/decline", summary="不予受理")
async def decline(form: DeclineForm, asked: Asked) -> Written:
    """一次告知全部理由。"""
    return await asked.decided(ACCEPTANCE, DeclineApplication(**form.said()), form)


@router.post("/supplement-request", summary="一次性告知补正")
async def request_supplement(form: SupplementRequestForm, asked: Asked) -> Written:
    """一件申报只有一次；补正后该环节仍由本系统办理。"""
    days = form.answer_days or asked.runtime.settings.supplement_days
    notice = RequestSupplement(requirements=form.requirements, answer_days=days)
    return await asked.decided(form.part, notice, form)


@router.post("/review", summary="审核（简易程序）")
async def review(form: ReviewForm, asked: Asked) -> Written:
    return await asked.decided(REVIEW, CompleteReview(**form.said()), form)


@router.post("/steps/{step}/opinion", summary="在一个步骤中出具意见、核查结果或评分")
async def opinion(step: Step, form: OpinionForm, asked: Asked) -> Written:
    """与人工意见同样核对和计入。"""
    return await asked.decided(step_part(step), GiveOpinion(step=step, **form.said()), form)


@router.post("/steps/{step}/return", summary="退回之前的步骤")
async def return_to(step: Step, form: ReturnForm, asked: Asked) -> Written:
    return await asked.decided(step_part(step), ReturnToStep(step=step, **form.said()), form)
