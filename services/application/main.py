"""Application's table of contents, and the only place that wires it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
from services.application.decider.payment import payment
from services.application.decider.payment_plan import payment_plan
from services.application.decider.ranking import ranking
from services.application.decider.scheme import scheme
from services.application.decider.system import system
from services.application.decider.turn import turn
from services.application.partners import Partners
from services.application.payments.funds import HttpFundPlatform
from services.application.publishing import publish
from services.application.reactions import reactions
from services.application.readmodels.announcements import Announcements, KnownDepartments, Results
from services.application.readmodels.delegations import Delegations
from services.application.readmodels.drafts import Drafts
from services.application.readmodels.facts import FactDefinitions, KnownFacts
from services.application.readmodels.grants import GrantLists, Grants, KnownEnterprises
from services.application.readmodels.offers import Offers
from services.application.readmodels.opinions import Opinions
from services.application.readmodels.payments import PaymentPlans, Payments
from services.application.readmodels.systems import Handlings, Systems
from services.application.readmodels.track import Track
from services.application.stamping.stamps import DevelopmentStamps, HttpStamps
from shared.runtime.service import Runtime, Service

ANSWER_SECONDS = 10.0  # of one request to a partner; with a round of payments below the time of a claim


@asynccontextmanager
async def wired(runtime: Runtime) -> AsyncIterator[Partners]:
    """Connections to the fund platform, if there is one, and to whoever signs."""
    settings = runtime.settings
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
        yield Partners(
            funds=HttpFundPlatform(client, settings.fund_url, settings.fund_token) if settings.fund_url else None,
            stamps=HttpStamps(client, settings.stamp_url, settings.stamp_token)
            if settings.stamp_url
            else DevelopmentStamps(settings.require_secret()),
        )


service = Service(
    name="application",
    title="申报",
    summary="表单与草稿、数据填充与比对；办理方案、名额与预算；申报、受理、一次性补正、分步骤审核、电子印章、排序与限时督办；结果公示、异议与开放数据；免申即享的名单、推送、确认与扶持名单；资金拨付计划、拨付与对账；部门自建系统接入、接办与结果回传。",
    router=router,
    publish=publish,
    deciders=(
        application,
        delegation,
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
    ),
    read_models=(
        Offers(),
        Track(),
        Drafts(),
        Delegations(),
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
    ),
    reactions=reactions,
    deadlines=deadlines,
    resources=wired,
)
