"""What policy does when something happens elsewhere."""

from __future__ import annotations

from services.policy.matching.pushing import consider_facts
from services.policy.participation import assessing
from services.policy.participation.articles import consider_withdrawn
from shared.messaging.reactions import Reaction

reactions: tuple[Reaction, ...] = (
    Reaction("facts", ("registry",), consider=consider_facts),
    Reaction("assessment", ("policy", "application", "hotline"), react=assessing.react),
    Reaction("articles", ("policy",), consider=consider_withdrawn),
)
