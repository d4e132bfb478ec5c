"""Pushes, interests and named conditions, whatever comes in whatever order: what always holds of them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from services.policy.conditions.language import Compare, Named
from services.policy.decider.interest import ChooseDelivery, MuteItem, MuteTheme, interest
from services.policy.decider.matching import ConcludeDay, ConcludeMatching, ConcludeReminding, matching
from services.policy.decider.named_condition import DefineCondition, named_condition
from services.policy.decider.push import BUCKETS, MOST_IN_EVENT, RemindOfClosing, TellMatches, bucket_of, push
from services.policy.events.matching import ClosingSoon, DayMatched, ItemMatched, MatchesFound, NamedConditionDefined
from shared.contracts.facts import BASE_CATALOGUE
from shared.eventstore.decider import Refused
from shared.security.actor import Actor, Role, system
from tests.services.policy.catalogue import BUREAU, OFFICER
from tests.services.policy.matching.desk import FIRST, SECOND
from tests.support.living import WALKS, Life, somebody

ITSELF = system("policy")
USCCS = [f"9132028100000{n:05}" for n in range(120)]
some_of_them = st.lists(st.sampled_from(USCCS), max_size=120).map(tuple)
closings = st.sampled_from([date(2026, 6, 30), date(2026, 9, 30)])
OF = {"code": "rd", "title": "研发补助（样例）", "department": "gxj"}


class PushLife(Life):
    """One bucket of one item; the same enterprises come again and again, as after crashes."""

    decider = push

    @rule(usccs=some_of_them, quiet=some_of_them, level=st.sampled_from(["nearly", "met"]), revision=st.integers(1, 3))
    def matches_are_found(self, usccs: tuple[str, ...], quiet: tuple[str, ...], **found: Any) -> None:
        command = TellMatches(**OF, **found, enterprises=usccs, quiet=quiet, amount_text="", closes_on=None)
        assert not isinstance(self.give(command, ITSELF), Refused)
        assert self.give(command, ITSELF) == (), "a second time it is no news"

    @rule(usccs=some_of_them, closes_on=closings)
    def a_window_closes_soon(self, usccs: tuple[str, ...], closes_on: date) -> None:
        command = RemindOfClosing(**OF, closes_on=closes_on, enterprises=usccs)
        assert not isinstance(self.give(command, ITSELF), Refused)
        assert self.give(command, ITSELF) == (), "a second time it is no news"

    @invariant()
    def each_is_told_of_a_level_once_and_never_of_a_lower_one_later(self) -> None:
        told: dict[str, list[str]] = {}
        for each in self.of(MatchesFound):
            for uscc in (*each.event.enterprises, *each.event.digest):
                told.setdefault(uscc, []).append(each.event.level)
        assert all(levels in (["nearly"], ["met"], ["nearly", "met"]) for levels in told.values()), told

    @invariant()
    def who_wants_a_digest_is_not_told_at_once(self) -> None:
        for each in self.of(MatchesFound):
            assert set(each.event.digest) <= set(each.command.quiet)
            assert not set(each.event.enterprises) & set(each.command.quiet)

    @invariant()
    def nobody_is_reminded_twice_in_a_row_of_the_same_closing(self) -> None:
        last: dict[str, date] = {}
        for each in self.of(ClosingSoon):
            assert not [uscc for uscc in each.event.enterprises if last.get(uscc) == each.event.closes_on]
            last |= dict.fromkeys(each.event.enterprises, each.event.closes_on)

    @invariant()
    def an_event_is_never_too_large_and_never_empty(self) -> None:
        for each in self.happened:
            told = (*each.event.enterprises, *getattr(each.event, "digest", ()))
            assert 0 < len(told) == len(set(told)) <= MOST_IN_EVENT


class InterestLife(Life):
    """One enterprise, and others who try to speak for it."""

    decider = interest

    actors = st.sampled_from(
        [somebody(Role.APPLICANT, enterprise=FIRST), somebody(Role.APPLICANT, enterprise=SECOND), OFFICER, BUREAU]
    )

    @rule(actor=actors, code=st.sampled_from(["one", "two"]), muted=st.booleans())
    def an_item_is_muted(self, actor: Actor, code: str, muted: bool) -> None:
        self._by_itself_only(MuteItem(uscc=FIRST, code=code, muted=muted), actor)

    @rule(actor=actors, theme=st.sampled_from(["人才", "外贸"]), muted=st.booleans())
    def a_theme_is_muted(self, actor: Actor, theme: str, muted: bool) -> None:
        self._by_itself_only(MuteTheme(uscc=FIRST, theme=theme, muted=muted), actor)

    @rule(actor=actors, delivery=st.sampled_from(["at-once", "digest"]), reminders=st.booleans())
    def delivery_is_chosen(self, actor: Actor, delivery: Any, reminders: bool) -> None:
        self._by_itself_only(ChooseDelivery(uscc=FIRST, delivery=delivery, reminders=reminders), actor)

    def _by_itself_only(self, command: Any, actor: Actor) -> None:
        outcome = self.give(command, actor)
        assert isinstance(outcome, Refused) == (actor.enterprise != FIRST)
        if not isinstance(outcome, Refused):
            assert self.give(command, actor) == (), "a wish that is repeated changes nothing"

    @invariant()
    def nothing_is_muted_twice(self) -> None:
        if self.state is not None:
            assert max(Counter((*self.state.items, *self.state.themes)).values(), default=1) == 1


class NamedConditionLife(Life):
    """One name; its meaning changes."""

    decider = named_condition

    rules = st.sampled_from(
        [
            Compare(fact="rd_ratio", comparison=">=", value=500),
            Compare(fact="rd_ratio", comparison=">=", value=300),
            Compare(fact="no_such_fact", comparison=">=", value=1),
            Named(name="strong"),
            Named(name="other"),
            Named(name="nowhere"),
        ]
    )

    @rule(actor=st.sampled_from([BUREAU, OFFICER]), rule=rules, title=st.sampled_from(["研发强企业", "研发企业"]))
    def somebody_defines_it(self, actor: Actor, rule: Any, title: str) -> None:
        others = {"other": Named(name="strong")}
        command = DefineCondition(name="strong", title=title, rule=rule, catalogue=BASE_CATALOGUE, others=others)
        outcome = self.give(command, actor)
        sound = isinstance(rule, Compare) and rule.fact in BASE_CATALOGUE
        assert isinstance(outcome, Refused) == (actor is OFFICER or not sound)

    @invariant()
    def versions_count_the_meanings_and_no_two_in_a_row_are_the_same(self) -> None:
        meanings = [(each.event.title, each.event.rule) for each in self.of(NamedConditionDefined)]
        assert [each.event.version for each in self.happened] == list(range(1, len(meanings) + 1))
        assert all(one != other for one, other in pairwise(meanings))


class MatchingLife(Life):
    """Conclusions of an item; late ones of an earlier revision come after those of a later one."""

    decider = matching

    @rule(revision=st.integers(1, 4), met=st.integers(0, 9))
    def a_matching_ends(self, revision: int, met: int) -> None:
        self.give(ConcludeMatching(code="rd", revision=revision, met=met, nearly=0), ITSELF)

    @rule(day=st.dates(date(2026, 3, 1), date(2026, 3, 9)))
    def a_day_ends(self, day: date) -> None:
        self.give(ConcludeDay(day=day, items=3), ITSELF)

    @rule(closes_on=closings)
    def a_reminding_ends(self, closes_on: date) -> None:
        self.give(ConcludeReminding(code="rd", closes_on=closes_on), ITSELF)

    @invariant()
    def revisions_and_days_only_grow(self) -> None:
        for found in (
            [each.event.revision for each in self.of(ItemMatched)],
            [each.event.day for each in self.of(DayMatched)],
        ):
            assert found == sorted(set(found))


TestPush = PushLife.TestCase
TestInterest = InterestLife.TestCase
TestNamedCondition = NamedConditionLife.TestCase
TestMatching = MatchingLife.TestCase
for walk in (TestPush, TestInterest, TestNamedCondition, TestMatching):
    walk.settings = WALKS


def test_buckets_are_even_enough_and_stay_what_they_are() -> None:
    sizes = Counter(bucket_of(f"91320281{n:010}") for n in range(20_000))
    assert len(sizes) == BUCKETS
    assert max(sizes.values()) < 2 * 20_000 / BUCKETS
    assert [bucket_of(uscc) for uscc in (FIRST, SECOND)] == [28, 61]
