"""Registry's table of contents, and the only place that wires it."""

from __future__ import annotations

from services.registry.api import router
from services.registry.deadlines import deadlines
from services.registry.decider import code_list, department, enterprise, fact
from services.registry.publishing import publish
from services.registry.reactions import reactions
from services.registry.readmodels.directory import Directory
from services.registry.readmodels.facts import Facts
from services.registry.readmodels.profiles import Profiles
from shared.runtime.service import Service

service = Service(
    name="registry",
    title="登记",
    summary="部门、企业及其画像、代码表。",
    router=router,
    publish=publish,
    deciders=(department, enterprise, code_list, fact),
    read_models=(Directory(), Profiles(), Facts()),
    reactions=reactions,
    deadlines=deadlines,
)
