"""Who acts at a door: the person who is signed in, or a clerk at the counter for the enterprise of a visit."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from services.application.counter.visiting import is_clerk, within
from services.application.decider.visit import visit_required
from shared.http.asking import Here, Somebody
from shared.security.actor import Actor

VisitKey = Annotated[str | None, Query(max_length=40, description="窗口人员代办时填写窗口办理编号")]


async def _preparing(runtime: Here, actor: Somebody, visit: VisitKey = None) -> Actor:
    return await within(runtime, actor, visit, "apply")


async def _uploading(runtime: Here, actor: Somebody, visit: VisitKey = None) -> Actor:
    if visit is None and is_clerk(actor):
        raise visit_required()
    return await within(runtime, actor, visit, None)  # the signed consent is scanned before there is consent


async def _looking(runtime: Here, actor: Somebody, visit: VisitKey = None) -> Actor:
    if visit is None and is_clerk(actor):
        raise visit_required()
    return await within(runtime, actor, visit, "prefill")


Preparing = Annotated[Actor, Depends(_preparing)]
Uploading = Annotated[Actor, Depends(_uploading)]
Looking = Annotated[Actor, Depends(_looking)]
