"""Rows of exports as tickets: headers, natures, times, answers, callers, and what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from services.hotline.headers import FIELDS
from services.hotline.intake import NO_CHANNEL, UnreadableRow, instant_of, nature_of, normalise
from tests.services.hotline.tickets import shanghai

PLAIN = {"信件编号": "X-1", "来信标题": "标题", "来信内容": "内容。", "来信时间": "2026-03-02 09:30:00"}


def errors(row: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(UnreadableRow) as caught:
        normalise(row, "export")
    return {(error.field, error.code) for error in caught.value.errors}


def test_a_mailbox_export_becomes_a_ticket() -> None:
    assert normalise(PLAIN, "mailbox") == {
        "source": "mailbox",
        "number": "X-1",
        "channel": NO_CHANNEL,
        "nature": "demand",
        "title": "标题",
        "content": "内容。",
        "received_at": shanghai("2026-03-02T09:30"),
    }


def test_an_export_with_answer_and_caller_becomes_a_ticket_with_its_history() -> None:
    row = {
        "工单编号": "A-7", "受理渠道": "微信", "诉求类型": "咨询", "工单标题": "问", "诉求内容": "问题。",
        "来电时间": "2026年3月2日 9时5分", "答复内容": "答。", "答复时间": "2026/3/4", "承办单位": "某局（样例）",
        "来电人": "样例来电人", "联系电话": "+86 19900000001", "统一社会信用代码": "91320281000000019H", "其他列": "不管",
    }  # fmt: skip
    assert normalise(row, "x") == {
        "source": "x",
        "number": "A-7",
        "channel": "微信",
        "nature": "consultation",
        "title": "问",
        "content": "问题。",
        "received_at": shanghai("2026-03-02T09:05"),
        "reply": "答。",
        "replied_at": shanghai("2026-03-04T00:00"),
        "reply_unit": "某局（样例）",
        "caller": {"name": "样例来电人", "phone": "19900000001", "enterprise_uscc": "91320281000000019H"},
    }


def test_a_311_export_without_a_text_tells_its_reason_and_place() -> None:
    row = {
        "case_enquiry_id": "101", "open_dt": "2019-01-01T07:02:25", "closed_dt": "2019-01-02T07:00:00", "type": "Bed Bugs",
        "reason": "Housing", "subject": "Inspections", "neighborhood": "", "source": "City App", "department": "ISD",
    }  # fmt: skip
    form = normalise(row, "boston")
    assert (form["title"], form["content"], form["channel"]) == ("Bed Bugs", "Housing；Inspections", "City App")
    assert form["received_at"] == shanghai("2019-01-01T07:02:25")
    assert "reply" not in form and "replied_at" not in form


@pytest.mark.parametrize("header", ["标 题", " 标题", "\ufeff标题"])
def test_blanks_in_headers_do_not_matter(header: str) -> None:
    assert normalise({**PLAIN, "来信标题": "", header: "另一个"}, "x")["title"] == "另一个"


def test_round_brackets_of_either_width_are_the_same() -> None:
    row = {"编号": "1", "来信（电）内容": "内容", "来信(电)时间": "2026-03-02"}
    assert normalise(row, "x")["content"] == "内容"


def test_the_first_header_with_a_value_counts() -> None:
    assert normalise({**PLAIN, "诉求内容": " ", "内容": "后面的"}, "x")["content"] == "内容。"


def test_without_a_title_the_content_begins_it() -> None:
    row = {**PLAIN, "来信标题": "", "来信内容": "很长的内容" * 20}
    assert normalise(row, "x")["title"] == ("很长的内容" * 8)


@pytest.mark.parametrize(
    ("word", "nature"),
    [
        ("投诉", "complaint"), ("举报", "complaint"), ("投诉举报", "complaint"), ("咨询", "consultation"),
        ("建议", "suggestion"), ("意见建议", "suggestion"), ("求助", "demand"), ("诉求", "demand"), ("表扬", "praise"),
        ("Complaint", "complaint"), (None, "demand"), ("城乡建设", "demand"),
    ],
)  # fmt: skip
def test_words_for_natures(word: str | None, nature: str) -> None:
    assert nature_of(word) == nature


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-02", "2026-03-02T00:00"),
        ("2026-03-02T09:30:00", "2026-03-02T09:30"),
        ("2026-03-02 09:30:00.250", "2026-03-02T09:30"),
        ("2026/3/2 9:30", "2026-03-02T09:30"),
        ("2026.3.2", "2026-03-02T00:00"),
        ("2026年3月2日", "2026-03-02T00:00"),
        ("2026年3月2日9时30分15秒", "2026-03-02T09:30:15"),
        ("20260302", "2026-03-02T00:00"),
        ("2026-03-02T01:30:00Z", "2026-03-02T09:30"),
        ("2026-03-02T09:30:00+08:00", "2026-03-02T09:30"),
    ],
)
def test_times_as_exports_write_them(text: str, at: str) -> None:
    found: datetime = instant_of(text)
    assert found == shanghai(at) and found.tzinfo is not None


@pytest.mark.parametrize("text", ["不知道", "2026-13-01", "2026-02-30", "2026-03-02 25:00", "3月2日", "45000"])
def test_what_is_no_time_is_refused(text: str) -> None:
    assert errors({**PLAIN, "来信时间": text}) == {("received_at", "unreadable-time")}


def test_everything_that_is_missing_is_said_at_once() -> None:
    assert errors({"标题": "只有标题"}) == {("number", "missing"), ("content", "missing"), ("received_at", "missing")}


def test_an_answer_without_its_time_is_refused() -> None:
    assert errors({**PLAIN, "回复内容": "答。"}) == {("replied_at", "missing")}


def test_a_time_of_answer_without_an_answer_leaves_the_ticket_open() -> None:
    form = normalise({**PLAIN, "回复内容": "", "回复时间": "2026-03-03", "回复部门": "某局"}, "x")
    assert not {"reply", "replied_at", "reply_unit"} & set(form)


def test_a_department_code_of_the_platform_is_taken_as_such() -> None:
    form = normalise({**PLAIN, "回复内容": "答。", "回复时间": "2026-03-03", "回复部门": "gxj"}, "x")
    assert form["reply_department"] == "gxj" and "reply_unit" not in form


@pytest.mark.parametrize("number", ["138****1234", "[手机号]"])
def test_a_masked_number_tells_nothing(number: str) -> None:
    assert "caller" not in normalise({**PLAIN, "联系电话": number}, "x")


def test_cells_that_are_no_text_are_read_as_text_and_none_is_absent() -> None:
    form = normalise({**PLAIN, "信件编号": 17, "来信标题": None, "null": ["多出的", "单元格"]}, "x")
    assert (form["number"], form["title"]) == ("17", "内容。")


def test_no_header_names_two_fields() -> None:
    names = [name for headers in FIELDS.values() for name in headers]
    assert len(names) == len(set(names))
