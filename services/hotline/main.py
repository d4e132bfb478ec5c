"""Hotline's table of contents, and the only place that wires it."""

from __future__ import annotations

from services.hotline.api import router
from services.hotline.deadlines import deadlines
from services.hotline.decider import ticket
from services.hotline.decider.hotspot import hot_spots
from services.hotline.decider.live import live
from services.hotline.decider.meeting import meeting
from services.hotline.decider.model import classifier, model
from services.hotline.decider.rating import rater, rating, visit
from services.hotline.decider.refusal import refusal
from services.hotline.decider.remark import remark
from services.hotline.decider.rules import handling_rules
from services.hotline.inbox.taking import inbox
from services.hotline.publishing import publish
from services.hotline.reactions import reactions
from services.hotline.readmodels.answers import Answers
from services.hotline.readmodels.applications import Applications
from services.hotline.readmodels.likeness import Likeness
from services.hotline.readmodels.live import LiveSessions, Remarks
from services.hotline.readmodels.matters import Matters
from services.hotline.readmodels.meetings import Meetings
from services.hotline.readmodels.models import Models
from services.hotline.readmodels.ratings import Ratings
from services.hotline.readmodels.refusals import Refusals
from services.hotline.readmodels.steps import Steps
from services.hotline.readmodels.tickets import Tickets
from services.hotline.resources import open_resources
from shared.runtime.service import Service

service = Service(
    name="hotline",
    title="诉求",
    summary="12345 热线与“一企来”专席的企业诉求：受理、派发、限时答复、互动区与督办，以及办结后的好差评。",
    router=router,
    publish=publish,
    deciders=(
        *(ticket, handling_rules, hot_spots, model, classifier, refusal),
        *(rating, rater, visit),
        *(live, remark, meeting),
    ),
    read_models=(
        *(Tickets(), Steps(), Answers(), Likeness(), Models(), Refusals()),
        *(Matters(), Ratings(), Applications()),
        *(LiveSessions(), Remarks(), Meetings()),
    ),
    reactions=reactions,
    inbox=inbox,
    deadlines=deadlines,
    resources=open_resources,
)
