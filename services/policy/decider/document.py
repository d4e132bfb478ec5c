"""What policy decides about a document; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.policy.decider.limits import (
    LimitCommand,
    RaisePublicationDueSoon,
    RaisePublicationOverdue,
    RecomputePublicationLimit,
    Watched,
    decide_limit,
    evolve_limit,
    last_day,
)
from services.policy.decider.rights import require_editor
from services.policy.events import Disclosure, DocumentPublished, Origin
from services.policy.events.catalogue import (
    DecisionRecorded,
    DocumentDrafted,
    DocumentRepealed,
    DocumentRevised,
    ItemsFollowed,
)
from services.policy.keys import DocumentNumber
from shared.contracts.identifiers import DepartmentCode
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event


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


class DraftDocument(DocumentContent, Command):
    """Write a document down, or anew; a decision's day on it starts the limit of article 12."""


class PublishDraft(Command):
    """Put the draft on the platform."""


class ReviseDocument(DocumentContent, Command):
    """The whole new content of a published document; `decided_on` is the day of the decision to revise it."""

    reason: str = Field("", max_length=1000)
    expected_revision: int


class RepealDocument(Command):
    """Take a document out of force, and its items with it; they can be applied for until `transition_until`."""

    reason: str = Field("", max_length=1000)
    decided_on: date | None = None
    transition_until: date | None = None


class RecordDecision(Command):
    """A decision is taken and not on the platform yet (article 12)."""

    number: DocumentNumber
    department: DepartmentCode
    decision: Literal["new", "revise", "repeal"]
    decided_on: date


class ConfirmItemsFollowed(Command):
    """Its items are as the document is."""

    disclosure: Disclosure
    repealed: bool


DocumentCommand = (
    PublishDocument
    | DraftDocument
    | PublishDraft
    | ReviseDocument
    | RepealDocument
    | RecordDecision
    | ConfirmItemsFollowed
    | LimitCommand
)


class DocumentState(State):
    """`first` is what was published, `published` what it says now; `following`: its items have yet to follow it."""

    state_version: int = 2
    draft: DocumentDrafted | None = None
    first: DocumentPublished | None = None
    published: DocumentPublished | None = None
    revision: int = 0
    repealed: DocumentRepealed | None = None
    watched: Watched | None = None
    following: bool = False


def decide(state: DocumentState | None, command: DocumentCommand, context: Context) -> Sequence[Event]:
    """Drafted as often as one likes, published once, then revised and at last repealed; all with a reason and a day."""
    known = state or DocumentState()
    match command:
        case PublishDocument():
            return _publish(known, command, context)
        case DraftDocument():
            return _draft(known, command, context)
        case PublishDraft():
            return _publish_draft(known, context)
        case ReviseDocument():
            return _revise(known, command, context)
        case RepealDocument():
            return _repeal(known, command, context)
        case RecordDecision():
            return _record(known, command, context)
        case ConfirmItemsFollowed(disclosure=disclosure, repealed=repealed):
            now = known.published and (known.published.disclosure, known.repealed is not None)
            same = known.following and now == (disclosure, repealed)
            return [ItemsFollowed(disclosure=disclosure, repealed=repealed)] if same else []
        case RaisePublicationDueSoon() | RaisePublicationOverdue() | RecomputePublicationLimit():
            return decide_limit(known.watched, command, context)


def _publish(known: DocumentState, command: PublishDocument, context: Context) -> Sequence[Event]:
    """The same document twice is one; late ones are published too, and marked (article 12)."""
    require_editor(context.actor, command.department, "发布政策文件")
    if known.published is not None:
        if not any(each and not _differing(each, command) for each in (known.first, known.published)):
            _refuse_other_content(known.published, command)
        return []
    errors = list(_errors(command, context, dated=command.origin == "department"))
    if errors:
        raise _invalid(errors)
    due_on, late = _limit(command.decided_on, command.disclosure, context)
    return [DocumentPublished(**command.model_dump(), publish_due_on=due_on, late=late)]


def _draft(known: DocumentState, command: DraftDocument, context: Context) -> Sequence[Event]:
    require_editor(context.actor, command.department, "编写政策文件")
    if known.published is not None:
        title = f"文号 {known.published.number} 已发布，请改用修订；已发布的内容未改动。"
        raise Refused("policy.document-exists", title, [FieldError(field="number", code="published", message=title)])
    if not command.number:
        message = "草稿也须写明发文字号，请填写。"
        raise _invalid([FieldError(field="number", code="missing", message=message)])
    if command.decided_on and command.decided_on > context.today:
        raise _invalid([_in_future()])
    drafted = DocumentDrafted(**command.model_dump())
    events: list[Event] = [] if drafted == known.draft else [drafted]
    watched = known.watched.decided.decided_on if known.watched else None
    if drafted.decided_on and drafted.disclosure == "public" and drafted.decided_on != watched:
        events.append(_decision(drafted.number, drafted.department, "", "new", drafted.decided_on, context))
    return events


