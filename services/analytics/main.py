"""Analytics' table of contents, and the only place that wires it."""

from __future__ import annotations

from services.analytics.api import router
from services.analytics.decider import bulletin
from services.analytics.publishing import publish
from services.analytics.reactions import reactions
from services.analytics.readmodels.bulletins import Bulletins
from services.analytics.readmodels.daily import Daily
from services.analytics.readmodels.visits import Visits
from shared.runtime.service import Service

service = Service(
    name="analytics",
    title="运行监测",
    summary="按日、按部门的运行数据与通报。",
    router=router,
    publish=publish,
    deciders=(bulletin,),
    read_models=(Daily(), Bulletins(), Visits()),
    reactions=reactions,
)
