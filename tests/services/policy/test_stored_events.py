"""What was once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from services.policy.events import catalogue as events
from shared.eventstore.events import Event, Recorded
from tests.services.policy.catalogue import CODE, FIXED, KEY, NUMBER, OFFICER, REF, drafted, item_published, published
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DAY, DUE = date(2026, 3, 2), date(2026, 3, 5)
WHY = {"reason": "延长申报时间。", "decided_on": DAY, "transition_until": date(2026, 6, 30)}
LIMIT = {"number": NUMBER, "department": "gxj", "title": "", "decision": "revise", "decided_on": DAY, "due_on": DUE}
_TEXT = {"number", "title", "department", "kind", "issued_on", "effective_on", "summary", "body", "themes"}
_SHOWN = {"disclosure", "withheld_reason"}
_ITEM = {"code": CODE, "department": "gxj", "title": "设备补助（样例）", "document": REF}
EVENTS: list[tuple[str, Event]] = [
    ("document", published()),
    ("item", drafted()),
    ("item", item_published()),
    ("document", events.DocumentDrafted(**published().model_dump(include={*_TEXT, *_SHOWN, "decided_on"}))),
    (
        "document",
        events.DocumentRevised(
            **published().model_dump(include=_TEXT | _SHOWN), revision=2, reason="提高补助比例。", decided_on=DAY,
            publish_due_on=DUE, late=False, disclosed_before="public",
        ),
    ),
    (
        "document",
        events.DocumentRepealed(
            **published().model_dump(include={"number", "title", "department", "disclosure"}), **WHY,
            publish_due_on=DUE, late=False,
        ),
    ),
    ("document", events.ItemsFollowed(disclosure="public", repealed=True)),
    ("document", events.DecisionRecorded(**LIMIT, provisional=False)),
    ("document", events.PublicationDueSoon(**LIMIT)),
    ("document", events.PublicationOverdue(**LIMIT)),
    ("item", events.ItemAmended(**item_published().model_dump(), **WHY, revision=2, disclosed_before="public")),
    ("item", events.ItemRepealed(**_ITEM, **WHY)),
    ("item", events.WindowDecided(**_ITEM, window=FIXED, decided_on=DAY, due_on=DUE, provisional=False)),
    (
        "item",
        events.FormAttached(
            code=CODE, department="gxj", name="申请表（样例）", url="https://example.org/form.docx", note="",
        ),
    ),
    (
        "policylist",
        events.ListReleased(
            number="2026-01", title="惠企政策清单（样例）",
            entries=(
                events.ListEntry(
                    **item_published().model_dump(include=set(events.ListEntry.model_fields)),
                    document_number=NUMBER, revision=1,
                ),
            ),
        ),
    ),
]  # fmt: skip
KEYS = {"document": KEY, "item": CODE, "policylist": "2026-01"}
VERSIONS = {"policy.item-published": 2}
EXPECTED = [
    Recorded(f"{kind}-{KEYS[kind]}", VERSIONS.get(event.TOPIC, 1), AT, event, OFFICER, f"command-{min(number, 3)}")
    for number, (kind, event) in enumerate(EVENTS, 1)
]


def test_every_stored_event_of_policy_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER, events, EXPECTED)
