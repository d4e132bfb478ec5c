"""What an application's events amount to, and who may act on it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypedDict

from pydantic import Field

from services.application.decider.taken import Taken, taken_after
from services.application.definition.process import Process
from services.application.events import application as events
from services.application.events import payout, review
from shared.calendar import LimitClock
from shared.eventstore.decider import Because, Context, Refused, State
from shared.eventstore.events import Event
from shared.security.actor import Role

Stage = Literal["submitted", "accepted", "scored", "not-accepted", "reviewed", "withdrawn", "revoked"]
STAGES: dict[Stage, str] = {
    "submitted": "已提交，等待受理",
    "accepted": "已受理，正在审核",
    "scored": "已完成评分，等待排序",
    "not-accepted": "已告知不予受理",
    "reviewed": "已完成审核",
    "withdrawn": "已撤回",
    "revoked": "已因异议成立撤销通过决定",
}


class StepState(State):
    """A step that has begun, and the opinions given in it since it last began."""

    clock: LimitClock
    open: bool = True
    passed: bool = False
    overdue: bool = False
    score: float | None = None
    opinions: tuple[review.OpinionGiven, ...] = ()


class ApplicationState(State):
    """`noticed`: there has been a supplement notice; `unanswered`: it has no answer yet; `waiting_for_applicant`: nor is its `term`
    over; `reminded_of`: the last day of which the applicant was reminded. `reassigned`: steps that were given to other
    departments. `amounts`: what its own department has said that it is to have, step and fen, in the order in which it was said;
    without the steps undone. `taken`: what departments' own systems have taken over. `plan`: the payment plan that its money stands
    on; `account`, sealed, and `account_end`: where it shall go."""

    state_version: int = 9

    submitted: events.ApplicationSubmitted
    stage: Stage = "submitted"
    clock: LimitClock | None = None
    acceptance: LimitClock | None = None
    noticed: bool = False
    unanswered: bool = False
    waiting_for_applicant: bool = False
    term: LimitClock | None = None
    reminded_of: date | None = None
    unaccepted: bool = False
    overdue: bool = False
    due_soon_on: date | None = None
    steps: dict[str, StepState] = Field(default_factory=dict)
    reassigned: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    scored: review.ApplicationScored | None = None
    holding: bool = False
    answers: dict[str, Any] = Field(default_factory=dict)
    amounts: tuple[tuple[str, int], ...] = ()
    approved: bool = False
    granted_fen: int | None = None
    announcement: str | None = None
    taken: dict[str, Taken] = Field(default_factory=dict)
    final: bool = False
    account: str | None = None
    account_end: str = ""
    plan: str | None = None

    @property
    def process(self) -> Process | None:
        """The steps it was submitted under, with the departments that they have now."""
        process = self.submitted.process
        return Process.model_validate(process).reassigned(self.reassigned) if process else None

    @property
    def late(self) -> tuple[str, ...]:
        """The limits that were said to be over."""
        steps = (key for key, step in self.steps.items() if step.overdue and step.open)
        return (*(("acceptance",) if self.unaccepted else ()), *(("review",) if self.overdue else ()), *steps)

    @property
    def done(self) -> frozenset[str]:
        """Keys of the steps that are passed."""
        return frozenset(key for key, step in self.steps.items() if step.passed)

    @property
    def amount_fen(self) -> int | None:
        """What its own department said last that it is to have: the amount that the budget keeps for it."""
        return self.amounts[-1][1] if self.amounts else None


class About(TypedDict):
    """What every event of an application carries."""

    number: str
    item_id: str
    item_code: str
    item_title: str
    department: str
    enterprise: str


def about(state: ApplicationState) -> About:
    """The same for every event."""
    known = state.submitted
    return About(
        number=known.number,
        item_id=known.item_id,
        item_code=known.item_code,
        item_title=known.item_title,
        department=known.department,
        enterprise=known.enterprise,
    )


def evolve(state: ApplicationState | None, event: Event) -> ApplicationState:
    """The state after an event."""
    if isinstance(event, events.ApplicationSubmitted):
        return ApplicationState(
            submitted=event, acceptance=event.acceptance, holding=bool(event.holds), answers=event.answers
        )
    if state is None:
        raise ValueError(f"{event.TOPIC} before the application was submitted")
    changed = _changes(state, event) or _changes_of_review(state, event)
    return state.model_copy(update={"taken": taken_after(state.taken, event)} | changed)


def _changes(state: ApplicationState, event: Event) -> dict[str, object]:
    match event:
        case events.ApplicationAccepted(clock=clock):
            return {"stage": "accepted", "clock": clock}
        case events.ApplicationNotAccepted():
            return {"stage": "not-accepted", "waiting_for_applicant": False}
        case events.ApplicationWithdrawn():
            return {"stage": "withdrawn", "waiting_for_applicant": False}
        case events.AcceptanceOverdue():
            return {"unaccepted": True}
        case events.SupplementRequested(term=term):
            asked = {"noticed": True, "unanswered": True, "waiting_for_applicant": True, "term": term}
            return asked | _clocks(state, event)
        case events.SupplementDueSoon(due_on=due_on):
            return {"reminded_of": due_on}
        case events.SupplementLapsed():
            return {"waiting_for_applicant": False} | _clocks(state, event)
        case events.ApplicationSupplemented(answers=answers):
            changed = {} if answers is None else {"answers": answers}
            return {"unanswered": False, "waiting_for_applicant": False} | changed | _clocks(state, event)
        case events.ReviewCompleted(outcome=outcome, amount_fen=fen):
            return {"stage": "reviewed", "approved": outcome == "approved", "granted_fen": fen}
        case events.ResultAnnounced(announcement=key):
            return {"announcement": key}
        case events.ResultConfirmed():
            return {"final": True}
        case events.PayeeGiven(account=account, account_end=end):
            return {"account": account, "account_end": end}
        case payout.ApplicationPutOnPlan(plan=plan):
            return {"plan": plan}
        case payout.ApplicationTakenOffPlan():
            return {"plan": None}
        case events.ApprovalRevoked():
            return {"stage": "revoked", "approved": False, "granted_fen": None}
        case events.ReviewDueSoon(due_on=due_on):
            return {"due_soon_on": due_on}
        case events.ReviewOverdue():
            return {"overdue": True}
        case events.ReviewDeadlineRecomputed(clock=clock):
            return {"clock": clock, "due_soon_on": None}
        case events.LimitRecomputed():
            return _limit(state, event)
        case events.HoldsReleased():
            return {"holding": False}
    return {}


def _clocks(
    state: ApplicationState,
    event: events.SupplementRequested | events.ApplicationSupplemented | events.SupplementLapsed,
) -> dict[str, object]:
    steps = {
        key: step.model_copy(update={"clock": event.steps[key]}) if key in event.steps else step
        for key, step in state.steps.items()
    }
    return {"clock": event.clock, "acceptance": event.acceptance, "steps": steps, "due_soon_on": None}


def _limit(state: ApplicationState, event: events.LimitRecomputed) -> dict[str, object]:
    match event.limit:
        case "acceptance":
            return {"acceptance": event.clock}
        case "supplement":
            return {"term": event.clock}
    key = event.step or ""
    return {"steps": state.steps | {key: state.steps[key].model_copy(update={"clock": event.clock})}}


def _changes_of_review(state: ApplicationState, event: Event) -> dict[str, object]:
    match event:
        case review.StepStarted(step=key, clock=clock):
            return {"steps": state.steps | {key: StepState(clock=clock)}}
        case review.OpinionGiven(step=key):
            opinions = (*state.steps[key].opinions, event)
            steps = state.steps | {key: state.steps[key].model_copy(update={"opinions": opinions})}
            return {"steps": steps, "amounts": (*state.amounts, *_amount(state, event))}
        case review.StepConcluded(step=key, outcome=outcome, score=score):
            ended = {"open": False, "passed": outcome == "passed", "score": score}
            return {"steps": state.steps | {key: state.steps[key].model_copy(update=ended)}}
        case review.StepOverdue(step=key):
            return {"steps": state.steps | {key: state.steps[key].model_copy(update={"overdue": True})}}
        case review.ReturnedToStep(undone=undone):
            return {
                "steps": {key: step for key, step in state.steps.items() if key not in undone},
                "amounts": tuple((key, fen) for key, fen in state.amounts if key not in undone),
            }
        case review.StepReassigned(step=key, departments=departments):
            return {"reassigned": state.reassigned | {key: departments}}
        case review.ApplicationScored():
            return {"stage": "scored", "scored": event}
    return {}


def _amount(state: ApplicationState, given: review.OpinionGiven) -> tuple[tuple[str, int], ...]:
    """What an opinion adds to `amounts`."""
    if given.of_department != state.submitted.department or given.amount_fen is None:
        return ()
    return ((given.step, given.amount_fen),)


def require_stage(state: ApplicationState, *stages: Stage) -> None:
    """Refuses what cannot be done now, and says where the application stands."""
    if state.stage not in stages:
        raise Refused(
            "application.wrong-stage", f"这件申报{STAGES[state.stage]}，不能再办理这一步，请刷新后查看最新进度。"
        )


def require_department(state: ApplicationState, context: Context, *roles: Role) -> None:
    """Only the item's department works on an application."""
    if not context.actor.has(*roles) or context.actor.department != state.submitted.department:
        raise Refused(
            "application.not-your-department",
            f"这件申报由部门 {state.submitted.department} 办理，请由该部门的经办人员操作。",
            because=Because.FORBIDDEN,
        )


def require_answered(state: ApplicationState) -> None:
    """Refuses while the applicant has to supplement."""
    if state.waiting_for_applicant:
        raise Refused("application.waiting-for-applicant", "已要求企业补正，请等企业补正或者补正期满后再办理。")


def require_platform(context: Context) -> None:
    """Only the platform itself raises and recomputes."""
    if not context.actor.has(Role.SYSTEM):
        raise Refused("application.platform-only", "这一步由平台自动办理，无需人工操作。", because=Because.FORBIDDEN)
