"""Application's table of contents, and the only place that wires it."""

from __future__ import annotations

from services.application.api import router
from services.application.deadlines import deadlines
from services.application.decider import application
from services.application.publishing import publish
from services.application.reactions import reactions
from services.application.readmodels.offers import Offers
from services.application.readmodels.track import Track
from shared.runtime.service import Service

service = Service(
    name="application",
    title="申报",
    summary="申报、受理、一次性补正、审核与限时督办。",
    router=router,
    publish=publish,
    deciders=(application,),
    read_models=(Offers(), Track()),
    reactions=reactions,
    deadlines=deadlines,
)
