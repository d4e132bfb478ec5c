"""What policy decides about a document; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from services.policy.decider.rights import require_editor
from services.policy.events import Disclosure, DocumentPublished, Origin
from services.policy.keys import DocumentNumber
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event

PUBLISH_WITHIN = 3  # working days after the decision (article 12)


class DocumentContent(BaseModel):
    """A document as its department writes it; what is missing is named by the decision, all at once."""

    model_config = ConfigDict(str_strip_whitespace=True)

    number: DocumentNumber = ""
    title: str = Field("", max_length=300, examples=["关于支持企业技术改造的若干措施"])
    department: DepartmentCode
    kind: str = Field("policy", min_length=1, max_length=40, description="文种")
    issued_on: date | None = Field(None, description="印发日期")
    decided_on: date | None = Field(None, description="决定日期，三个工作日内发布的期限由此起算（第十二条）")
    effective_on: date | None = Field(None, description="施行日期")
    summary: str = Field("", max_length=5000)
    body: str = Field("", max_length=500_000)
    themes: tuple[str, ...] = Field((), max_length=50)
    disclosure: Disclosure = "public"
    withheld_reason: str | None = Field(None, max_length=1000, description="不公开的理由（第十八条）")


class PublishDocument(DocumentContent, Command):
    """Put a document on the platform. From another catalogue it may come without the day of its decision."""

    origin: Origin = "department"


class DocumentState(State):
    published: DocumentPublished


def decide(state: DocumentState | None, command: PublishDocument, context: Context) -> Sequence[Event]:
    """The same document twice is one; late ones are published too, and marked (article 12)."""
    require_editor(context.actor, command.department, "发布政策文件")
    if state is not None:
        _refuse_other_content(state.published, command)
        return []
    errors = list(_errors(command, context))
    if errors:
        title = f"政策文件有{len(errors)}处需要改正，请逐项改正后重新提交。"
        raise Refused("policy.document-invalid", title, errors, Because.INVALID)
    due_on = _publish_due_on(command, context)
    late = due_on is not None and context.today > due_on
    return [DocumentPublished(**command.model_dump(), publish_due_on=due_on, late=late)]


def _publish_due_on(command: PublishDocument, context: Context) -> date | None:
    if command.decided_on is None or command.disclosure == "withheld":
        return None
    return context.calendar.add_working_days(command.decided_on, PUBLISH_WITHIN).day


def _refuse_other_content(known: DocumentPublished, command: PublishDocument) -> None:
    differing = [f for f in PublishDocument.model_fields if getattr(known, f) != getattr(command, f)]
    if differing:
        raise Refused(
            "policy.document-exists",
            f"文号 {known.number} 已发布为“{known.title}”，且内容不同，请核对文号；已发布的内容未改动。",
            [FieldError(field=f, code="differs", message="与已发布的内容不同，请核对。") for f in differing],
        )


def _errors(command: PublishDocument, context: Context) -> Iterator[FieldError]:
    if not command.number:
        yield FieldError(field="number", code="missing", message="缺少发文字号，请填写。")
    if not command.title:
        yield FieldError(field="title", code="missing", message="缺少文件标题，请填写。")
    if command.disclosure == "withheld" and not command.withheld_reason:
        yield FieldError(field="withheld_reason", code="missing", message="不公开的文件须写明理由，请填写。")
    yield from _errors_in_dates(command, context)


def _errors_in_dates(command: PublishDocument, context: Context) -> Iterator[FieldError]:
    issued, decided, effective = command.issued_on, command.decided_on, command.effective_on
    if issued is None:
        yield FieldError(field="issued_on", code="missing", message="缺少印发日期，请填写。")
    if decided is None and command.origin == "department":
        yield FieldError(field="decided_on", code="missing", message="缺少决定日期，请填写，发布期限由此起算。")
    if decided and decided > context.today:
        yield FieldError(field="decided_on", code="future", message="决定日期不能晚于今天，请核对。")
    if issued and decided and issued < decided:
        yield FieldError(field="issued_on", code="before-decided", message="印发日期不能早于决定日期，请核对。")
    if issued and effective and effective < issued:
        yield FieldError(field="effective_on", code="before-issued", message="施行日期不能早于印发日期，请核对。")


def evolve(_state: DocumentState | None, event: Event) -> DocumentState:
    assert isinstance(event, DocumentPublished)  # noqa: S101 - the aggregate has no other event
    return DocumentState(published=event)


document = Decider("document", DocumentState, decide, evolve)
