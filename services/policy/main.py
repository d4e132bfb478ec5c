"""Policy's table of contents, and the only place that wires it."""

from __future__ import annotations

from services.policy.api import router
from services.policy.deadlines import deadlines
from services.policy.decider import document, item
from services.policy.decider.article import article
from services.policy.decider.assessment import assessment
from services.policy.decider.comment import comment, comments
from services.policy.decider.consultation import consultation
from services.policy.decider.evidence import evidence
from services.policy.decider.interest import interest
from services.policy.decider.matching import matching
from services.policy.decider.named_condition import named_condition
from services.policy.decider.opinion import opinion
from services.policy.decider.policy_list import policy_list
from services.policy.decider.push import push
from services.policy.decider.roll import roll
from services.policy.decider.saved_search import saved_hits, saved_searches
from services.policy.decider.synonyms import synonym_list
from services.policy.decider.views import views
from services.policy.publishing import publish
from services.policy.reactions import reactions
from services.policy.readmodels.articles import Articles
from services.policy.readmodels.assessments import Assessments
from services.policy.readmodels.catalogue import Catalogue
from services.policy.readmodels.comments import Comments
from services.policy.readmodels.conditions import NamedConditions
from services.policy.readmodels.consultations import Consultations, Opinions
from services.policy.readmodels.interests import Applied, Interests, Pushes
from services.policy.readmodels.lists import PolicyLists
from services.policy.readmodels.profiles import Profiles
from services.policy.readmodels.saved_searches import SavedSearches, Synonyms
from services.policy.readmodels.search import Search
from services.policy.readmodels.versions import Versions
from services.policy.resources import open_resources
from shared.runtime.service import Service

service = Service(
    name="policy",
    title="政策",
    summary="惠企政策文件、事项与申报指南；精准匹配与智能推送。",
    router=router,
    publish=publish,
    deciders=(
        document,
        item,
        policy_list,
        named_condition,
        interest,
        evidence,
        roll,
        matching,
        push,
        saved_searches,
        saved_hits,
        synonym_list,
        consultation,
        opinion,
        article,
        comments,
        comment,
        views,
        assessment,
    ),
    read_models=(
        Catalogue(),
        Versions(),
        PolicyLists(),
        NamedConditions(),
        Profiles(),
        Interests(),
        Pushes(),
        Applied(),
        Search(),
        SavedSearches(),
        Synonyms(),
        Consultations(),
        Opinions(),
        Articles(),
        Comments(),
        Assessments(),
    ),
    reactions=reactions,
    deadlines=deadlines,
    resources=open_resources,
)
