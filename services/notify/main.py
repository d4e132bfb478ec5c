"""Notify's table of contents, and the only place that wires it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from services.notify.api import router
from services.notify.commands import Texting
from services.notify.contacts import Contacts
from services.notify.deadlines import deadlines
from services.notify.decider import message
from services.notify.publishing import publish
from services.notify.reactions import reactions
from services.notify.readmodels.inbox import Inbox
from services.notify.sms import HttpSmsProvider
from shared.runtime.service import Runtime, Service
from shared.security.tokens import issue

PROVIDER_SECONDS = 10.0
CONTACT_SECONDS = 5.0  # both together stay below the time a deadline is claimed for
TOKEN_LASTS = timedelta(hours=12)


@asynccontextmanager
async def texting(runtime: Runtime) -> AsyncIterator[Texting]:
    """Connections to the SMS provider, if there is one, and to the services that keep the phone numbers."""
    settings = runtime.settings

    def token() -> str:
        return issue(
            runtime.itself, settings.require_secret(), runtime.clock.now(), TOKEN_LASTS * max(1.0, settings.clock_speed)
        )

    async with (
        # The other services are near: a proxy that the environment names is for the way out only.
        httpx.AsyncClient(timeout=CONTACT_SECONDS, trust_env=False) as near,
        httpx.AsyncClient(timeout=PROVIDER_SECONDS) as far,
    ):
        provider = HttpSmsProvider(far, settings.sms_url, settings.sms_token) if settings.sms_url else None
        yield Texting(provider, Contacts(near, settings.url_of, token))


service = Service(
    name="notify",
    title="消息",
    summary="收件箱、短信与回执。",
    router=router,
    publish=publish,
    deciders=(message,),
    read_models=(Inbox(),),
    reactions=reactions,
    deadlines=deadlines,
    resources=texting,
)
