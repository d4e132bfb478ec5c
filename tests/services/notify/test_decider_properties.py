"""What holds for a text message whatever results and receipts arrive, in whatever order."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.notify.deadlines import deadlines_of
from services.notify.decider import (
    ForgoSms,
    MessageState,
    RecordSmsAccepted,
    RecordSmsReceipt,
    RecordSmsRefused,
    RecordSmsUnavailable,
    WriteMessage,
    message,
)
from services.notify.events import SmsAccepted, SmsDelivered, SmsFailed, SmsRejected
from shared.calendar import WorkingCalendar
from shared.deadlines.book import Owed
from shared.eventstore.decider import Command, Context
from shared.eventstore.events import Event
from shared.readmodels.happened import OWN_LOG, Happened
from shared.security.actor import system
from tests.services.notify.histories import written
from tests.support.deciding import WORKING_MORNING

RETRY, GIVE_UP = 300, 1500
ATTEMPTS = st.integers(1, 9)


class TextMessage(RuleBasedStateMachine):
    """Replicas, a provider and a network that do everything they can do."""

    def __init__(self) -> None:
        super().__init__()
        self.now = WORKING_MORNING
        self.state: MessageState | None = None
        self.events: list[Event] = []
        self.owed: Owed | None = None

    def do(self, command: Command) -> None:
        context = Context(self.now, WorkingCalendar.announced(), system("notify"))
        for event in message.decide(self.state, command, context):
            self.state = message.evolve(self.state, event)
            self.events.append(event)
            happened = Happened(OWN_LOG, len(self.events), None, "message-x", self.now, event)
            for change in deadlines_of(happened):
                self.owed = change if isinstance(change, Owed) else None

    @initialize()
    def it_is_written(self) -> None:
        self.do(WriteMessage(**written().model_dump()))

    @rule()
    def it_is_written_again(self) -> None:
        self.do(WriteMessage(**written().model_dump()))

    @rule(attempt=ATTEMPTS)
    def the_provider_accepts(self, attempt: int) -> None:
        self.do(RecordSmsAccepted(attempt=attempt, provider_id=f"provider-{attempt}"))

    @rule(attempt=ATTEMPTS)
    def the_provider_refuses(self, attempt: int) -> None:
        self.do(RecordSmsRefused(attempt=attempt, reason="provider-refused: 400"))

    @rule()
    def the_next_attempt_fails(self) -> None:
        self.an_attempt_fails((self.state.attempts if self.state else 0) + 1)

    @rule(attempt=ATTEMPTS)
    def an_attempt_fails(self, attempt: int) -> None:
        self.do(RecordSmsUnavailable(attempt=attempt, reason="silence", retry_seconds=RETRY, give_up_seconds=GIVE_UP))

    @rule()
    def nobody_can_be_reached(self) -> None:
        self.do(ForgoSms(reason="no-phone"))

    @rule(status=st.sampled_from(["delivered", "failed"]))
    def a_receipt_arrives(self, status: str) -> None:
        self.do(RecordSmsReceipt.model_validate({"status": status}))

    @rule(seconds=st.integers(1, 2 * GIVE_UP))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def it_is_accepted_at_most_once(self) -> None:
        assert sum(isinstance(event, SmsAccepted) for event in self.events) <= 1

    @invariant()
    def nothing_follows_the_end(self) -> None:
        ends = [n for n, event in enumerate(self.events) if isinstance(event, SmsDelivered | SmsFailed)]
        assert len(ends) <= 1
        assert not ends or ends[0] == len(self.events) - 1

    @invariant()
    def no_attempt_fails_for_now_once_it_was_accepted(self) -> None:
        kinds = [type(event) for event in self.events]
        if SmsAccepted in kinds:
            assert SmsRejected not in kinds[kinds.index(SmsAccepted) :]

    @invariant()
    def attempts_only_grow(self) -> None:
        counts = [event.attempts for event in self.events if hasattr(event, "attempts")]
        assert counts == sorted(counts)
        rejections = [event.attempts for event in self.events if isinstance(event, SmsRejected)]
        assert len(set(rejections)) == len(rejections)

    @invariant()
    def an_attempt_is_owed_exactly_while_it_is_pending(self) -> None:
        assert (self.owed is not None) == (self.state is not None and self.state.sms == "pending")

    @invariant()
    def no_attempt_is_owed_after_the_give_up_time(self) -> None:
        first = self.state.first_attempt_at if self.state else None
        if self.owed and first:
            assert self.owed.at <= first + timedelta(seconds=GIVE_UP)


TestTextMessage = TextMessage.TestCase
