"""One of each event of matching."""

from __future__ import annotations

from datetime import date

from services.policy.conditions.language import Compare
from services.policy.events import matching as events
from shared.eventstore.events import Event
from tests.services.policy.matching.desk import FIRST, RD, SECOND, eligibility

DAY, CLOSES = date(2026, 3, 2), date(2026, 6, 30)
OF = {"code": "rd", "title": "研发补助（样例）", "department": "gxj"}
FOUND = events.MatchesFound(
    **OF, revision=2, level="met", enterprises=(FIRST,), digest=(SECOND,), amount_text="最高50万元", closes_on=CLOSES
)
CLOSING = events.ClosingSoon(**OF, closes_on=CLOSES, enterprises=(FIRST, SECOND))
DIGEST = events.DigestDue(
    uscc=FIRST, entries=(events.DigestEntry(code="rd", title="研发补助（样例）", level="nearly"),)
)
EVIDENCE = events.MatchRecorded(
    uscc=FIRST,
    code="rd",
    title="研发补助（样例）",
    revision=2,
    day=DAY,
    profile_version=7,
    verdict="met",
    eligibility=eligibility(RD, None),
    named={"strong": Compare(fact="rd_ratio", comparison=">=", value=300)},
    facts=(
        events.FactConsidered(
            key="rd_ratio", value=600, source="szj", standing="official", as_of=DAY, valid_until=None
        ),
    ),
)
NAMED = events.NamedConditionDefined(
    name="strong", title="研发强企业", rule=Compare(fact="rd_ratio", comparison=">=", value=300), version=1
)
EVENTS: list[tuple[str, Event]] = [
    ("push-rd--07", FOUND),
    ("push-rd--07", CLOSING),
    ("matching-rd", events.ItemMatched(code="rd", revision=2, met=3, nearly=1)),
    ("matching-days", events.DayMatched(day=DAY, items=12)),
    ("matching-rd", events.ClosingReminded(code="rd", closes_on=CLOSES)),
    (f"interest-{FIRST}", events.ItemMuted(uscc=FIRST, code="rd")),
    (f"interest-{FIRST}", events.ItemUnmuted(uscc=FIRST, code="rd")),
    (f"interest-{FIRST}", events.ThemeMuted(uscc=FIRST, theme="人才")),
    (f"interest-{FIRST}", events.ThemeUnmuted(uscc=FIRST, theme="人才")),
    (f"interest-{FIRST}", events.DeliveryChosen(uscc=FIRST, delivery="digest", reminders=False)),
    (f"interest-{FIRST}", DIGEST),
    (f"evidence-{FIRST}-rd-1", EVIDENCE),
    ("condition-strong", NAMED),
]
