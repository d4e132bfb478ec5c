"""What the doors of tickets take."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from services.hotline.classification.suggestion import Urgency
from services.hotline.decider.commands import (
    Channel,
    Instant,
    ItemCode,
    LimitDays,
    Reason,
    Subject,
    Text,
    TicketKey,
    Title,
    Town,
    Unit,
)
from services.hotline.events.rules import HandlingRules, Limit
from services.hotline.keys import SourceName, TicketNumber
from shared.contracts.hotline import Nature
from shared.contracts.identifiers import DepartmentCode, Uscc

# The exchange shows extensions, short and foreign numbers too.
CallerPhone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9-]{2,19}$", examples=["19900000001"])]


class Form(BaseModel):
    """Empty texts are absent values: exports fill their columns with them."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value != ""} if isinstance(given, dict) else given


class Caller(Form):
    """Who called, personal data, and the enterprise they called for; `particulars` are the numbers of the text."""

    name: str | None = Field(None, max_length=60, examples=["样例来电人"])
    phone: CallerPhone | None = None
    enterprise_uscc: Uscc | None = None


class CallerShownInClear(Caller):
    """The caller in the clear, with the numbers that stood in the text, in their order."""

    particulars: list[str] = []


class TicketForm(Form):
    """A ticket as it comes in, with its caller in the clear, and with its answer when it has one already."""

    source: SourceName = "12345"
    number: TicketNumber
    channel: Channel = Field(examples=["电话"])
    nature: Nature
    title: Title = Field(examples=["咨询技术改造奖励何时申报（样例）"])
    content: Text = Field(examples=["企业询问设备投入奖励的申报时间和材料。"])
    received_at: Instant
    town: Town | None = None
    item: ItemCode | None = None
    caller: Caller = Caller()
    suggested_department: DepartmentCode | None = None
    reply: Text | None = None
    replied_at: Instant | None = Field(None, validate_default=True)
    reply_department: DepartmentCode | None = None
    reply_unit: Unit | None = Field(None, description="答复单位的原文，没有部门代码时填写")
    sample: bool = Field(False, description="样例标记，仅供演示数据使用")

    @field_validator("caller", mode="before")
    @classmethod
    def _nobody(cls, caller: Any) -> Any:
        return Caller() if caller is None else caller

    @field_validator("replied_at")
    @classmethod
    def _with_reply(cls, replied_at: Instant | None, fields: ValidationInfo) -> Instant | None:
        if "reply" in fields.data and (fields.data["reply"] is None) != (replied_at is None):
            raise ValueError("答复内容（reply）与答复时间（replied_at）须同时填写。")
        return replied_at


class UpdateForm(Form):
    """What the source tells later of a ticket it has sent: answered there, withdrawn, merged there, or added to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"source": "12345", "number": "JY12345-2026-000001", "what": "withdrawn", "text": "来电人撤回。"}
            ]
        }
    )

    source: SourceName = "12345"
    number: TicketNumber
    what: Literal["answered", "withdrawn", "merged", "supplemented"]
    text: Text | None = Field(None, description="答复内容、撤回原因或追加的说明")
    replied_at: Instant | None = None
    reply_department: DepartmentCode | None = None
    reply_unit: Unit | None = None
    into: TicketNumber | None = Field(None, description="并入的工单编号（同一来源）")

    @model_validator(mode="after")
    def _whole(self) -> UpdateForm:
        missing = []
        if self.what != "merged" and self.text is None:
            missing.append("内容（text）")
        if self.what == "answered" and self.replied_at is None:
            missing.append("答复时间（replied_at）")
        if self.what == "merged" and self.into is None:
            missing.append("并入的工单编号（into）")
        if missing:
            raise ValueError(f"请填写{'、'.join(missing)}。")
        return self


class QuestionForm(Form):
    """A consultation, suggestion, complaint, demand or praise from the interaction zone (政企互动区)."""

    nature: Nature
    title: Title = Field(examples=["技术改造奖励何时申报（样例）"])
    content: Text = Field(examples=["我们购置了设备，想了解奖励的申报时间和材料。"])
    town: Town | None = None
    item: ItemCode | None = None
    application: str | None = Field(None, max_length=80, description="有关的申报编号，须为本企业的申报")
    phone: CallerPhone | None = Field(None, description="便于联系的电话，加密保存")
    name: str | None = Field(None, max_length=60, description="联系人，加密保存")


class ClassifyForm(Form):
    """What the ticket is; what is left out stays as it is."""

    nature: Nature | None = None
    subject: Subject | None = None
    urgency: Urgency | None = None
    department: DepartmentCode | None = None


class DispatchForm(Form):
    """Which department answers, who helps, and within which limit when not within what the rules say."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"department": "gxj", "co_handlers": ["czj"]}]})

    department: DepartmentCode
    co_handlers: tuple[DepartmentCode, ...] = Field((), max_length=10)
    urgency: Urgency | None = None
    limit_days: LimitDays | None = None
    limit_hours: Annotated[int, Field(ge=1, le=240, description="答复时限，小时，自派发时起算")] | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> DispatchForm:
        if self.limit_days is not None and self.limit_hours is not None:
            raise ValueError("时限请只填写工作日（limit_days）或小时（limit_hours）中的一项。")
        return self

    def limit(self) -> Limit | None:
        """The limit that is asked for, if any."""
        if self.limit_hours is not None:
            return Limit(amount=self.limit_hours, unit="hours")
        return Limit(amount=self.limit_days) if self.limit_days is not None else None


class ReasonForm(Form):
    """Why."""

    reason: Reason


class ReturnForm(ReasonForm):
    """Why it is not ours, and whose it might be."""

    better: DepartmentCode | None = None


class TextForm(Form):
    """A text for the other side."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "请补充设备购置的时间和金额。"}]})

    text: Text


class AnswerForm(Form):
    """The answer to the asker; what was put right, for a ticket that was reopened."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "申报自3月起受理，材料清单见申报指南。"}]})

    text: Text
    put_right: Text | None = None


class ExtensionForm(ReasonForm):
    """How much more time, in the unit of the limit."""

    amount: int = Field(ge=1, le=240, examples=[3])


class DecisionForm(Form):
    """Granted or not; a refusal has its reason."""

    approved: bool
    reason: Reason | None = None


class MergeForm(Form):
    """The ticket whose answer answers this one."""

    into: TicketKey


class PublicAnswerForm(Form):
    """Question and answer as the public reads them."""

    question: Text
    answer: Text
    item: ItemCode | None = None


class RulesForm(ReasonForm):
    """The rules from now on, and why."""

    rules: HandlingRules
