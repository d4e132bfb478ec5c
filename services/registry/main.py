"""Registry's table of contents, and the only place that wires it."""

from __future__ import annotations

from services.registry.api import router
from services.registry.decider import code_list, department, enterprise
from services.registry.publishing import publish
from services.registry.reactions import reactions
from services.registry.readmodels.directory import Directory
from shared.runtime.service import Service

service = Service(
    name="registry",
    title="登记",
    summary="部门、企业与代码表。",
    router=router,
    publish=publish,
    deciders=(department, enterprise, code_list),
    read_models=(Directory(),),
    reactions=reactions,
)
