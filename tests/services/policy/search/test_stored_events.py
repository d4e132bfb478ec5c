"""What was once stored is read for ever; and what others hear of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from services.policy.events import searching as events
from services.policy.publishing import publish
from services.policy.search.asking import Question
from shared.contracts.base import subject_of
from shared.contracts.policy import SavedSearchesFound
from shared.eventstore.events import Event, Recorded
from tests.services.policy.catalogue import OFFICER
from tests.services.policy.matching.desk import FIRST
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
QUESTION = Question(q="机器人", theme="技术改造", least_amount_fen=100, sort="closing")
FOUND = events.SavedSearchesFound(
    kind="item", key="robots", title="机器人应用补助（样例）", department="gxj",
    hits=(events.SavedHit(uscc=FIRST, name="机器人"),),
)  # fmt: skip
EVENTS: list[tuple[str, Event]] = [
    (f"searches-{FIRST}", events.SearchSaved(uscc=FIRST, name="机器人", question=QUESTION)),
    (f"searches-{FIRST}", events.SearchDropped(uscc=FIRST, name="机器人")),
    ("found-item-robots", FOUND),
    ("found-item-robots", events.SavedSearchesAsked(kind="item", key="robots", searches=3)),
    ("synonyms-city", events.SynonymsSet(groups=(("澄企贷", "科技贷款"),))),
]
EXPECTED = [
    Recorded(aggregate, number, AT, event, OFFICER, f"command-{number}")
    for number, (aggregate, event) in enumerate(EVENTS, 1)
]


def test_every_stored_event_of_search_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)


def test_only_what_is_found_is_told_and_only_inside() -> None:
    told = [outgoing.event for each in EXPECTED if (outgoing := publish(each))]
    assert told == [
        SavedSearchesFound(item_id="robots", title=FOUND.title, department="gxj", enterprises=(FIRST,)),
    ]
    assert subject_of(SavedSearchesFound, "gxj").endswith(".internal")
    of_document = FOUND.model_copy(update={"kind": "document", "key": "d"})
    outgoing = publish(Recorded("found-document-d", 1, AT, of_document, OFFICER, "command-9"))
    assert outgoing is not None
    assert (outgoing.event.document_id, outgoing.event.item_id) == ("d", None)  # type: ignore[attr-defined]
