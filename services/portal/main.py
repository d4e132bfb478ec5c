"""The portal's table of contents, and the only place that wires it."""

from __future__ import annotations

from services.portal.api import router
from services.portal.doors import doors
from shared.runtime.service import Service

service = Service(
    name="portal",
    title="门户",
    summary="统一入口与运行状态。",
    router=router,
    resources=doors,
)
