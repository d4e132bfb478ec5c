"""A rating (好差评): given once, moderated, replied to, and followed up when it is bad; pure.

Nothing is ever rated by default: a matter without a rating is a matter that was not rated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from pydantic import ConfigDict, Field

from services.hotline.decider.following import (
    BeginFollowUp,
    ExtendFollowUp,
    FollowUpCommand,
    RaiseFollowUpDueSoon,
    RaiseFollowUpOverdue,
    RecomputeFollowUp,
    RecordFollowUp,
    begin,
    follow,
    opening,
)
from services.hotline.decider.ratingstate import RatingState, named, serves
from services.hotline.decider.rights import not_yours, require_platform
from services.hotline.events.rating import (
    FollowUpBegun,
    FollowUpDueSoon,
    FollowUpExtended,
    FollowUpOverdue,
    FollowUpRecomputed,
    FollowUpRecorded,
    Matter,
    RatingApproved,
    RatingCounted,
    RatingGiven,
    RatingHidden,
    RatingPassedOn,
    RatingReplied,
    VisitRecorded,
)
from shared.contracts.hotline import Grade, RatingChannel
from shared.eventstore.decider import Because, Command, Context, Decider, FieldError, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Actor, Role

MOST_A_DAY = 20
MOST_TAGS = 5
MOST_CHARACTERS = 1000
VISIT_DAYS = 30  # for which a counter visit can be rated
COUNTER_STAFF = (Role.COUNTER_CLERK, Role.OFFICER, Role.REVIEWER, Role.DEPARTMENT_HEAD)


class GiveRating(Command):
    """Rate a finished matter. `known_tags` and `follow_up_days` (working days) are what the settings say."""

    model_config = ConfigDict(str_strip_whitespace=True)

    matter: Matter
    grade: Grade
    tags: tuple[str, ...] = ()
    text: str = Field("", max_length=MOST_CHARACTERS)
    anonymous: bool = False
    open: bool = True
    known_tags: tuple[str, ...]
    follow_up_days: int
    own: bool = False  # the matter is the person's who rates, as their mark on the ticket says


class PassRatingOn(Command):
    """The ticket has heard of it."""


class ApproveRating(Command):
    """Let everybody read it."""


class HideRating(Command):
    """Keep it from the public."""

    model_config = ConfigDict(str_strip_whitespace=True)

    reason: str = Field("", max_length=1000)


class ReplyToRating(Command):
    """Answer the rater."""

    model_config = ConfigDict(str_strip_whitespace=True)

    text: str = Field("", max_length=5000)


RatingCommand = GiveRating | PassRatingOn | ApproveRating | HideRating | ReplyToRating | FollowUpCommand


def may_rate(actor: Actor, matter: Matter, *, own: bool = False) -> RatingChannel | None:
    """By what channel the actor may rate the matter, which may be `own`; None when they may not."""
    if matter.kind == "counter":
        return "counter"  # who knows the number holds it
    if own:
        return "platform"
    if matter.enterprise is not None and actor.has(Role.APPLICANT) and actor.enterprise == matter.enterprise:
        return "platform"
    if matter.kind == "ticket" and actor.has(Role.HOTLINE_AGENT):
        return "phone"  # asked back by telephone (回访)
    return None


def decide(state: RatingState | None, command: RatingCommand, context: Context) -> Sequence[Event]:
    """Given once by whom the matter belongs to; everything else needs a rating."""
    if isinstance(command, GiveRating):
        return _give(state, command, context)
    if state is None:
        raise Refused("hotline.rating-unknown", "这件事还没有评价，请核对编号。", because=Because.NOT_FOUND)
    match command:
        case ApproveRating():
            _require_moderator(state, context.actor)
            return [RatingApproved(**named(state))] if state.status != "approved" else []
        case HideRating(reason=reason):
            _require_moderator(state, context.actor)
            return _hide(state, reason, context.actor)
        case ReplyToRating(text=text):
            if not serves(context.actor, state.given.matter.department):
                not_yours("只有被评价的部门可以回复评价，请联系该部门。")
            if not text:
                raise invalid([missing("text", "请填写回复内容。")])
            return [RatingReplied(**named(state), text=text)] if text != state.reply else []
        case PassRatingOn():
            require_platform(context)
            return [] if state.passed_on else [RatingPassedOn(**named(state))]
        case BeginFollowUp():
            return begin(state, command, context)
        case _:
            return follow(state, command, context)


def _give(state: RatingState | None, command: GiveRating, context: Context) -> Sequence[Event]:
    matter = command.matter
    channel = may_rate(context.actor, matter, own=command.own)
    if channel is None:
        not_yours("只能评价本企业的诉求和申报，请以提出诉求或申报的企业账号登录。")
    said: dict[str, Any] = command.model_dump(include={"grade", "anonymous", "tags", "text", "open"})
    if state is not None:
        given = state.given
        if all(getattr(given, name) == value for name, value in said.items()):
            return []
        raise Refused("hotline.already-rated", f"这件事已于{given.given_on}评价，每件事只评价一次。")
    if context.today > matter.finished_on + timedelta(VISIT_DAYS) and matter.kind == "counter":
        raise Refused("hotline.rating-too-late", f"窗口办事请在{VISIT_DAYS}天内评价，如有意见请拨打12345反映。")
    unknown = [tag for tag in command.tags if tag not in command.known_tags]
    errors = [
        FieldError(field="tags", code="unknown", message=f"没有“{tag}”这个评价标签，请从列表中选择。")
        for tag in unknown
    ]
    if len(command.tags) > MOST_TAGS or len(set(command.tags)) < len(command.tags):
        message = f"评价标签最多选{MOST_TAGS}个，且不能重复，请重新选择。"
        errors.append(FieldError(field="tags", code="too-many", message=message))
    if errors:
        raise invalid(errors)
    given = RatingGiven(**said, matter=matter, channel=channel, given_on=context.today)
    # What a ticket's bad rating leads to is decided by whoever revisits it (ratings/following.py).
    if command.grade > 2 or matter.kind == "ticket":
        return [given]
    return [given, opening(RatingState(given=given), command.follow_up_days, context)]


def _hide(state: RatingState, reason: str, actor: Actor) -> Sequence[Event]:
    if state.given.grade <= 2 and not actor.has(Role.DATA_BUREAU):
        not_yours("差评不能由被评价的部门自行隐藏，确有不宜公开的内容，请报市数政局办理。")
    if not reason:
        raise invalid([missing("reason", "请写明不予公开的理由。")])
    return [RatingHidden(**named(state), reason=reason)] if (state.status, state.reason) != ("hidden", reason) else []


def _require_moderator(state: RatingState, actor: Actor) -> None:
    reviewer = actor.has(Role.REVIEWER, Role.DEPARTMENT_HEAD) and serves(actor, state.given.matter.department)
    if not reviewer and not actor.has(Role.DATA_BUREAU):
        not_yours("评价由被评价部门的审核人员或市数政局审核，请联系他们办理。")


def missing(field: str, message: str) -> FieldError:
    """Something that has to be there."""
    return FieldError(field=field, code="missing", message=message)


def invalid(errors: Sequence[FieldError]) -> Refused:
    """A refusal that names everything."""
    return Refused("hotline.rating-invalid", f"有{len(errors)}处需要改正，请改正后重新提交。", errors, Because.INVALID)


def evolve(state: RatingState | None, event: Event) -> RatingState:
    """The rating after an event."""
    if isinstance(event, RatingGiven):
        return RatingState(given=event)
    assert state is not None  # noqa: S101 - nothing happens to a rating before it is given
    changes: dict[str, Any] = {}
    match event:
        case RatingApproved():
            changes = {"status": "approved", "reason": ""}
        case RatingPassedOn():
            changes = {"passed_on": True}
        case RatingHidden(reason=reason):
            changes = {"status": "hidden", "reason": reason}
        case RatingReplied(text=text):
            changes = {"reply": text}
        case FollowUpBegun() | FollowUpRecomputed():
            changes = {"clock": event.clock, "warn_on": event.warn_on}
        case FollowUpExtended():
            changes = {"clock": event.clock, "warn_on": event.warn_on, "extended": True, "warned": False}
        case FollowUpDueSoon():
            changes = {"warned": True}
        case FollowUpOverdue():
            changes = {"overdue": True}
        case FollowUpRecorded():
            changes = {"recorded": event}
    return state.model_copy(update=changes)


# How many somebody gives on a day ------------------------------------------------------------------------------------


class CountRating(Command):
    """Count a rating for the day of who gives it."""

    rating: str


class RatingsOfDay(State):
    """The ratings of a person's or an enterprise's day."""

    ratings: tuple[str, ...] = ()


def decide_count(state: RatingsOfDay | None, command: CountRating, _context: Context) -> Sequence[Event]:
    """Twenty a day; the same again counts once."""
    known = state.ratings if state else ()
    if command.rating in known:
        return []
    if len(known) >= MOST_A_DAY:
        raise Refused("hotline.too-many-ratings", f"每天最多评价{MOST_A_DAY}件事，请明天再评价。")
    return [RatingCounted(rating=command.rating)]


def evolve_count(state: RatingsOfDay | None, event: Event) -> RatingsOfDay:
    """The day after an event."""
    assert isinstance(event, RatingCounted)  # noqa: S101 - the aggregate has no other event
    return RatingsOfDay(ratings=(*(state.ratings if state else ()), event.rating))


# Visits at a counter -------------------------------------------------------------------------------------------------


class RecordVisit(Command):
    """Somebody was served at the counter of a department."""

    model_config = ConfigDict(str_strip_whitespace=True)

    number: str
    department: str
    about: str = Field(min_length=1, max_length=100)
    day: date


class VisitState(State):
    """A visit."""

    visit: VisitRecorded


def decide_visit(state: VisitState | None, command: RecordVisit, context: Context) -> Sequence[Event]:
    """Recorded once, by the department's own staff, on the day or up to a week later; or by the platform, which has heard of
    the visit's end."""
    told = context.actor.has(Role.SYSTEM)
    if not told and not (context.actor.has(*COUNTER_STAFF) and context.actor.department == command.department):
        not_yours("窗口办事由本部门窗口人员登记，请用本部门账号登录。")
    visit = VisitRecorded(**command.model_dump())
    if state is not None:
        if state.visit == visit:
            return []
        raise Refused("hotline.visit-differs", "该评价编号已用于另一次办事，请重新登记。")
    if not told and not context.today - timedelta(7) <= command.day <= context.today:
        errors = [FieldError(field="day", code="out-of-range", message="办事日期须在今天及之前7天内，请核对。")]
        raise invalid(errors)
    return [visit]


def evolve_visit(_state: VisitState | None, event: Event) -> VisitState:
    """The visit after an event."""
    assert isinstance(event, VisitRecorded)  # noqa: S101 - the aggregate has no other event
    return VisitState(visit=event)


rating = Decider("rating", RatingState, decide, evolve)
rater = Decider("rater", RatingsOfDay, decide_count, evolve_count)
visit = Decider("visit", VisitState, decide_visit, evolve_visit)
__all__ = [
    "BeginFollowUp",
    "ExtendFollowUp",
    "RaiseFollowUpDueSoon",
    "RaiseFollowUpOverdue",
    "RecomputeFollowUp",
    "RecordFollowUp",
]
