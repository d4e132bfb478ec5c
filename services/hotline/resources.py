"""What hotline opens beside the platform's own parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.hotline.classification.classifying import ClassifierInForce
from services.hotline.ruling import RulesInForce
from shared.runtime.service import Runtime


@dataclass
class Resources:
    """Found as `runtime.resources`."""

    rules: RulesInForce
    classifier: ClassifierInForce


@asynccontextmanager
async def open_resources(runtime: Runtime) -> AsyncIterator[Resources]:
    """For as long as the service runs."""
    yield Resources(rules=RulesInForce(runtime), classifier=ClassifierInForce(runtime))
