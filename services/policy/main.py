"""Policy's table of contents, and the only place that wires it."""

from __future__ import annotations

from services.policy.api import router
from services.policy.decider import document, item
from services.policy.publishing import publish
from services.policy.reactions import reactions
from services.policy.readmodels.catalogue import Catalogue
from shared.runtime.service import Service

service = Service(
    name="policy",
    title="政策",
    summary="惠企政策文件、事项与申报指南。",
    router=router,
    publish=publish,
    deciders=(document, item),
    read_models=(Catalogue(),),
    reactions=reactions,
)
