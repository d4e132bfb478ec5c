"""What happened to an application and to a grant when money for it was planned: from then on its result stands (article 20)."""

from __future__ import annotations

from typing import ClassVar

from services.application.events.application import OfApplication
from services.application.events.grant import OfGrant


class ApplicationPutOnPlan(OfApplication):
    """Its payment stands on `plan`, written together with this: it is neither announced nor revoked while it stands there."""

    TOPIC: ClassVar[str] = "application.application-put-on-plan"

    plan: str


class ApplicationTakenOffPlan(OfApplication):
    """Its payment was taken off `plan`."""

    TOPIC: ClassVar[str] = "application.application-taken-off-plan"

    plan: str


class GrantPutOnPlan(OfGrant):
    """Its payment stands on `plan`, written together with this, with the account that the enterprise has said last."""

    TOPIC: ClassVar[str] = "application.grant-put-on-plan"

    plan: str


class GrantTakenOffPlan(OfGrant):
    """Its payment was taken off `plan`."""

    TOPIC: ClassVar[str] = "application.grant-taken-off-plan"

    plan: str
