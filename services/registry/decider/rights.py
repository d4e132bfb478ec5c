"""Who may do what in registry."""

from __future__ import annotations

from services.registry.events import COMPUTED, ENTERPRISE, REGISTRATION
from shared.contracts.facts import Standing
from shared.eventstore.decider import Because, Context, Refused
from shared.security.actor import Actor, Role

MANAGERS = (Role.DATA_BUREAU, Role.OPERATOR, Role.SYSTEM)
OFFICERS = (Role.OFFICER, Role.DEPARTMENT_HEAD)


def require_manager(context: Context, what: str) -> None:
    """Refuses everybody but the data bureau and the platform."""
    if not context.actor.has(*MANAGERS):
        raise Refused(
            "registry.data-bureau-only", f"{what}由市数政局统一办理，请联系市数政局。", because=Because.FORBIDDEN
        )


def require_platform(context: Context) -> None:
    """Only the platform itself lets time pass."""
    if not context.actor.has(Role.SYSTEM):
        raise Refused("registry.platform-only", "这一步由平台自动办理，无需人工操作。", because=Because.FORBIDDEN)


def require_own(actor: Actor, uscc: str, what: str) -> None:
    """Refuses everybody but the enterprise itself."""
    if actor.enterprise != uscc:
        raise Refused(
            "registry.not-your-enterprise",
            f"只能{what}您本人所属企业的画像，请核对统一社会信用代码。",
            because=Because.FORBIDDEN,
        )


def require_source(context: Context, uscc: str, source: str) -> Standing:
    """Refuses who may not speak for a source; answers with the standing of what it says.

    An enterprise speaks for itself (`enterprise`, declared), officers for their department (verified), the data bureau
    for every department, and for the registration.
    """
    actor = context.actor
    if source == ENTERPRISE:
        require_own(actor, uscc, "申报")
        return "declared"
    if source == COMPUTED:
        raise Refused(
            "registry.computed",
            "这项内容由平台按其他事实计算得出，不能直接填写或撤回；请更正计算所依据的事实。",
            because=Because.FORBIDDEN,
        )
    own = actor.has(*OFFICERS) and source != REGISTRATION and actor.department == source
    if not own and not actor.has(*MANAGERS):
        raise Refused(
            "registry.not-your-source",
            "只能提供或更改本部门的数据，请核对来源部门，或联系市数政局办理。",
            because=Because.FORBIDDEN,
        )
    return "verified"
