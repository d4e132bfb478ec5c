"""Documents and items, whoever writes whatever in whatever order: what always holds of them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from services.policy.decider import AdoptItem, DraftAndPublishItem, DraftItem, PublishItem, document, item
from services.policy.decider.rights import EDITORS
from services.policy.events import DocumentPublished, DocumentRef, ItemDrafted, ItemPublished, Material, Window
from shared.calendar import civil_date
from shared.eventstore.decider import Refused
from shared.security.actor import Actor, Role, system
from tests.services.policy.catalogue import (
    BUREAU,
    FIXED,
    GUIDE,
    HEAD,
    OF_ANOTHER,
    OFFICER,
    REF,
    WITHHELD_REF,
    draft,
    publish,
)
from tests.support.living import WALKS, Life, somebody

NOBODY = (OF_ANOTHER, somebody(Role.REVIEWER, department="gxj"), somebody(Role.APPLICANT), somebody())
actors = st.sampled_from([OFFICER, HEAD, BUREAU, system("policy"), *NOBODY])
dates = st.none() | st.integers(-20, 20)


class DocumentLife(Life):
    """One number; the days on it and the day it comes in are any."""

    decider = document

    @rule(days=st.integers(1, 10))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days)

    @rule(
        actor=actors,
        decided=dates,
        issued=dates,
        effective=dates,
        disclosure=st.sampled_from(["public", "withheld"]),
        reason=st.sampled_from([None, "涉及商业秘密。"]),
        origin=st.sampled_from(["department", "catalogue"]),
        title=st.sampled_from(["", "技术改造扶持办法（样例）"]),
    )
    def somebody_publishes(
        self, actor: Actor, decided: int | None, issued: int | None, effective: int | None, **content: Any
    ) -> None:
        content["withheld_reason"] = content.pop("reason")
        named = {"decided_on": decided, "issued_on": issued, "effective_on": effective}
        self.give(publish(**content, **{field: self._day(days) for field, days in named.items()}), actor)

    @rule(actor=actors, within=st.integers(0, 6), origin=st.sampled_from(["department", "catalogue"]))
    def somebody_publishes_it_as_it_should_be(self, actor: Actor, within: int, origin: str) -> None:
        """Most days that are drawn at random contradict each other."""
        decided = self._day(-within)
        command = publish(decided_on=decided, issued_on=decided, effective_on=None, origin=origin)
        known = self.state
        outcome = self.give(command, actor)
        if known is None:
            assert isinstance(outcome, Refused) == (actor in NOBODY)

    def _day(self, days: int | None) -> date | None:
        return None if days is None else civil_date(self.now) + timedelta(days)

    @invariant()
    def it_is_published_once_by_its_department_or_the_bureau(self) -> None:
        assert self.kinds in ([], [DocumentPublished])
        for each in self.happened:
            actor = each.context.actor
            assert actor.has(*EDITORS)
            assert actor.department == each.event.department or actor.has(Role.DATA_BUREAU, Role.SYSTEM)

    @invariant()
    def its_last_day_is_three_working_days_after_the_decision_and_late_means_after_that(self) -> None:
        for each in self.happened:
            event, calendar = each.event, each.context.calendar
            if event.decided_on is None or event.disclosure == "withheld":
                assert (event.publish_due_on, event.late) == (None, False)
                continue
            day, counted = event.decided_on, 0
            while counted < 3:  # article 12
                day += timedelta(1)
                counted += calendar.is_working_day(day)
            assert event.publish_due_on == day
            assert event.late == (each.context.today > day)

    @invariant()
    def its_days_are_in_order_and_what_is_withheld_has_a_reason(self) -> None:
        for each in self.happened:
            event = each.event
            assert event.title
            assert event.decided_on is not None or event.origin == "catalogue"
            days = [day for day in (event.decided_on, event.issued_on, event.effective_on) if day is not None]
            assert days == sorted(days)
            assert event.decided_on is None or event.decided_on <= each.context.today
            assert event.disclosure == "public" or event.withheld_reason


guides = st.fixed_dictionaries(
    {},
    optional={
        "conditions": st.just(()),
        "materials": st.sampled_from([(), (Material(name="", required=True),), (Material(name="发票"),)]),
        "process": st.just(()),
        "promised_days": st.sampled_from([None, -1, 0, 1, 365, 366]),
        "office": st.none(),
        "phone": st.sampled_from([None, "请来电"]),
    },
)
windows = st.sampled_from(
    [
        None,
        FIXED,
        Window(kind="year-round"),
        Window(kind="year-round", opens_on=date(2026, 4, 1)),
        Window(kind="fixed", opens_on=date(2026, 6, 1), closes_on=date(2026, 5, 1)),
        Window(kind="fixed"),
    ]
)
references = st.sampled_from([None, REF, WITHHELD_REF, REF.model_copy(update={"id": "kjj-1", "department": "kjj"})])
changes = st.fixed_dictionaries(
    {},
    optional={
        "window": windows,
        "document": references,
        "department": st.just("kjj"),
        "title": st.sampled_from(["", "另一个名称（样例）"]),
        "procedure": st.none(),
        "amount_fen": st.sampled_from([None, -1, 0, 2**63 - 1]),
    },
)


class ItemLife(Life):
    """One code, with contents that lack one thing or another, drafted, adopted and published in any order."""

    decider = item

    @initialize(complete=st.booleans())
    def begin(self, complete: bool) -> None:
        if complete:
            self.give(draft(), OFFICER)

    @rule(
        kind=st.sampled_from([DraftItem, AdoptItem, DraftAndPublishItem]), actor=actors, changed=changes, guide=guides
    )
    def it_is_written(
        self, kind: type[DraftItem], actor: Actor, changed: dict[str, Any], guide: dict[str, Any]
    ) -> None:
        before = self.state
        outcome = self.give(draft(kind, **changed, guide={**GUIDE, **guide}), actor)
        if kind is AdoptItem and before is not None and not isinstance(outcome, Refused):
            assert outcome == (), "what a department has was taken over again"

    @rule(actor=actors, ref=references)
    def it_is_published(self, actor: Actor, ref: DocumentRef | None) -> None:
        self.give(PublishItem(document=ref), actor)

    @invariant()
    def it_is_published_once_and_stays_as_it_was_published(self) -> None:
        assert self.kinds.count(ItemPublished) <= 1
        assert ItemPublished not in self.kinds[:-1]
        assert not self.kinds or self.kinds[0] is ItemDrafted

    @invariant()
    def what_is_published_is_the_last_draft_with_everything_article_10_asks_for(self) -> None:
        for each in self.of(ItemPublished):
            event, last = each.event, self.of(ItemDrafted)[-1].event
            assert event.model_dump(exclude={"document"}) == last.model_dump(exclude={"document"})
            guide = event.guide
            assert all((event.title, event.support_type, guide.conditions, guide.process, guide.office, guide.phone))
            assert all(material.name and material.required is not None for material in guide.materials)
            assert guide.materials
            assert 1 <= guide.promised_days <= 365
            assert (event.amount_fen or 0) >= 0

    @invariant()
    def a_published_window_is_one_of_article_11(self) -> None:
        for each in self.of(ItemPublished):
            window = each.event.window
            if window.kind == "fixed":
                assert window.opens_on <= window.closes_on
            else:
                assert (window.opens_on, window.closes_on) == (None, None)

    @invariant()
    def it_stays_with_the_department_that_wrote_it_first(self) -> None:
        assert len({each.event.department for each in self.happened}) <= 1
        for each in self.happened:
            actor = each.context.actor
            assert actor.has(*EDITORS)
            assert actor.department == each.event.department or actor.has(Role.DATA_BUREAU, Role.SYSTEM)

    @invariant()
    def a_draft_says_something_new(self) -> None:
        drafts = [each.event for each in self.of(ItemDrafted)]
        assert all(before != after for before, after in pairwise(drafts))

    @invariant()
    def no_department_writes_on_what_another_withholds(self) -> None:
        for each in self.of(ItemDrafted):
            ref, actor = each.event.document, each.context.actor
            if ref is not None and ref.disclosure == "withheld":
                assert actor.department == ref.department or actor.has(Role.DATA_BUREAU, Role.SYSTEM)


TestDocumentLife = DocumentLife.TestCase
TestDocumentLife.settings = WALKS
TestItemLife = ItemLife.TestCase
TestItemLife.settings = WALKS
