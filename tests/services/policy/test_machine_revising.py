"""Documents and items after they were published, whoever changes whatever in whatever order: what always holds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from services.policy.decider import DraftAndPublishItem, document, item
from services.policy.decider.document import ConfirmItemsFollowed, RecordDecision, RepealDocument, ReviseDocument
from services.policy.decider.item import AmendItem, DecideWindow, FollowDocument, PutWindowOnline, RepealItem
from services.policy.decider.limits import RaisePublicationDueSoon, RaisePublicationOverdue, RecomputePublicationLimit
from services.policy.events import DocumentPublished, DocumentRef, ItemAmended, ItemPublished, ItemRepealed, Window
from services.policy.events.catalogue import (
    DocumentRepealed,
    DocumentRevised,
    ItemsFollowed,
    PublicationDueSoon,
    PublicationOverdue,
    WindowDecided,
)
from shared.calendar import civil_date
from shared.eventstore.decider import Refused
from shared.security.actor import Actor, system
from tests.services.policy.catalogue import BUREAU, FIXED, NUMBER, OF_ANOTHER, OFFICER, REF, draft, publish
from tests.support.living import WALKS, Life

ITSELF = system("policy")
actors = st.sampled_from([OFFICER, OFFICER, BUREAU, OF_ANOTHER])
reasons = st.sampled_from(["", "提高补助标准。"])
days = st.integers(-5, 1)
WITHHELD = REF.model_copy(update={"disclosure": "withheld"})
watching = st.sampled_from([RaisePublicationDueSoon(), RaisePublicationOverdue(), RecomputePublicationLimit()])


class _Revised(Life):
    """Days pass, and the scheduler asks too early and too often."""

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days)

    @rule(command=watching)
    def the_scheduler_asks(self, command: Any) -> None:
        self.give(command, ITSELF)
        assert self.give(command, ITSELF) == (), "it is said once"

    def day(self, days: int) -> date:
        return civil_date(self.now) + timedelta(days)

    @invariant()
    def nothing_is_overdue_on_its_last_day_or_before(self) -> None:
        for each in self.of(PublicationOverdue):
            assert each.context.today > each.event.due_on
        for each in self.of(PublicationDueSoon):
            assert each.context.today == each.event.due_on

    @invariant()
    def nobody_of_another_department_has_changed_anything(self) -> None:
        assert all(each.context.actor is not OF_ANOTHER for each in self.happened)


class DocumentRevisedLife(_Revised):
    """A published document."""

    decider = document

    @initialize()
    def it_is_published(self) -> None:
        assert not isinstance(self.give(publish(), OFFICER), Refused)

    @rule(
        actor=actors,
        reason=reasons,
        title=st.sampled_from(["技术改造扶持办法（样例）", "新办法（样例）"]),
        disclosure=st.sampled_from(["public", "withheld"]),
        behind=st.integers(0, 1),
        decided=days,
    )
    def somebody_revises(
        self, actor: Actor, reason: str, title: str, disclosure: Any, behind: int, decided: int
    ) -> None:
        content = publish().model_dump(exclude={"origin", "title", "disclosure", "decided_on"})
        content["withheld_reason"] = "涉及商业秘密。" if disclosure == "withheld" else None
        command = ReviseDocument(
            **content, title=title, disclosure=disclosure, decided_on=self.day(decided), reason=reason,
            expected_revision=self.state.revision - behind,
        )  # fmt: skip
        outcome = self.give(command, actor)
        if behind or not reason or actor is OF_ANOTHER:
            assert isinstance(outcome, Refused)

    @rule(actor=actors, reason=reasons, decided=days)
    def somebody_repeals(self, actor: Actor, reason: str, decided: int) -> None:
        self.give(RepealDocument(reason=reason, decided_on=self.day(decided)), actor)

    @rule(actor=actors, decision=st.sampled_from(["revise", "repeal"]), decided=days)
    def somebody_records_a_decision(self, actor: Actor, decision: Any, decided: int) -> None:
        command = RecordDecision(number=NUMBER, department="gxj", decision=decision, decided_on=self.day(decided))
        self.give(command, actor)

    @rule(disclosure=st.sampled_from(["public", "withheld"]), repealed=st.booleans())
    def its_items_follow(self, disclosure: Any, repealed: bool) -> None:
        self.give(ConfirmItemsFollowed(disclosure=disclosure, repealed=repealed), ITSELF)

    @invariant()
    def revisions_are_counted_without_a_gap_and_each_says_what_was_before(self) -> None:
        before, number = "public", 1
        for each in self.happened:
            if isinstance(each.event, DocumentRevised):
                number += 1
                assert (each.event.revision, each.event.disclosed_before) == (number, before)
                assert each.event.reason
                before = each.event.disclosure
        assert number == self.state.revision

    @invariant()
    def it_is_repealed_once_and_says_nothing_new_afterwards(self) -> None:
        if DocumentRepealed in self.kinds:
            after = self.kinds[self.kinds.index(DocumentRepealed) + 1 :]
            assert set(after) <= {ItemsFollowed}
        assert self.kinds.count(DocumentPublished) == 1

    @invariant()
    def its_items_have_yet_to_follow_exactly_after_it_moved(self) -> None:
        moved = False
        for each in self.happened:
            match each.event:
                case DocumentRevised() as event if event.disclosure != event.disclosed_before:
                    moved = True
                case DocumentRepealed():
                    moved = True
                case ItemsFollowed():
                    moved = False
        assert self.state.following == moved


class ItemAmendedLife(_Revised):
    """A published item whose window is not decided yet."""

    decider = item

    @initialize()
    def it_is_published(self) -> None:
        command = draft(DraftAndPublishItem, window=Window(kind="undetermined"))
        assert not isinstance(self.give(command, OFFICER), Refused)

    @rule(actor=actors, reason=reasons, amount=st.sampled_from([None, 1, 2]), behind=st.integers(0, 1), decided=days)
    def somebody_amends(self, actor: Actor, reason: str, amount: int | None, behind: int, decided: int) -> None:
        content = draft().model_dump(exclude={"window", "amount_fen", "document"})
        command = AmendItem(
            **content, document=self.state.draft.document, window=self.state.draft.window, amount_fen=amount,
            reason=reason, decided_on=self.day(decided), expected_revision=self.state.revision - behind,
        )  # fmt: skip
        outcome = self.give(command, actor)
        if behind or not reason or actor is OF_ANOTHER:
            assert isinstance(outcome, Refused)

    @rule(actor=actors, window=st.sampled_from([FIXED, Window(kind="undetermined")]), decided=days)
    def somebody_decides_the_window(self, actor: Actor, window: Window, decided: int) -> None:
        self.give(DecideWindow(window=window, decided_on=self.day(decided)), actor)

    @rule(actor=actors)
    def somebody_puts_it_online(self, actor: Actor) -> None:
        self.give(PutWindowOnline(), actor)

    @rule(ref=st.sampled_from([REF, WITHHELD]))
    def its_document_moves(self, ref: DocumentRef) -> None:
        self.give(FollowDocument(document=ref), ITSELF)
        assert self.give(FollowDocument(document=ref), ITSELF) == (), "it has followed"

    @rule(actor=actors, reason=reasons, decided=days)
    def somebody_repeals(self, actor: Actor, reason: str, decided: int) -> None:
        self.give(RepealItem(reason=reason, decided_on=self.day(decided)), actor)

    @invariant()
    def revisions_are_counted_without_a_gap_and_each_says_how_it_was_disclosed_before(self) -> None:
        before, number = "public", 1
        for each in self.happened:
            if isinstance(each.event, ItemAmended):
                number += 1
                assert (each.event.revision, each.event.disclosed_before) == (number, before)
                before = each.event.document.disclosure
        assert number == self.state.revision

    @invariant()
    def it_is_published_once_and_what_is_repealed_is_never_announced_anew(self) -> None:
        assert self.kinds.count(ItemPublished) == 1
        repealed = False
        for each in self.happened:
            if repealed:  # all that can still happen to it is that it is withheld
                assert isinstance(each.event, ItemAmended)
                assert each.event.document.disclosure == "withheld"
            repealed = repealed or isinstance(each.event, ItemRepealed)

    @invariant()
    def a_window_that_is_shown_was_decided_before(self) -> None:
        shown = self.state.draft.window
        if shown.kind != "undetermined":
            assert shown in [each.event.window for each in self.of(WindowDecided)]

    @invariant()
    def of_what_is_withheld_nothing_is_said_to_be_late(self) -> None:
        withheld = False
        for each in self.happened:
            match each.event:
                case ItemAmended() as event:
                    withheld = event.document.disclosure == "withheld"
                case PublicationDueSoon() | PublicationOverdue():
                    assert not withheld


TestDocumentRevised = DocumentRevisedLife.TestCase
TestDocumentRevised.settings = WALKS
TestItemAmended = ItemAmendedLife.TestCase
TestItemAmended.settings = WALKS
