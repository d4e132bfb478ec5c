"""What the room does when asked: look up, load, decide, append; the announcement and each application in one transaction."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select

from services.application.admission import Given
from services.application.decider import AnnounceResult, ApplicationState, ConfirmResult, RevokeApproval, application
from services.application.decider.announcement import (
    LEAST_DAYS,
    MOST_ENTRIES,
    AnnouncementState,
    AnnounceResults,
    ConfirmResults,
    DecideObjection,
    Entry,
    Ground,
    announcement,
)
from services.application.decider.payment import PaymentState, payment
from services.application.definition.rules import Period
from services.application.each import at_present
from services.application.readmodels.grants import KnownEnterpriseRow
from services.application.readmodels.offers import OfferRow
from services.application.readmodels.track import ApplicationRow
from shared.eventstore.decider import Because, FieldError, Refused
from shared.eventstore.ledger import Receipt
from shared.runtime.service import Runtime
from shared.security.actor import Actor


class WithheldForm(BaseModel):
    """A result that is kept from the public."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(max_length=40)
    ground: Ground = Field(description="理由的类别：国家秘密、商业秘密、个人隐私、公共安全")
    reason: str = Field(max_length=500)


class AnnouncementForm(BaseModel):
    """Which results of an item are put before the public; without `numbers`, all that are approved and not yet announced."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"item_code": "gxj-2026-001", "period": "2026", "days": 5},
                {
                    "item_code": "gxj-2026-001",
                    "period": "2026",
                    "part": 2,
                    "days": 7,
                    "numbers": ["SB2026-0123456789AB"],
                    "withheld": [
                        {
                            "number": "SB2026-0123456789AB",
                            "ground": "business-secret",
                            "reason": "涉及未公开的技术（样例）。",
                        }
                    ],
                },
            ]
        },
    )

    item_code: str = Field(min_length=1, max_length=80)
    period: Period
    part: int = Field(1, ge=1, le=999, description="同一期次分几份公示时的序号")
    days: int = Field(LEAST_DAYS, ge=LEAST_DAYS, le=30, description="公示期，工作日")
    numbers: tuple[str, ...] | None = Field(None, min_length=1, max_length=MOST_ENTRIES, description="申报编号")
    withheld: tuple[WithheldForm, ...] = Field((), max_length=MOST_ENTRIES)


def key_of(item_code: str, period: str, part: int) -> str:
    """An announcement's."""
    return f"{item_code}.{period}.{part}"


async def announce(runtime: Runtime, form: AnnouncementForm, actor: Actor, sent: str | None) -> Receipt:
    """The same key is the same announcement, though all of them are announced by then.

    Raises `Refused` with everything that is wrong with any of them.
    """
    key = key_of(form.item_code, form.period, form.part)
    asked = AnnounceResults(**form.model_dump(exclude={"part"}))
    if repeated := await runtime.repeat_of(announcement, key, asked, actor, sent):
        return repeated
    offer = await runtime.reads.one(OfferRow, form.item_code)
    if offer is None:
        raise Refused("application.item-unknown", "没有找到这个事项，请核对事项编号。", because=Because.NOT_FOUND)
    numbers = form.numbers if form.numbers is not None else await _approved(runtime, form)
    entries, errors = await _entries(runtime, form, numbers)
    if errors:
        title = f"公示有{len(errors)}处需要改正。"
        raise Refused("application.announcement-invalid", title, errors, Because.INVALID)
    of_item = {name: getattr(offer, name) for name in ("item_id", "item_code", "item_title", "department")}
    command = asked.model_copy(update=of_item | {"entries": tuple(entries)})
    each = [(application, entry.number, _announcing(key, form.days, entry)) for entry in entries]
    commands: list[Given] = [(announcement, key, command), *each]
    return (await runtime.execute_together(commands, actor, idempotency_key=sent))[0]


def _announcing(key: str, days: int, entry: Entry) -> AnnounceResult:
    return AnnounceResult(announcement=key, days=days, withheld=entry.withheld is not None)


