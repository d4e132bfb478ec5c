"""The systems outside that application works with, as `main` has wired them."""

from __future__ import annotations

from dataclasses import dataclass

from services.application.grants.rolls import Rolls
from services.application.payments.funds import FundPlatform
from services.application.stamping.stamps import Stamps
from shared.runtime.service import Runtime


@dataclass(frozen=True)
class Partners:
    """`funds`: None where payments go by file."""

    funds: FundPlatform | None
    stamps: Stamps
    rolls: Rolls


def partners(runtime: Runtime) -> Partners:
    """Those of a running service."""
    found = runtime.resources
    assert isinstance(found, Partners)  # noqa: S101 - main gives them
    return found
