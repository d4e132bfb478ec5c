"""What happened to a department's own system (部门自建系统): asked for, approved, suspended, ended; its secrets (article 6(4))."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from shared.eventstore.events import Event


class OfSystem(Event):
    """Which system; `system` is its client id."""

    system: str
    system_name: str
    department: str


class SystemRequested(OfSystem):
    """A department wants its system connected. `items`: codes that it takes over, none for all that the department takes part
    in; `office` and `phone` are those of the office that runs it."""

    TOPIC: ClassVar[str] = "application.system-requested"

    items: tuple[str, ...]
    office: str
    phone: str
    by: str


class SystemApproved(OfSystem):
    """The data bureau has approved (article 6(4): 协调对接); from now the department can draw its secret."""

    TOPIC: ClassVar[str] = "application.system-approved"

    by: str


class SystemDeclined(OfSystem):
    """The data bureau has not approved."""

    TOPIC: ClassVar[str] = "application.system-declined"

    reason: str
    by: str


class SystemSecretIssued(OfSystem):
    """A new secret, of which only the salted digest (SHA-256) is kept; earlier ones end at `earlier_until`."""

    TOPIC: ClassVar[str] = "application.system-secret-issued"

    salt: str
    digest: str
    earlier_until: datetime
    by: str


class SystemSuspended(OfSystem):
    """Nothing is open to it until it is resumed; what it had taken people may do meanwhile."""

    TOPIC: ClassVar[str] = "application.system-suspended"

    reason: str
    by: str


class SystemResumed(OfSystem):
    """Its doors are open again."""

    TOPIC: ClassVar[str] = "application.system-resumed"

    by: str


class SystemEnded(OfSystem):
    """It is connected no more, for good."""

    TOPIC: ClassVar[str] = "application.system-ended"

    reason: str
    by: str
