"""What must hold after every fault, as a pure function of what was asked and what stands in logs, streams and read models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.analytics.readmodels.daily import counts
from services.notify.reactions import message_id_of, notices
from shared.contracts.base import NO_DEPARTMENT, Outgoing, Published
from shared.eventstore.events import Recorded
from shared.readmodels.happened import Happened
from tests.system.faults.book import REFUSED_MARK, Book

PLANTED = "planted"  # the aggregates of events that a test has put in to fail


@dataclass(frozen=True)
class InStream:
    """A message as it stands in a stream."""

    ce_id: str
    type: str
    sequence: int
    previous: int


@dataclass
class Found:
    """What one service holds. `outgoing`: for each event of the log what is published of it, or None."""

    log: Sequence[Recorded]
    outgoing: Sequence[Outgoing | None]
    stream: Sequence[InStream]
    dead_letters: Sequence[str]  # aggregate ids
    rows: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)  # by table
    raw: bytes = b""  # everything stored, as it stands

    def published(self) -> Iterator[tuple[Recorded, Published]]:
        """The events that others hear of."""
        for recorded, outgoing in zip(self.log, self.outgoing, strict=True):
            if outgoing:
                yield recorded, outgoing.event


def wrongs(book: Book, found: Mapping[str, Found]) -> list[str]:
    """Everything that is not as it must be; empty when nothing was lost, doubled, reordered or let in."""
    return [
        *_answers(book),
        *_in_the_log_once(book, found),
        *_refused_left_nothing(book, found),
        *(wrong for service, each in found.items() for wrong in _in_the_stream_once(service, each)),
        *_in_read_models_once(found),
        *_counted_once(found),
        *_told_once(found),
        *(
            f"{service}: dead letter of {aggregate}"
            for service, each in found.items()
            for aggregate in each.dead_letters
            if PLANTED not in aggregate
        ),
    ]


def _answers(book: Book) -> Iterator[str]:
    yield from (f"no answer: {each}" for each in book.unanswered)
    yield from (f"wrong answer: {each}" for each in book.wrong)


def _in_the_log_once(book: Book, found: Mapping[str, Found]) -> Iterator[str]:
    at = {(service, r.position): r for service, each in found.items() for r in each.log}
    for answered in book.acknowledged:
        effect = answered.command.effect
        assert effect is not None
        there = at.get((effect.service, answered.position))
        place = (there.originator_id, there.event.TOPIC, there.originator_version) if there else None
        if place != (effect.aggregate_id, effect.topic, answered.version):
            yield f"acknowledged at {effect.service}:{answered.position}: {effect}, but there is {place}"
    wanted = Counter(answered.command.effect for answered in book.acknowledged)
    topics = {(effect.service, effect.topic) for effect in wanted if effect}
    there_is = Counter(
        (service, r.originator_id, r.event.TOPIC)
        for service, each in found.items()
        for r in each.log
        if (service, r.event.TOPIC) in topics and PLANTED not in r.originator_id
    )
    asked = Counter({(e.service, e.aggregate_id, e.topic): n for e, n in wanted.items() if e})
    for key, n in ((there_is - asked) + (asked - there_is)).items():
        yield f"{key}: {asked[key]} times acknowledged, {there_is[key]} times in the log ({n} amiss)"


def _refused_left_nothing(book: Book, found: Mapping[str, Found]) -> Iterator[str]:
    if not book.refused:
        yield "nothing was refused, so the check says nothing"
    for service, each in found.items():
        if REFUSED_MARK.encode() in each.raw:
            yield f"{service}: something that was refused is stored"


def _in_the_stream_once(service: str, found: Found) -> Iterator[str]:
    there = [
        (recorded.position, f"{recorded.originator_id}:{recorded.originator_version}", event.ce_type())
        for recorded, event in found.published()
    ]
    of_the_log = {ce_id for _, ce_id, _ in there}
    # What a test has put straight into the stream stands in its order, too.
    there += [(m.sequence, m.ce_id, m.type) for m in found.stream if PLANTED in m.ce_id and m.ce_id not in of_the_log]
    wanted: list[InStream] = []
    for sequence, ce_id, type_ in sorted(there):
        wanted.append(InStream(ce_id, type_, sequence, wanted[-1].sequence if wanted else 0))
    if list(found.stream) != wanted:
        pairs = zip(found.stream, wanted, strict=False)
        first = next((n for n, (stands, should) in enumerate(pairs) if stands != should), len(wanted))
        yield (
            f"{service}: the stream has {len(found.stream)} messages, the log publishes {len(wanted)}; "
            f"they differ first at {first}: {found.stream[first:][:2]}, {wanted[first:][:2]}"
        )


def _in_read_models_once(found: Mapping[str, Found]) -> Iterator[str]:
    tickets = {
        r.originator_id.partition("-")[2]: r.event.TOPIC.partition("ticket-")[2]
        for r in found["hotline"].log
        if r.event.TOPIC.startswith("hotline.ticket-") and r.event.TOPIC.endswith(("received", "dispatched", "answered"))
        and PLANTED not in r.originator_id
    }  # fmt: skip
    shown = {str(row["key"]): str(row["status"]) for row in found["hotline"].rows["tickets"]}
    yield from _differences("hotline's tickets", tickets, shown)
    enterprises = {
        r.originator_id.partition("-")[2]: 1
        for r in found["registry"].log
        if r.event.TOPIC == "registry.enterprise-registered"
    }
    yield from _differences(
        "registry's directory", enterprises, {str(row["uscc"]): 1 for row in found["registry"].rows["enterprises"]}
    )


def _counted_once(found: Mapping[str, Found]) -> Iterator[str]:
    counted: Counter[tuple[date, str, str]] = Counter()
    for service in ("registry", "policy", "application", "hotline"):
        for recorded, event in found[service].published():
            happened = _heard(service, recorded, event)
            for day, department, metric, number in counts(event, happened.day):
                counted[(day, department or NO_DEPARTMENT, metric)] += number
    shown = {(row["day"], row["department"], row["metric"]): row["n"] for row in found["analytics"].rows["daily"]}
    yield from _differences("analytics' figures", dict(counted), shown)


def _told_once(found: Mapping[str, Found]) -> Iterator[str]:
    owed: Counter[str] = Counter()
    for service in ("policy", "application", "hotline"):
        for recorded, event in found[service].published():
            happened = _heard(service, recorded, event)
            owed.update(message_id_of(happened, notice) for notice in notices(happened))
    written = Counter(
        r.originator_id.partition("-")[2] for r in found["notify"].log if r.event.TOPIC == "notify.message-written"
    )
    yield from _differences("notify's messages", dict(owed), dict(written))
    shown = Counter(str(row["message_id"]) for row in found["notify"].rows["inbox"])
    yield from _differences("notify's inbox", dict(written), dict(shown))


def _heard(service: str, recorded: Recorded, event: Published) -> Happened:
    return Happened(service, recorded.position, None, recorded.originator_id, recorded.at, event)


def _differences(what: str, wanted: Mapping[object, object], shown: Mapping[object, object]) -> Iterator[str]:
    missing, extra = wanted.keys() - shown.keys(), shown.keys() - wanted.keys()
    other = {key: (wanted[key], shown[key]) for key in wanted.keys() & shown.keys() if wanted[key] != shown[key]}
    if missing or extra or other:
        yield (
            f"{what}: {len(missing)} missing {list(missing)[:3]}, {len(extra)} too many {list(extra)[:3]}, "
            f"{len(other)} different {dict(list(other.items())[:3])}"
        )
