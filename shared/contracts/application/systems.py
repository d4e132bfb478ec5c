"""Published by application: departments' own systems, and what they do with applications (articles 6(4), 9(2))."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from shared.contracts.application.base import OfApplication
from shared.contracts.base import Published


class _OfSystem(Published):
    """`system_id` is the client id."""

    system_id: str
    system_name: str
    department: str


class SystemRequested(_OfSystem):
    """A department wants its own system connected. `items`: codes that it takes over, none for all."""

    TYPE: ClassVar[str] = "application.system-requested"
    TITLE: ClassVar[str] = "部门系统申请接入"

    items: tuple[str, ...]


class SystemApproved(_OfSystem):
    """The data bureau has connected it (article 6(4))."""

    TYPE: ClassVar[str] = "application.system-approved"
    TITLE: ClassVar[str] = "部门系统已获准接入"


class SystemDeclined(_OfSystem):
    """The data bureau has not connected it."""

    TYPE: ClassVar[str] = "application.system-declined"
    TITLE: ClassVar[str] = "部门系统未获准接入"

    reason: str


class SystemSecretIssued(_OfSystem):
    """The department has drawn a new secret; earlier ones hold until `earlier_until`."""

    TYPE: ClassVar[str] = "application.system-secret-issued"
    TITLE: ClassVar[str] = "部门系统密钥已签发"

    earlier_until: datetime


class SystemSuspended(_OfSystem):
    """Nothing is open to it until it is resumed; people do meanwhile what it had taken."""

    TYPE: ClassVar[str] = "application.system-suspended"
    TITLE: ClassVar[str] = "部门系统已暂停接入"

    reason: str


class SystemResumed(_OfSystem):
    """It is connected again."""

    TYPE: ClassVar[str] = "application.system-resumed"
    TITLE: ClassVar[str] = "部门系统已恢复接入"


class SystemEnded(_OfSystem):
    """It is connected no more, for good."""

    TYPE: ClassVar[str] = "application.system-ended"
    TITLE: ClassVar[str] = "部门系统已终止接入"

    reason: str


class _OfHandling(OfApplication):
    """`part`: `acceptance`, `review`, or `step:` and the step's key; `part_title` its name; `of_department` whose it is."""

    part: str
    part_title: str
    of_department: str
    system_id: str
    system_name: str


class HandlingTaken(_OfHandling):
    """The system alone does this part from now on."""

    TYPE: ClassVar[str] = "application.handling-taken"
    TITLE: ClassVar[str] = "部门系统已接办"


class ProgressReported(_OfHandling):
    """How far the system is, in words for the applicant."""

    TYPE: ClassVar[str] = "application.progress-reported"
    TITLE: ClassVar[str] = "办理进展已通报"

    text: str
    stage_name: str | None


class HandlingReleased(_OfHandling):
    """People do it again: given back by the system, taken back by people, or the system is not connected."""

    TYPE: ClassVar[str] = "application.handling-released"
    TITLE: ClassVar[str] = "部门系统接办已解除"

    why: Literal["given-back", "taken-back", "not-connected"]
    reason: str
