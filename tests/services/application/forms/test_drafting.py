"""Drafts: several people, any order of saves; nothing that was typed is ever lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.application.decider.attachment import AttachmentState
from services.application.decider.draft import (
    IN_USE,
    KEPT,
    BeginDraft,
    DraftCommand,
    DraftState,
    DropDraft,
    LapseDraft,
    RenewDraft,
    SaveDraft,
    SubmitDraft,
    draft,
)
from services.application.events.attachment import AttachmentUploaded
from shared.eventstore.decider import Context, Refused
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import CALENDAR, ENTERPRISE, MONDAY, USCC, morning

MORNING = morning(MONDAY)
PLATFORM = system("application")
KNOWN = frozenset({"a", "b", "c"})
COLLEAGUE = Actor(subject="colleague", roles=(Role.APPLICANT,), enterprise=USCC)
NOBODY_YET = Actor(subject="person", roles=(Role.APPLICANT,))
STRANGER = Actor(subject="stranger", roles=(Role.APPLICANT,), enterprise="91320281MA0Y00024K")


def does(
    state: DraftState | None, command: DraftCommand, actor: Actor = ENTERPRISE, at: datetime = MORNING
) -> DraftState | None:
    for event in draft.decide(state, command, Context(at, CALENDAR, actor)):
        state = draft.evolve(state, event)
    return state


def begun(actor: Actor = ENTERPRISE) -> DraftState:
    command = BeginDraft(item_code="gxj-1", item_title="补助（样例）", form=1, answers={"a": "known"}, origins={})
    state = does(None, command, actor)
    assert state is not None
    return state


def save(base: int, **values: Any) -> SaveDraft:
    return SaveDraft(base=base, said=values, values=values, attachments=(), known=KNOWN)


def saved(state: DraftState, base: int, actor: Actor = ENTERPRISE, **values: Any) -> DraftState:
    after = does(state, save(base, **values), actor)
    assert after is not None
    return after


def test_what_two_write_at_the_same_time_is_both_kept_until_one_is_chosen() -> None:
    state = saved(begun(), 0, a="mine", b="x")
    state = saved(state, 0, COLLEAGUE, a="theirs", c="y")
    assert (state.answers, state.revision) == ({"a": "mine", "b": "x", "c": "y"}, 2)
    assert [(kept.value, kept.by) for kept in state.aside["a"]] == [("theirs", "colleague")]
    with pytest.raises(Refused) as refused:
        does(state, SubmitDraft(number="SB2026-1", revision=2))
    assert [error.field for error in refused.value.errors] == ["answers.a"]
    state = saved(state, 2, a="mine")  # chosen: the same again settles it
    assert state.aside == {}
    done = does(state, SubmitDraft(number="SB2026-1", revision=3))
    assert done is not None
    assert done.status == "submitted"


@given(
    st.lists(
        st.tuples(
            st.sampled_from([ENTERPRISE, COLLEAGUE]),
            st.integers(0, 3),
            st.dictionaries(st.sampled_from(sorted(KNOWN)), st.integers(0, 5), min_size=1),
        ),
        max_size=20,
    )
)
def test_nothing_typed_is_lost(saves: list[tuple[Actor, int, dict[str, int]]]) -> None:
    """What was typed on an older revision than its field's stands there, or beside it, until somebody has seen both."""
    state = begun()
    for actor, behind, values in saves:
        base = max(0, state.revision - behind)
        before = state
        state = saved(state, base, actor, **values)
        for name, value in values.items():
            beside = [kept.value for kept in state.aside.get(name, ())]
            assert state.answers[name] == value or value in beside
            had = before.fields.get(name)
            if had is not None and had.revision > base:
                assert state.answers[name] == had.value, "nobody's answer is overwritten unseen"


def test_it_is_begun_before_the_account_is_verified_and_becomes_the_enterprises() -> None:
    state = begun(NOBODY_YET)
    assert state.enterprise is None
    with pytest.raises(Refused, match="draft-not-yours"):
        does(state, save(0, a="x"), COLLEAGUE)
    verified = NOBODY_YET.model_copy(update={"enterprise": USCC})
    state = saved(state, 0, verified, a="x")
    assert state.enterprise == USCC
    assert saved(state, 1, COLLEAGUE, b="y").answers == {"a": "x", "b": "y"}


