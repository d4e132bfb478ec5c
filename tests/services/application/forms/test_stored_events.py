"""What the room once stored is read for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from services.application.events import attachment
from services.application.events import form as events
from shared.eventstore.events import Event, Recorded
from shared.security.actor import Actor, Role
from tests.services.application.applications import USCC
from tests.services.application.forms.forms import SHIPPED
from tests.support.stored import check_samples

FOLDER = Path(__file__).parent / "stored"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SOMEBODY = Actor(subject="user", roles=(Role.APPLICANT,), enterprise=USCC, source="127.0.0.1")
ORIGIN = {"value": "样例（样例）", "source": "registration", "standing": "verified"}
HAPPENED: list[tuple[str, Event]] = [
    (
        "form-gxj-1",
        events.FormSet(
            item_code="gxj-1", department="gxj", version=1, form=SHIPPED.model_dump(mode="json"),
            set_on=date(2026, 3, 2), by="officer",
        ),
    ),
    (
        "draft-D1",
        events.DraftBegun(
            item_code="gxj-1", item_title="补助（样例）", form=1, enterprise=None, answers={"name": "样例（样例）"},
            origins={"name": ORIGIN}, by="user", at=None,
        ),
    ),
    (
        "draft-D1",
        events.DraftSaved(
            base=0, changed={"phone": {"sealed": "v1...", "end": "0001"}}, aside={"name": "别名（样例）"},
            attachments=({"field": "invoices.0", "file": "F1"},), by="user", at=None,
        ),
    ),
    ("draft-D1", events.DraftBound(enterprise=USCC)),
    ("draft-D1", events.DraftRenewed(form=2, dropped=("name",), by="user", at=None)),
    ("draft-D1", events.DraftSubmitted(number="SB2026-1")),
    ("draft-D1", events.DraftEnded(because="lapsed")),
]  # fmt: skip
RECORDED = [Recorded(name, 1, AT, event, SOMEBODY, "command") for name, event in HAPPENED]


FILES: list[tuple[str, Event]] = [
    ("attachment-F1", event)
    for event in (
        attachment.AttachmentUploaded(
            name="发票（样例）.pdf", media_type="application/pdf", size=3, digest="ab" * 32, enterprise=USCC, by="user"
        ),
        attachment.AttachmentNamed(of="draft-D1"),
        attachment.AttachmentReleased(of="draft-D1", named=False),
        attachment.AttachmentDiscarded(),
        attachment.AttachmentErased(),
    )
]
OF_FILES = [Recorded(name, 1, AT, event, SOMEBODY, "command") for name, event in FILES]


def test_every_stored_event_is_read_as_it_was_meant() -> None:
    check_samples(FOLDER / "form", events, RECORDED)
    check_samples(FOLDER / "attachment", attachment, OF_FILES)