def _publish_draft(known: DocumentState, context: Context) -> Sequence[Event]:
    if known.published is not None:
        require_editor(context.actor, known.published.department, "发布政策文件")
        return []
    if known.draft is None:
        raise _unknown()
    return _publish(known, PublishDocument(**known.draft.model_dump()), context)


def _revise(known: DocumentState, command: ReviseDocument, context: Context) -> Sequence[Event]:
    now = _in_force(known, "修订政策文件", context)
    if command.expected_revision != known.revision:
        title = f"文件现为第{known.revision}次发布的内容，请刷新后在最新内容上修订。"
        raise Refused(
            "policy.revision-moved", title, [FieldError(field="expected_revision", code="moved", message=title)]
        )
    errors = list(_errors(command, context, revising=True))
    errors += [
        FieldError(field=field, code="fixed", message="修订不能更改发文字号和部门，请核对；如需更换，请另行发布。")
        for field in ("number", "department")
        if getattr(command, field) != getattr(now, field)
    ]
    errors += _errors_in_reason(command.reason)
    if errors:
        raise _invalid(errors)
    due_on, late = _limit(command.decided_on, command.disclosure, context)
    content = command.model_dump(exclude={"expected_revision"})
    content |= {"publish_due_on": due_on, "late": late, "disclosed_before": now.disclosure}
    fields = set(DocumentContent.model_fields) - {"decided_on"}
    if all(getattr(command, field) == getattr(now, field) for field in fields):
        title = "修订内容与现有内容完全相同，请核对后再提交。"
        raise Refused("policy.nothing-changed", title, because=Because.INVALID)
    return [DocumentRevised(**content, revision=known.revision + 1)]


def _repeal(known: DocumentState, command: RepealDocument, context: Context) -> Sequence[Event]:
    if known.repealed is not None:
        require_editor(context.actor, known.repealed.department, "废止政策文件")
        return []
    now = _in_force(known, "废止政策文件", context)
    errors = [
        *_errors_in_reason(command.reason),
        *errors_in_decision(command.decided_on, command.transition_until, context),
    ]
    if errors:
        raise _invalid(errors)
    due_on, late = _limit(command.decided_on, now.disclosure, context)
    what = now.model_dump(include={"number", "title", "department", "disclosure"})
    return [DocumentRepealed(**what, **command.model_dump(), publish_due_on=due_on, late=late)]


def _record(known: DocumentState, command: RecordDecision, context: Context) -> Sequence[Event]:
    require_editor(context.actor, command.department, "登记决定")
    now = known.published
    errors = [] if command.decided_on <= context.today else [_in_future()]
    if not command.number:
        errors.append(FieldError(field="number", code="missing", message="缺少发文字号，请填写。"))
    if (command.decision == "new") is (now is not None):
        wrong = (
            "该文件已发布，请登记修订或废止的决定。" if now else "该文件尚未发布，只能登记新发布的决定，请核对文号。"
        )
        errors.append(FieldError(field="decision", code="not-fitting", message=wrong))
    if known.repealed:
        errors.append(FieldError(field="decision", code="repealed", message="该文件已废止，不再登记决定，请核对文号。"))
    what = now or known.draft
    if what and what.disclosure == "withheld":
        errors.append(FieldError(field="number", code="withheld", message="不公开的文件没有发布期限，无需登记。"))
    if errors:
        raise _invalid(errors)
    title = now.title if now else ""
    recorded = _decision(command.number, command.department, title, command.decision, command.decided_on, context)
    return [] if known.watched and known.watched.decided == recorded else [recorded]


def _decision(
    number: str,
    department: str,
    title: str,
    decision: Literal["new", "revise", "repeal"],
    decided_on: date,
    context: Context,
) -> DecisionRecorded:
    due = last_day(decided_on, context)
    return DecisionRecorded(
        number=number, department=department, title=title, decision=decision, decided_on=decided_on,
        due_on=due.day, provisional=due.provisional,
    )  # fmt: skip