async def _approved(runtime: Runtime, form: AnnouncementForm) -> list[str]:
    await at_present(runtime)
    query = (
        select(ApplicationRow)
        .where(ApplicationRow.item_code == form.item_code, ApplicationRow.status == "reviewed")
        .where(col(ApplicationRow.granted_fen).is_not(None), col(ApplicationRow.announcement).is_(None))
        .where(or_(col(ApplicationRow.period).is_(None), ApplicationRow.period == form.period))
        .where(col(ApplicationRow.payment).is_(None))  # on no plan, or dropped from it
        .order_by(col(ApplicationRow.number))
        .limit(MOST_ENTRIES)
    )
    return [row.number for row in await runtime.reads.all(ApplicationRow, query)]


async def _entries(runtime: Runtime, form: AnnouncementForm, numbers: Any) -> tuple[list[Entry], list[FieldError]]:
    withheld = {each.number: each for each in form.withheld}
    errors = [
        FieldError(field=f"withheld.{number}", code="unknown", message=f"“{number}”不在这份公示中。")
        for number in withheld.keys() - set(numbers)
    ]
    entries: list[Entry] = []
    for number in dict.fromkeys(numbers):
        state: ApplicationState | None = await runtime.state(application, number)
        if wrong := await _cannot(runtime, form, number, state):
            errors.append(FieldError(field=f"numbers.{number}", code="not-to-announce", message=wrong))
            continue
        assert state is not None  # noqa: S101 - it was looked at
        kept = withheld.get(number)
        entries.append(
            Entry(
                number=number,
                enterprise=state.submitted.enterprise,
                name=await _name(runtime, state.submitted.enterprise),
                amount_fen=state.granted_fen or 0,
                withheld=kept.ground if kept else None,
                reason=kept.reason if kept else "",
            )
        )
    return entries, errors


async def _cannot(runtime: Runtime, form: AnnouncementForm, number: str, state: ApplicationState | None) -> str | None:
    if state is None or state.submitted.item_code != form.item_code:
        return f"该事项没有编号为“{number}”的申报。"
    if state.submitted.period not in (None, form.period):
        return f"申报“{number}”是{state.submitted.period}期的，请在该期次的公示中列出。"
    if state.stage != "reviewed" or not state.approved:
        return f"申报“{number}”没有通过审核。"
    if state.announcement is not None:
        return f"申报“{number}”已在公示“{state.announcement}”中。"
    planned: PaymentState | None = await runtime.state(payment, number)
    if planned is not None and planned.status != "dropped":
        return f"申报“{number}”已列入拨付计划“{planned.planned.plan}”，不能再公示。"
    return None


async def _name(runtime: Runtime, uscc: str) -> str:
    known = await runtime.reads.one(KnownEnterpriseRow, uscc)
    return known.name if known else uscc


async def decide_objection(runtime: Runtime, key: str, command: DecideObjection, actor: Actor) -> Receipt:
    """Upheld, what it removes loses its approval in the same transaction. Raises `Refused`."""
    reason = f"公示期间的异议成立：{command.reason}"
    each = [(application, number, RevokeApproval(reason=reason)) for number in dict.fromkeys(command.removed)]
    commands: list[Given] = [(announcement, key, command), *each]
    return (await runtime.execute_together(commands, actor))[0]


async def confirm(runtime: Runtime, key: str, actor: Actor) -> Receipt:
    """What stands becomes final, with each application's own step. Raises `Refused`."""
    state: AnnouncementState | None = await runtime.state(announcement, key)
    standing = state.standing if state and state.status == "ended" else ()
    period = state.announced.period if state else ""
    each = [
        (
            application,
            entry.number,
            ConfirmResult(announcement=key, period=period, name=entry.name, withheld=entry.withheld is not None),
        )
        for entry in standing
    ]
    commands: list[Given] = [(announcement, key, ConfirmResults()), *each]
    return (await runtime.execute_together(commands, actor))[0]