def test_who_has_left_the_enterprise_is_not_its_drafts_owner_any_more() -> None:
    state = begun()
    elsewhere = ENTERPRISE.model_copy(update={"enterprise": STRANGER.enterprise})
    nowhere = ENTERPRISE.model_copy(update={"enterprise": None})
    for left in (elsewhere, nowhere):
        assert not state.is_of(left)
        for command in (save(0, a="x"), DropDraft(), RenewDraft(form=2, known=KNOWN)):
            with pytest.raises(Refused, match="draft-not-yours"):
                does(state, command, left)
    assert state.is_of(ENTERPRISE) and state.is_of(COLLEAGUE)
    file = AttachmentUploaded(
        name="发票（样例）.pdf",
        media_type="application/pdf",
        size=3,
        digest="ab" * 32,
        enterprise=USCC,
        by="enterprise",
    )
    assert AttachmentState(uploaded=file).is_of(COLLEAGUE)
    assert not AttachmentState(uploaded=file).is_of(elsewhere)
    unverified = file.model_copy(update={"enterprise": None})
    assert AttachmentState(uploaded=unverified).is_of(ENTERPRISE)
    assert not AttachmentState(uploaded=unverified).is_of(COLLEAGUE)


def test_a_newer_form_keeps_what_it_asks_and_lays_the_rest_aside() -> None:
    state = saved(begun(), 0, a="x", b="y")
    state = does(state, RenewDraft(form=2, known=frozenset({"a", "d"}))) or state
    assert (state.form, state.answers, state.left["b"].value) == (2, {"a": "x"}, "y")


@pytest.mark.parametrize(
    ("command", "actor", "code"),
    [
        (save(0, a="x"), STRANGER, "application.draft-not-yours"),
        (save(9, a="x", z="y"), ENTERPRISE, "application.draft-invalid"),
        (SubmitDraft(number="SB2026-1", revision=4), ENTERPRISE, "application.draft-moved"),
        (LapseDraft(), ENTERPRISE, "application.platform-only"),
    ],
)
def test_what_cannot_be_done_is_refused(command: DraftCommand, actor: Actor, code: str) -> None:
    with pytest.raises(Refused) as refused:
        does(begun(), command, actor)
    assert refused.value.code == code


def test_an_ended_draft_changes_no_more() -> None:
    lapsed = does(begun(), LapseDraft(), PLATFORM, MORNING + KEPT)
    for ended in (does(begun(), DropDraft()), lapsed):
        assert ended is not None
        with pytest.raises(Refused, match="draft-over"):
            does(ended, save(0, a="x"))
        assert does(ended, LapseDraft(), PLATFORM) == ended


@pytest.mark.parametrize("change", [save(0, a="x"), RenewDraft(form=2, known=KNOWN)])
def test_it_lapses_only_when_nobody_has_changed_it_for_its_whole_time(change: DraftCommand) -> None:
    """A deadline that is behind what was just saved ends nothing."""
    state, at = begun(), MORNING + timedelta(days=100)
    with pytest.raises(Refused, match=IN_USE):
        does(state, LapseDraft(), PLATFORM, MORNING + KEPT - timedelta(seconds=1))
    changed = does(state, change, at=at)
    for early in (MORNING + KEPT, at + KEPT - timedelta(seconds=1)):
        with pytest.raises(Refused, match=IN_USE):
            does(changed, LapseDraft(), PLATFORM, early)
    lapsed = does(changed, LapseDraft(), PLATFORM, at + KEPT)
    assert lapsed is not None
    assert lapsed.status == "ended"


def test_a_draft_from_before_changes_were_timed_lapses_by_its_deadline() -> None:
    untimed = begun().model_copy(update={"changed_at": None})
    lapsed = does(untimed, LapseDraft(), PLATFORM, MORNING)
    assert lapsed is not None
    assert lapsed.status == "ended"
