"""The receipt says what was handed in and what happens until when; pages that are scanned become one PDF."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from services.application.counter.joining import joined
from services.application.counter.receipt import Named, _typeset, paper_of
from services.application.decider import application
from services.application.events import ApplicationWithdrawn
from shared.eventstore.events import Event
from tests.services.application.applications import ABOUT, CALENDAR, MONDAY, accepted, morning, noticed, submitted
from tests.support.pdfs import images_of, lies_of, text_of

LINK = "http://127.0.0.1:8000/api/application/receipts/SB2026-1"


def paper(*past: Event) -> str:
    state = None
    for event in past:
        state = application.evolve(state, event)
    assert state is not None
    made = paper_of(
        state,
        Named("样例1号（样例）", "样例市工信局"),
        morning(MONDAY),
        link=LINK,
        now=morning(MONDAY),
        calendar=CALENDAR,
    )
    return text_of(_typeset(made))


def test_a_receipt_names_number_item_promise_and_what_comes_next() -> None:
    said = paper(submitted())
    for part in (
        "收件回执", "SB2026-1", "技改设备补助（样例）（gxj-1）", "样例1号（样例）", "样例市工信局", "2026-03-02 09:00", "40,000.00元",
        "2026年3月9日前告知是否受理", "受理后3个工作日内完成审核，最迟2026年3月12日", "发票（样例）", "需要补正的一次性告知",
        LINK,
    ):  # fmt: skip
        assert part in said, (part, said)


@pytest.mark.parametrize(
    ("past", "parts"),
    [
        ((accepted(),), ("受理回执", "2026年3月5日前完成审核（受理后3个工作日）", "主管部门正在审核")),
        ((noticed(None, submitted().acceptance),), ("收件回执", "请按补正通知一次补齐材料")),
        ((ApplicationWithdrawn(**ABOUT, reason="不再申请。", departments=()),), ("已撤回", "本件已办结")),
    ],
    ids=["accepted", "to-supplement", "withdrawn"],
)
def test_a_receipt_follows_the_application(past: tuple[Event, ...], parts: tuple[str, ...]) -> None:
    said = paper(submitted(), *past)
    assert all(part in said for part in parts), said


def image(kind: str, size: tuple[int, int] = (826, 1169), mode: str = "RGB", **more: object) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, 200 if mode in ("L", "1") else None).save(made, kind, **more)
    return made.getvalue()


def test_pages_are_joined_in_their_order_each_as_it_lies_and_jpeg_pages_byte_for_byte() -> None:
    portrait, landscape = image("JPEG"), image("PNG", (1169, 826), "RGBA")
    turned = image("JPEG", exif=_turned())
    pages = {
        0: ("image/jpeg", portrait), 1: ("image/png", landscape), 2: ("image/webp", image("WEBP")),
        3: ("image/png", image("PNG", mode="1")), 4: ("image/jpeg", turned),
    }  # fmt: skip
    content, errors = joined(pages, morning(MONDAY))
    assert not errors
    assert lies_of(content) == [False, True, False, False, True], "the last one was held sideways"
    assert images_of(content)[0] == portrait
    assert joined(pages, morning(MONDAY))[0] == content, "the same pages are the same file"


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def test_every_page_that_cannot_be_read_is_named() -> None:
    good, torn = image("JPEG"), image("PNG")[:60]
    huge = image("PNG", (8000, 8000), "1")
    pages = {0: ("image/jpeg", b"\xff\xd8\xff\xe0 torn"), 1: ("image/jpeg", good), 2: ("image/png", torn)}
    content, errors = joined(pages | {3: ("image/png", huge)}, morning(MONDAY))
    assert (content, [error.field for error in errors]) == (b"", ["pages.0", "pages.2", "pages.3"])
    assert "600dpi" in errors[2].message and all(error.message.endswith("。") for error in errors)
