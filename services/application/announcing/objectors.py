"""Who has objected, in clear: for the department that looks into it, and for the platform's own text message."""

from __future__ import annotations

import re
import unicodedata

from pydantic import BaseModel, Field

from services.application.decider.announcement import AnnouncementState, ShowObjector, announcement, contact_of
from shared.eventstore.decider import Because, Refused
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role
from shared.security.personal import ErasedError

_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


class Objector(BaseModel):
    """How whoever objected can be reached. `phone`: the mobile number in it, where there is one."""

    contact: str = Field(description="异议人留下的联系方式")
    phone: str | None = Field(description="其中的手机号码")


async def objector_of(runtime: Runtime, key: str, objection: int, actor: Actor) -> Objector:
    """Who has looked is recorded first; the platform itself, which sends a text, leaves its record with the message.

    Raises `Refused`.
    """
    if not actor.has(Role.SYSTEM):
        await runtime.execute(announcement, key, ShowObjector(objection=objection), actor)
    state: AnnouncementState | None = await runtime.state(announcement, key)
    sealed = contact_of(state, objection)
    try:
        contact = await runtime.in_thread(runtime.vault.open, sealed)
    except ErasedError as error:
        title = "异议人的联系方式已按要求删除，无法再查看。"
        raise Refused("application.objector-erased", title, because=Because.NOT_FOUND) from error
    return Objector(contact=contact, phone=mobile_in(contact))


def mobile_in(contact: str) -> str | None:
    """The first mobile number in what somebody wrote."""
    plain = unicodedata.normalize("NFKC", contact)
    joined = re.sub(r"(?<=\d)[ -](?=\d)", "", plain)  # 199 0000 0001; but two numbers side by side are two
    found = _MOBILE.search(plain) or _MOBILE.search(joined)
    return found[0] if found else None
