"""Application's table of contents, and the only place that wires it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from services.application.api import router
from services.application.deadlines import deadlines
from services.application.decider import application
from services.application.decider.allotment import allotment
from services.application.decider.announcement import announcement
from services.application.decider.attachment import attachment
from services.application.decider.delegation import delegation
from services.application.decider.draft import draft
from services.application.decider.form import form
from services.application.decider.grant import grant
from services.application.decider.grant_list import grant_list
from services.application.decider.hall import hall
from services.application.decider.payment import payment
from services.application.decider.payment_plan import payment_plan
from services.application.decider.performance import performance
from services.application.decider.queue import queue
from services.application.decider.ranking import ranking
from services.application.decider.scheme import scheme
from services.application.decider.system import system
from services.application.decider.turn import turn
from services.application.decider.visit import visit
from services.application.grants.rolls import Rolls
from services.application.keeping import named
from services.application.partners import Partners
from services.application.payments.funds import HttpFundPlatform
from services.application.publishing import publish
from services.application.reactions import reactions
from services.application.readmodels.about_tickets import AboutTickets
from services.application.readmodels.announcements import Announcements, Results
from services.application.readmodels.counter import Halls, Visits
from services.application.readmodels.delegations import Delegations
from services.application.readmodels.departments import KnownDepartments
from services.application.readmodels.drafts import Drafts
from services.application.readmodels.facts import FactDefinitions, KnownFacts
from services.application.readmodels.grants import GrantLists, Grants, KnownEnterprises
from services.application.readmodels.offers import Offers
from services.application.readmodels.opinions import Opinions
from services.application.readmodels.payments import PaymentPlans, Payments
from services.application.readmodels.performance import KnownRatings, Performances
from services.application.readmodels.systems import Handlings, Systems
from services.application.readmodels.track import Track
from services.application.stamping.stamps import DevelopmentStamps, HttpStamps
from shared.runtime.service import Runtime, Service
from shared.security.tokens import issue

ANSWER_SECONDS = 10.0  # of one request to a partner; with a round of payments below the time of a claim
TOKEN_LASTS = timedelta(hours=12)


@asynccontextmanager
async def wired(runtime: Runtime) -> AsyncIterator[Partners]:
    """Connections to the fund platform, if there is one, to whoever signs, and to policy for its rolls."""
    settings = runtime.settings

    def token() -> str:
        lasts = TOKEN_LASTS * max(1.0, settings.clock_speed)
        return issue(runtime.itself, settings.require_secret(), runtime.clock.now(), lasts)

    async with (
        httpx.AsyncClient(timeout=ANSWER_SECONDS) as client,
        # Policy is near: a proxy that the environment names is for the way out only.
        httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as near,
    ):
        yield Partners(
            funds=HttpFundPlatform(client, settings.fund_url, settings.fund_token) if settings.fund_url else None,
            stamps=HttpStamps(client, settings.stamp_url, settings.stamp_token)
            if settings.stamp_url
            else DevelopmentStamps(settings.require_secret()),
            rolls=Rolls(near, lambda: settings.url_of("policy"), token),
        )


service = Service(
    name="application",
    title="申报",
    summary="表单与草稿、数据填充与比对；办理方案、名额与预算；申报、窗口代办、受理、一次性补正、分步骤审核、电子印章、排序与限时督办；结果公示、异议与开放数据；免申即享的名单、推送、确认与扶持名单；资金拨付计划、拨付与对账；资金绩效评价；部门自建系统接入、接办与结果回传。",
    router=router,
    publish=publish,
    deciders=(
        application,
        delegation,
        *(hall, queue, visit),
        system,
        form,
        draft,
        attachment,
        announcement,
        scheme,
        allotment,
        turn,
        ranking,
        grant_list,
        grant,
        payment_plan,
        payment,
        performance,
    ),
    read_models=(
        Offers(),
        Track(),
        Drafts(),
        Delegations(),
        *(Halls(), Visits(), AboutTickets()),
        Systems(),
        Handlings(),
        KnownFacts(),
        FactDefinitions(),
        Opinions(),
        Announcements(),
        Results(),
        KnownDepartments(),
        KnownEnterprises(),
        GrantLists(),
        Grants(),
        PaymentPlans(),
        Payments(),
        Performances(),
        KnownRatings(),
    ),
    reactions=reactions,
    deadlines=deadlines,
    resources=wired,
    objects_named=named,
)
