"""What analytics decides; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import Field

from services.analytics.events import BulletinPublished, DepartmentFigures
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role


class PublishBulletin(Command):
    """Freeze the figures of a period under a number."""

    number: str = Field(pattern=r"^[0-9]{4}-[0-9]{2,3}$", examples=["2026-01"])
    first_day: date
    last_day: date
    departments: tuple[DepartmentFigures, ...]


class BulletinState(State):
    published: BulletinPublished


def decide(state: BulletinState | None, command: PublishBulletin, context: Context) -> Sequence[Event]:
    """The data bureau publishes a bulletin once, for days that are over (article 25)."""
    if not context.actor.has(Role.DATA_BUREAU, Role.SYSTEM):
        raise Refused(
            "analytics.data-bureau-only", "运行数据通报由市数政局发布，请联系市数政局。", because=Because.FORBIDDEN
        )
    if state is not None:
        raise Refused("analytics.bulletin-exists", f"第{command.number}期通报已发布，发布后不再改动，请换一个期号。")
    errors = []
    if command.last_day < command.first_day:
        errors.append(FieldError(field="last_day", code="order", message="截止日期不能早于起始日期。"))
    if command.last_day >= context.today:
        errors.append(FieldError(field="last_day", code="not-over", message="只能通报已经结束的日期，请改为今天之前。"))
    if errors:
        title = f"通报内容有{len(errors)}处需要改正。"
        raise Refused("analytics.invalid-bulletin", title, errors, Because.INVALID)
    return [BulletinPublished(**command.model_dump())]


def evolve(_state: BulletinState | None, event: Event) -> BulletinState:
    assert isinstance(event, BulletinPublished)  # noqa: S101 - the aggregate has no other event
    return BulletinState(published=event)


bulletin = Decider("bulletin", BulletinState, decide, evolve)