def _in_force(known: DocumentState, what: str, context: Context) -> DocumentPublished:
    if known.published is None:
        raise _unknown()
    require_editor(context.actor, known.published.department, what)
    if known.repealed is not None:
        raise Refused("policy.document-repealed", "文件已废止，不能再修订，请另行发布新文件。")
    return known.published


def _unknown() -> Refused:
    return Refused("policy.document-unknown", "没有这份已发布的文件，请核对编号。", because=Because.NOT_FOUND)


def _invalid(errors: Sequence[FieldError]) -> Refused:
    title = f"政策文件有{len(errors)}处需要改正，请逐项改正后重新提交。"
    return Refused("policy.document-invalid", title, errors, Because.INVALID)


def _limit(decided_on: date | None, disclosure: Disclosure, context: Context) -> tuple[date | None, bool]:
    if decided_on is None or disclosure == "withheld":
        return None, False
    due_on = last_day(decided_on, context).day
    return due_on, context.today > due_on


def _differing(known: DocumentPublished, command: PublishDocument) -> list[str]:
    return [f for f in PublishDocument.model_fields if getattr(known, f) != getattr(command, f)]


def _refuse_other_content(known: DocumentPublished, command: PublishDocument) -> None:
    raise Refused(
        "policy.document-exists",
        f"文号 {known.number} 已发布为“{known.title}”，且内容不同，请核对文号；已发布的内容未改动。",
        [
            FieldError(field=f, code="differs", message="与已发布的内容不同，请核对。")
            for f in _differing(known, command)
        ],
    )


def _errors(
    command: DocumentContent, context: Context, dated: bool = True, revising: bool = False
) -> Iterator[FieldError]:
    if not command.number:
        yield FieldError(field="number", code="missing", message="缺少发文字号，请填写。")
    if not command.title:
        yield FieldError(field="title", code="missing", message="缺少文件标题，请填写。")
    if command.disclosure == "withheld" and not command.withheld_reason:
        yield FieldError(field="withheld_reason", code="missing", message="不公开的文件须写明理由，请填写。")
    issued, decided, effective = command.issued_on, command.decided_on, command.effective_on
    if issued is None:
        yield FieldError(field="issued_on", code="missing", message="缺少印发日期，请填写。")
    if decided is None and dated:
        yield FieldError(field="decided_on", code="missing", message="缺少决定日期，请填写，发布期限由此起算。")
    if decided and decided > context.today:
        yield _in_future()
    if issued and decided and issued < decided and not revising:
        yield FieldError(field="issued_on", code="before-decided", message="印发日期不能早于决定日期，请核对。")
    if issued and effective and effective < issued:
        yield FieldError(field="effective_on", code="before-issued", message="施行日期不能早于印发日期，请核对。")


def _in_future() -> FieldError:
    return FieldError(field="decided_on", code="future", message="决定日期不能晚于今天，请核对。")


def _errors_in_reason(reason: str) -> list[FieldError]:
    return [] if reason.strip() else [FieldError(field="reason", code="missing", message="请写明理由。")]


def errors_in_decision(
    decided_on: date | None, transition_until: date | None, context: Context
) -> Iterator[FieldError]:
    """What is wrong with a decision's day and the end of its transition period."""
    if decided_on is None:
        yield FieldError(field="decided_on", code="missing", message="缺少决定日期，请填写，公布期限由此起算。")
    elif decided_on > context.today:
        yield _in_future()
    if transition_until and transition_until < (decided_on or context.today):
        message = "过渡期不能在决定之日前结束，请核对。"
        yield FieldError(field="transition_until", code="before-decided", message=message)


def evolve(state: DocumentState | None, event: Event) -> DocumentState:
    known = state or DocumentState()
    change: dict[str, object] = {"watched": evolve_limit(known.watched, event)}
    match event:
        case DocumentDrafted():
            change["draft"] = event
            if event.disclosure == "withheld":
                change["watched"] = None
        case DocumentPublished():
            change |= {"first": event, "published": event, "revision": 1, "watched": None}
        case DocumentRevised() if known.published:
            content = {field: getattr(event, field) for field in DocumentContent.model_fields if field != "decided_on"}
            moved = event.disclosure != known.published.disclosure
            change |= {
                "published": known.published.model_copy(update=content),
                "revision": event.revision,
                "following": known.following or moved,
                "watched": None,
            }
        case DocumentRepealed():
            change |= {"repealed": event, "watched": None, "following": True}
        case ItemsFollowed():
            change["following"] = False
    return known.model_copy(update=change)


document = Decider("document", DocumentState, decide, evolve)
