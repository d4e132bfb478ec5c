"""Any history keeps the promises: nobody has the same grant twice, nothing is given that was not confirmed, a list ends."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.application.decider.grant import (
    ConfirmGrant,
    DeclineGrant,
    LapseGrant,
    ListGrant,
    OfferGrant,
    SupportGrant,
    UnlistGrant,
    grant,
)
from services.application.decider.grant_list import (
    AcceptGrantList,
    ConcludeOffers,
    ConcludeSupportList,
    ConcludeTerm,
    ConfirmSupportList,
    OpenGrantList,
    ReturnGrantList,
    SubmitGrantList,
    grant_list,
)
from services.application.events import grant as events
from shared.calendar import WorkingCalendar
from shared.eventstore.decider import Context, Refused
from shared.security.actor import Actor, Role, system
from tests.services.application.applications import USCC

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
LISTS = ("L", "M")
ABOUT = {"item_id": "i", "item_code": "gxj-9", "item_title": "奖励（样例）", "department": "gxj", "period": "2026"}
MAKER = Actor(subject="maker", roles=(Role.OFFICER,), department="gxj")
HEAD = Actor(subject="head", roles=(Role.DEPARTMENT_HEAD,), department="gxj")
BUREAU = Actor(subject="bureau", roles=(Role.DATA_BUREAU,))
OWNER = Actor(subject="owner", roles=(Role.APPLICANT,), enterprise=USCC)
ITSELF = system("application")
STAFF = st.sampled_from([MAKER, HEAD])  # whoever else tries is refused by directed tests
WHICH = st.integers(0, 1)


def some(*statuses: str) -> Any:
    """Only when a list stands so: else histories end before they begin."""
    return precondition(lambda self: bool(self.standing(*statuses)))


class GrantLife(RuleBasedStateMachine):
    """Two lists of one period and one enterprise that either may name; anybody tries anything in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, Any] = dict.fromkeys(LISTS)
        self.grant: Any = None
        self.happened: list[Any] = []
        self.of_lists: dict[str, list[Any]] = {key: [] for key in LISTS}
        for key in LISTS:
            command = OpenGrantList(**ABOUT, procedure="no-application", term_days=10, basis=key)
            self._give(key, command, MAKER)

    def _after(self, decider: Any, state: Any, command: Any, actor: Actor) -> Any:
        try:
            decided = decider.decide(state, command, Context(NOW, WorkingCalendar.announced(), actor))
        except Refused as refusal:
            assert refusal.title.endswith("。")
            return state
        for event in decided:
            state = decider.evolve(state, event)
            self.happened.append(event)
        return state

    def _give(self, key: str, command: Any, actor: Actor) -> None:
        before = len(self.happened)
        self.lists[key] = self._after(grant_list, self.lists[key], command, actor)
        self.of_lists[key] += self.happened[before:]

    def standing(self, *statuses: str) -> list[str]:
        """The lists that stand so."""
        return [key for key in LISTS if self.lists[key].status in statuses]

    def _pick(self, number: int, *statuses: str) -> str:
        found = self.standing(*statuses)
        return found[number % len(found)]

    def _on(self, key: str) -> list[Any]:
        return [self.grant] if self.grant is not None and self.grant.listed.grant_list == key else []

    def _count(self, key: str, status: str) -> dict[str, int]:
        rows = [each for each in self._on(key) if each.status == status]
        return {"rows": len(rows), "total_fen": sum(each.listed.amount_fen for each in rows)}

    @some("draft", "submitted", "offered")
    @rule(number=WHICH, actor=STAFF, amount=st.integers(1, 3), leave=st.booleans())
    def list_it(self, number: int, actor: Actor, amount: int, leave: bool) -> None:
        key = self._pick(number, "draft", "submitted", "offered")
        open_now = self.lists[key].status == "draft"
        row: dict[str, Any] = {"enterprise": USCC, "name": "样例", "amount_fen": amount, "basis": ""}
        command = ListGrant(**ABOUT, **row, grant_list=key, list_open=open_now, leave=leave)
        before = self.grant
        self.grant = self._after(grant, self.grant, command, actor)
        if leave and before is not None and before.listed.grant_list == key and before.status in ("listed", "unlisted"):
            assert self.grant == before  # what stands there by hand stays

    @some("draft", "submitted")
    @rule(number=WHICH, actor=STAFF)
    def take_it_off(self, number: int, actor: Actor) -> None:
        key = self._pick(number, "draft", "submitted")
        if self._on(key):
            command = UnlistGrant(list_open=self.lists[key].status == "draft", reason="样例。")
            self.grant = self._after(grant, self.grant, command, actor)

    @some("draft")
    @rule(number=WHICH, actor=STAFF)
    def submit(self, number: int, actor: Actor) -> None:
        key = self._pick(number, "draft")
        command = SubmitGrantList(**self._count(key, "listed"))
        self._give(key, command, actor)

    @some("submitted")
    @rule(number=WHICH, give_back=st.booleans())
    def take_or_return(self, number: int, give_back: bool) -> None:
        key = self._pick(number, "submitted")
        taken = AcceptGrantList(**self._count(key, "listed"))
        command = ReturnGrantList(reason="样例。") if give_back else taken
        self._give(key, command, BUREAU)

    @some("accepted")
    @rule(number=WHICH)
    def the_platform_offers(self, number: int) -> None:
        key = self._pick(number, "accepted")
        state = self.lists[key]
        if state.status == "accepted":
            for _ in self._on(key):
                command = OfferGrant(grant_list=key, confirm_by=state.last_day, provisional=False)
                self.grant = self._after(grant, self.grant, command, ITSELF)
            self._give(key, ConcludeOffers(), ITSELF)

    @precondition(lambda self: self.grant is not None and self.grant.status != "listed")
    @rule(end=st.sampled_from(["1234", "5678"]))
    def confirm(self, end: str) -> None:
        """And once more, with another account or the same."""
        before = len(self.happened)
        command = ConfirmGrant(account=f"sealed {end}", account_end=end)
        self.grant = self._after(grant, self.grant, command, OWNER)
        if len(self.happened) > before or self.grant.status in ("confirmed", "supported"):
            assert self.grant.account == command.account

    @precondition(lambda self: self.grant is not None and self.grant.status != "listed")
    @rule()
    def decline(self) -> None:
        self.grant = self._after(grant, self.grant, DeclineGrant(reason="样例。"), OWNER)

    @some("offered")
    @rule(number=WHICH)
    def the_term_ends(self, number: int) -> None:
        key = self._pick(number, "offered")
        if self.lists[key].status == "offered":
            for _ in self._on(key):
                self.grant = self._after(grant, self.grant, LapseGrant(grant_list=key), ITSELF)
            ended = ConcludeTerm(confirmed=0, declined=0, lapsed=0)
            self._give(key, ended, ITSELF)

    @some("offered", "answered")
    @rule(number=WHICH, actor=STAFF)
    def confirm_the_support_list(self, number: int, actor: Actor) -> None:
        key = self._pick(number, "offered", "answered")
        waiting = self._count(key, "offered")["rows"]
        command = ConfirmSupportList(**self._count(key, "confirmed"), waiting=waiting)
        self._give(key, command, actor)

    @some("confirmed")
    @rule(number=WHICH)
    def the_platform_concludes(self, number: int) -> None:
        key = self._pick(number, "confirmed")
        if self.lists[key].status == "confirmed":
            for _ in self._on(key):
                self.grant = self._after(grant, self.grant, SupportGrant(grant_list=key), ITSELF)
            self._give(key, ConcludeSupportList(), ITSELF)

    @invariant()
    def it_is_supported_once_and_only_when_it_was_confirmed(self) -> None:
        kinds = Counter(type(event) for event in self.happened)
        assert kinds[events.GrantSupported] <= 1
        assert kinds[events.GrantConfirmed] <= 1
        if kinds[events.GrantSupported]:
            order = [type(event) for event in self.happened]
            assert order.index(events.GrantConfirmed) < order.index(events.GrantSupported)

    @invariant()
    def nothing_is_offered_before_its_list_is_accepted(self) -> None:
        offered = [n for n, event in enumerate(self.happened) if isinstance(event, events.GrantOffered)]
        accepted = {n for n, event in enumerate(self.happened) if isinstance(event, events.GrantListAccepted)}
        assert all(any(n < m for n in accepted) for m in offered)

    @invariant()
    def each_list_goes_its_way_and_through_two_peoples_hands(self) -> None:
        for key in LISTS:
            handed: events.GrantListSubmitted | None = None
            for event in self.of_lists[key]:
                match event:
                    case events.GrantListSubmitted():
                        handed = event
                    case events.GrantListAccepted():
                        assert handed is not None
                        assert (event.rows, event.total_fen) == (handed.rows, handed.total_fen)
                    case events.SupportListConfirmed():
                        assert handed is not None and event.by != handed.by

    @invariant()
    def a_concluded_list_leaves_nobody_waiting(self) -> None:
        for key in LISTS:
            if self.lists[key].status == "concluded":
                assert all(each.status not in ("offered", "confirmed") for each in self._on(key))


TestGrantLife = GrantLife.TestCase
TestGrantLife.settings = settings(max_examples=400, stateful_step_count=40, deadline=None)
