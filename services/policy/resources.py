"""What policy opens beside the platform's own parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.policy.matching.knowledge import KnowledgeCache
from services.policy.participation.views import ViewCounter, counting
from shared.runtime.service import Runtime


@dataclass
class Resources:
    """Found as `runtime.resources`."""

    knowledge: KnowledgeCache
    views: ViewCounter


@asynccontextmanager
async def open_resources(runtime: Runtime) -> AsyncIterator[Resources]:
    """For as long as the service runs."""
    async with counting(runtime) as views:
        yield Resources(knowledge=KnowledgeCache(runtime), views=views)
