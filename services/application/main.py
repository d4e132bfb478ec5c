"""Application's table of contents, and the only place that wires it."""

from __future__ import annotations

from services.application.api import router
from services.application.deadlines import deadlines
from services.application.decider import application
from services.application.decider.grant import grant
from services.application.decider.grant_list import grant_list
from services.application.publishing import publish
from services.application.reactions import reactions
from services.application.readmodels.grants import GrantLists, Grants, KnownEnterprises
from services.application.readmodels.offers import Offers
from services.application.readmodels.track import Track
from shared.runtime.service import Service

service = Service(
    name="application",
    title="申报",
    summary="申报、受理、一次性补正、审核与限时督办；免申即享的名单、推送、确认与扶持名单。",
    router=router,
    publish=publish,
    deciders=(application, grant_list, grant),
    read_models=(Offers(), Track(), KnownEnterprises(), GrantLists(), Grants()),
    reactions=reactions,
    deadlines=deadlines,
)
