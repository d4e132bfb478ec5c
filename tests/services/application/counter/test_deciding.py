"""Halls, numbers, visits and consent: who may what, and what is said to whom who may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.application.decider.draft import BeginDraft, SaveDraft, draft
from services.application.decider.hall import hall
from services.application.decider.queue import (
    BeginServing,
    CallNext,
    CloseQueue,
    EndServing,
    MarkMissed,
    Recall,
    queue,
)
from services.application.decider.visit import (
    BeginVisit,
    CloseVisit,
    EndVisit,
    GiveConsent,
    RecordVisitor,
    SeeVisitor,
    UseVisit,
    WithdrawConsent,
    visit,
)
from services.application.events import counter as events
from services.application.events.form import DraftBegun
from shared.eventstore.decider import FieldError
from shared.security.actor import Actor, Role
from tests.services.application.applications import ENTERPRISE, MONDAY, USCC
from tests.services.application.counter.people import (
    BEGUN,
    BUREAU,
    CLERK,
    CONSENT,
    ELSEWHERE,
    ENDED,
    HALL,
    HEAD,
    NINE,
    ONE,
    OPENED,
    OTHER,
    TWO,
    VISIT,
    VISITOR,
    at,
    called,
    set_hall,
    take,
    taken,
)
from tests.support.deciding import WORKING_MORNING, given

OTHER_USCC = "91320281MA0Y00024K"


def test_a_hall_is_laid_down_by_the_data_bureau_and_the_same_again_changes_nothing() -> None:
    made = events.HallSet.model_validate({"hall": "city-hall"} | HALL | {"by": "bureau"})
    given(hall).when(set_hall(), actor=BUREAU).then(made)
    given(hall, made).when(set_hall(), actor=BUREAU).then()
    given(hall).when(set_hall(), actor=HEAD).refused("application.data-bureau-only")


def test_everything_that_is_repeated_in_a_hall_is_named_at_once() -> None:
    twice = {"service": "application", "letter": "A", "title": "申报受理"}
    wrong = set_hall(counters=[ONE, ONE], services=[twice, twice])
    fields = ["counters", "services.letter", "services.service"]
    given(hall).when(wrong, actor=BUREAU).refused("application.hall-invalid", fields)


def test_numbers_rise_by_letter() -> None:
    given(queue).when(take(), at=NINE, actor=CLERK).then(OPENED, taken("B001"))
    given(queue, OPENED, taken("B001")).when(take(), at=NINE, actor=CLERK).then(taken("B002"))
    given(queue, OPENED, taken("B001")).when(take("consultation"), at=NINE, actor=CLERK).then(taken("A001"))
    many = [taken(f"B{n:03d}") for n in range(1, 1000)]
    given(queue, OPENED, *many).when(take(), at=NINE, actor=CLERK).then(taken("B1000"))


def test_an_account_holds_one_number_of_a_service_until_it_is_used_up() -> None:
    own = taken("B001", holder="enterprise")
    held = given(queue, OPENED, own)
    held.when(take(), at=NINE, actor=ENTERPRISE).then()
    held.when(take("consultation"), at=NINE, actor=ENTERPRISE).then(taken("A001", holder="enterprise"))
    serving = events.ServingBegun(number="B001", clerk="clerk-1", visit="V")
    used = given(queue, OPENED, own, called("B001"), serving)
    used.when(take(), at=NINE, actor=ENTERPRISE).then(taken("B002", holder="enterprise"))


def test_a_number_is_for_its_own_day() -> None:
    given(queue).when(take(day=MONDAY + timedelta(1)), at=NINE, actor=CLERK).refused("application.queue-closed")


def test_who_waits_longest_is_called_and_nobody_twice() -> None:
    waiting = given(queue, OPENED, taken("A001"), taken("B001"), taken("B002"))
    waiting.when(CallNext(counter=ONE), at=at(3), actor=CLERK).then(called("A001", 3))
    of_one = CallNext(counter=ONE, services=("application",))
    waiting.when(of_one, at=at(3), actor=CLERK).then(called("B001", 3))
    after = given(queue, OPENED, taken("A001"), taken("B001"), called("A001", 3))
    after.when(CallNext(counter=TWO), at=at(4), actor=OTHER).then(called("B001", 4, "clerk-2", TWO))
    after.when(CallNext(counter=ONE), at=at(4), actor=CLERK).then()
    after.when(CallNext(counter=ONE), at=at(4), actor=OTHER).refused("application.counter-taken", ["counter"])
    none = given(queue, OPENED, taken("A001"), called("A001"))
    none.when(CallNext(counter=TWO), at=at(4), actor=OTHER).refused("application.queue-empty")
    given(queue).when(CallNext(counter=ONE), at=NINE, actor=CLERK).refused("application.queue-empty")


@pytest.mark.parametrize("who", [ELSEWHERE, HEAD, ENTERPRISE], ids=["another-department", "no-clerk", "an-enterprise"])
def test_only_the_halls_own_clerks_call(who: Actor) -> None:
    given(queue, OPENED, taken("B001")).when(CallNext(counter=ONE), at=NINE, actor=who).refused(
        "application.not-your-counter"
    )


def test_who_was_missed_is_recalled_and_served_once() -> None:
    past: list[Any] = [OPENED, taken("B001"), called("B001", 1)]
    missed = events.NumberMissed(number="B001", clerk="clerk-1")
    given(queue, *past).when(MarkMissed(number="B001"), actor=CLERK).then(missed)
    given(queue, *past, missed).when(MarkMissed(number="B001"), actor=CLERK).then()
    again = Recall(number="B001", counter=TWO)
    recalled = called("B001", 5, "clerk-2", TWO, again=True)
    given(queue, *past, missed).when(again, at=at(5), actor=OTHER).then(recalled)
    given(queue, *past).when(again, at=at(5), actor=OTHER).refused("application.not-your-number")
    late = called("B001", 11, "clerk-2", TWO, again=True)
    given(queue, *past).when(again, at=at(11), actor=OTHER).then(late)
    begin = BeginServing(number="B001", visit="V")
    serving = events.ServingBegun(number="B001", clerk="clerk-2", visit="V")
    given(queue, *past, missed, recalled).when(begin, actor=CLERK).refused("application.not-your-number")
    given(queue, *past, missed, recalled).when(begin, actor=OTHER).then(serving)
    whole = given(queue, *past, missed, recalled, serving)
    whole.when(begin, actor=OTHER).then()
    whole.when(CallNext(counter=TWO), actor=OTHER).refused("application.serving")
    whole.when(EndServing(number="B001"), actor=OTHER).then(events.ServingEnded(number="B001", clerk="clerk-2"))
    whole.when(EndServing(number="C001"), actor=OTHER).refused("application.number-unknown")


def test_what_was_not_served_lapses_with_the_day() -> None:
    serving = events.ServingBegun(number="B002", clerk="clerk-1", visit="V")
    day = given(queue, OPENED, taken("B001"), taken("B002"), called("B002"), serving)
    closed = events.QueueClosed(lapsed=("B001",), unfinished=("B002",))
    day.when(CloseQueue()).then(closed)
    day.when(CloseQueue(), actor=CLERK).refused("application.platform-only")
    over = given(queue, OPENED, taken("B001"), closed.model_copy(update={"unfinished": ()}))
    over.when(CloseQueue()).then()
    over.when(CallNext(counter=ONE), actor=CLERK).refused("application.queue-closed")
    over.when(take(), at=NINE, actor=CLERK).refused("application.queue-closed")


def visitor(**more: Any) -> RecordVisitor:
    said: dict[str, Any] = VISITOR.model_dump(exclude={*events.OfVisit.model_fields, "by"})
    return RecordVisitor.model_validate(said | more)


def test_a_visit_begins_once_and_says_who_is_there() -> None:
    given(visit).when(BeginVisit(**VISIT), actor=CLERK).then(BEGUN)
    given(visit, BEGUN).when(BeginVisit(**VISIT), actor=CLERK).then()
    given(visit, BEGUN).when(visitor(), actor=CLERK).then(VISITOR)
    given(visit, BEGUN, VISITOR).when(visitor(name="sealed anew"), actor=CLERK).then()
    given(visit, BEGUN).when(visitor(), actor=OTHER).refused("application.not-your-visit")
    given(visit, BEGUN, ENDED).when(visitor(), actor=CLERK).refused("application.visit-ended")


def test_everything_that_is_wrong_with_a_visitor_is_named_at_once() -> None:
    wrong = (FieldError(field="phone", code="format", message="联系电话不正确，请核对。"),)
    bad = visitor(enterprise=OTHER_USCC, capacity=None, phone=None, wrong=wrong)
    refused = given(visit, BEGUN, VISITOR, CONSENT).when(bad, actor=CLERK)
    refused.refused("application.visitor-invalid", ["phone", "capacity", "identity", "enterprise"])


def consent(**more: Any) -> GiveConsent:
    said: dict[str, Any] = {"scope": ("apply", "prefill"), "how": "paper", "text_version": 1, "attachment": "F1"}
    return GiveConsent(**(said | {"current": 1} | more))


def test_consent_is_given_on_paper_by_the_clerk_or_electronically_by_the_enterprise_alone() -> None:
    known = given(visit, BEGUN, VISITOR)
    known.when(consent(), actor=CLERK).then(CONSENT)
    given(visit, BEGUN, VISITOR, CONSENT).when(consent(), actor=CLERK).then()
    by_click = consent(how="electronic", attachment=None)
    told = CONSENT.model_copy(update={"how": "electronic", "attachment": None, "by": "enterprise"})
    known.when(by_click, actor=ENTERPRISE).then(told)
    known.when(by_click, actor=CLERK).refused("application.consent-not-yours")
    stranger = Actor(subject="stranger", roles=(Role.APPLICANT,), enterprise=OTHER_USCC)
    known.when(by_click, actor=stranger).refused("application.consent-not-yours")
    known.when(consent(), actor=OTHER).refused("application.not-your-visit")
    given(visit, BEGUN, VISITOR, ENDED).when(consent(), actor=CLERK).refused("application.visit-ended")


def test_everything_that_consent_lacks_is_named_at_once() -> None:
    bad = consent(text_version=1, current=2, attachment=None)
    given(visit, BEGUN).when(bad, actor=CLERK).refused(
        "application.consent-invalid", ["visit", "text_version", "attachment"]
    )


def use(act: str = "submit", of: str = "SB1", enterprise: str = USCC) -> UseVisit:
    return UseVisit.model_validate({"act": act, "of": of, "enterprise": enterprise})


def test_a_clerk_acts_within_the_consent_of_that_enterprise_alone() -> None:
    used = events.VisitUsed(**VISIT, act="submit", of="SB1", enterprise=USCC)
    agreed = given(visit, BEGUN, VISITOR, CONSENT)
    agreed.when(use(), actor=CLERK).then(used)
    everything = agreed.when(use(enterprise=OTHER_USCC), actor=OTHER).refused("application.visit-unfit")
    assert [error.code for error in everything.errors] == ["not-yours", "other-enterprise"]
    bare = given(visit, BEGUN, ENDED).when(use(), actor=CLERK).refused("application.visit-unfit")
    assert [error.code for error in bare.errors] == ["ended", "no-enterprise", "no-consent"]
    prefill_alone = CONSENT.model_copy(update={"scope": ("prefill",)})
    refused = given(visit, BEGUN, VISITOR, prefill_alone).when(use(), actor=CLERK).refused("application.visit-unfit")
    assert [error.code for error in refused.errors] == ["no-consent"]
    given(visit).when(use(), actor=CLERK).refused("application.visit-unknown")


def test_what_was_done_is_answered_again_after_the_visit_and_nothing_new_is_done() -> None:
    used = events.VisitUsed(**VISIT, act="submit", of="SB1", enterprise=USCC)
    over = given(visit, BEGUN, VISITOR, CONSENT, used, ENDED)
    over.when(use(), actor=CLERK).then()
    over.when(use(of="SB2"), actor=CLERK).refused("application.visit-unfit")
    over.when(use("withdraw"), actor=CLERK).refused("application.visit-unfit")


def test_consent_is_withdrawn_by_the_enterprise_or_the_clerk_and_ends_the_drafts_that_were_seen() -> None:
    begun = events.VisitUsed(**VISIT, act="draft", of="D1", enterprise=USCC)
    agreed = given(visit, BEGUN, VISITOR, CONSENT, begun)
    command = WithdrawConsent(reason="改由本企业申报。", drafts=("D1",), seen=("D1",))
    told = events.ConsentWithdrawn(**VISIT, enterprise=USCC, reason=command.reason, drafts=("D1",), by="enterprise")
    agreed.when(command, actor=ENTERPRISE).then(told)
    agreed.when(command, actor=CLERK).then(told.model_copy(update={"by": "clerk-1"}))
    agreed.when(command, actor=OTHER).refused("application.not-your-visit")
    agreed.when(command.model_copy(update={"seen": ()}), actor=CLERK).refused("application.visit-moved")
    after = given(visit, BEGUN, VISITOR, CONSENT, begun, told)
    after.when(command, actor=ENTERPRISE).then()
    after.when(use(), actor=CLERK).refused("application.visit-unfit", ["visit"])


@pytest.mark.parametrize(("who", "sees"), [(CLERK, True), (HEAD, True), (BUREAU, True), (OTHER, False)])
def test_who_looks_at_a_visitor_is_recorded(who: Actor, sees: bool) -> None:
    outcome = given(visit, BEGUN, VISITOR).when(SeeVisitor(), actor=who)
    if sees:
        outcome.then(events.VisitorSeen(**VISIT, by=who.subject))
    else:
        outcome.refused("application.not-your-visit")
    given(visit, BEGUN, VISITOR, ENDED).when(SeeVisitor(), actor=CLERK).refused("application.not-your-visit")


def test_a_visit_ends_once_at_the_latest_with_its_day() -> None:
    given(visit, BEGUN, VISITOR).when(EndVisit(), actor=CLERK).then(ENDED)
    given(visit, BEGUN, VISITOR, ENDED).when(EndVisit(), actor=CLERK).then()
    given(visit, BEGUN, VISITOR).when(EndVisit(), actor=OTHER).refused("application.not-your-visit")
    given(visit, BEGUN, VISITOR).when(CloseVisit()).then(ENDED.model_copy(update={"why": "over"}))
    given(visit, BEGUN, VISITOR, ENDED).when(CloseVisit()).then()


def test_a_draft_of_the_counter_is_the_enterprises_and_not_the_clerks() -> None:
    acting = CLERK.model_copy(update={"enterprise": USCC, "on_behalf_of": USCC})
    begin = BeginDraft(item_code="x", item_title="样例", form=1, answers={}, origins={}, visit="V")
    said = begin.model_dump(exclude={"visit"})
    begun = DraftBegun(**said, enterprise=USCC, by="counter:V", at=WORKING_MORNING)
    given(draft).when(begin, actor=acting).then(begun)
    save = SaveDraft(base=0, said={"a": 1}, values={"a": 1}, attachments=(), known=frozenset({"a"}))
    assert given(draft, begun).when(save, actor=ENTERPRISE).events
    assert given(draft, begun).when(save, actor=acting).events
    given(draft, begun).when(save, actor=CLERK).refused("application.draft-not-yours")
