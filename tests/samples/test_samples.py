"""The shipped sample material: marked as such, whole, consistent, and nobody else's text."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from chinese_calendar import is_workday
from pydantic import TypeAdapter
from stdnum.cn import uscc

from services.policy.conditions.language import Condition, Eligibility
from services.policy.conditions.validating import problems, problems_in
from shared.contracts.facts import BASE_CATALOGUE

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FILES = (
    "departments", "divisions", "industries", "named-conditions", "documents", "items", "enterprises", "facts", "tickets",
)  # fmt: skip
KEYS: dict[str, str | tuple[str, ...]] = {
    "departments": "code", "divisions": "code", "industries": "code", "documents": "number", "items": "code",
    "enterprises": "uscc", "tickets": "number", "named-conditions": "name", "facts": ("uscc", "key"),
}  # fmt: skip
LEAST = {"departments": 18, "divisions": 24, "documents": 32, "items": 64, "enterprises": 220, "tickets": 320}
MARK = "（样例）"
_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
GUIDE_PARTS = {"conditions", "materials", "process", "promised_days", "office", "phone"}
ENQUIRY_PHONE = re.compile(r"0510-0000\d{4}")
MOBILE = re.compile(r"1990000\d{4}")
LIKE_A_PHONE = re.compile(r"(?<!\d)(?:0\d{2,3}-?\d{7,8}|1[3-9]\d{9}|[48]00-?\d{3}-?\d{4})(?!\d)")
LONGEST_COMMON_RUN = 15  # characters

Record = dict[str, Any]


@cache
def sample(name: str) -> list[Record]:
    records: list[Record] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return records


def key_of(name: str, record: Record) -> str:
    fields = KEYS[name]
    return str(record[fields]) if isinstance(fields, str) else " ".join(str(record[field]) for field in fields)


def keys(name: str) -> set[str]:
    return {key_of(name, record) for record in sample(name)}


def texts(value: object) -> Iterator[str]:
    """Every string inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def working_days_after(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`."""
    return sum(is_workday(start + timedelta(n)) for n in range(1, (end - start).days + 1))


def missing_parts(guide: Record) -> set[str]:
    return {part for part in GUIDE_PARTS if not guide.get(part)}


# ---- marks


@pytest.mark.parametrize("name", FILES)
def test_every_record_says_that_it_is_a_sample(name: str) -> None:
    assert [r for r in sample(name) if r.get("sample") is not True] == []


@pytest.mark.parametrize(
    ("name", "field"), [("documents", "title"), ("items", "title"), ("tickets", "title"), ("enterprises", "name")]
)
def test_names_and_titles_end_in_the_mark(name: str, field: str) -> None:
    assert [r[field] for r in sample(name) if not r[field].endswith(MARK) or r[field] == MARK] == []


def test_document_numbers_are_visibly_invented() -> None:
    assert [d["number"] for d in sample("documents") if not re.fullmatch(r"样例〔202[56]〕\d+号", d["number"])] == []


def test_contacts_and_callers_have_no_personal_names() -> None:
    assert {e["contact"]["name"] for e in sample("enterprises")} == {"样例联系人"}
    assert {t["caller"]["name"] for t in sample("tickets")} == {"样例来电人"}


def test_phones_come_only_from_the_fictitious_ranges() -> None:
    phones = [i["guide"]["phone"] for i in sample("items") if i["guide"]["phone"] is not None]
    mobiles = [e["contact"]["phone"] for e in sample("enterprises")] + [t["caller"]["phone"] for t in sample("tickets")]
    assert [p for p in phones if not ENQUIRY_PHONE.fullmatch(p)] == []
    assert [m for m in mobiles if not MOBILE.fullmatch(m)] == []
    found = [p for name in FILES for text in texts(sample(name)) for p in LIKE_A_PHONE.findall(text)]
    assert len(found) >= len(phones) + len(mobiles)
    assert [p for p in found if not ENQUIRY_PHONE.fullmatch(p) and not MOBILE.fullmatch(p)] == []


# ---- counts and keys


@pytest.mark.parametrize(("name", "least"), LEAST.items())
def test_there_is_enough_of_everything(name: str, least: int) -> None:
    assert len(sample(name)) >= least


@pytest.mark.parametrize("name", FILES)
def test_keys_are_unique(name: str) -> None:
    repeated = [key for key, times in Counter(key_of(name, r) for r in sample(name)).items() if times > 1]
    assert repeated == []


@pytest.mark.parametrize(
    ("name", "field"), [("documents", "title"), ("items", "title"), ("enterprises", "name"), ("tickets", "content")]
)
def test_no_text_that_tells_records_apart_is_repeated(name: str, field: str) -> None:
    assert [text for text, times in Counter(r[field] for r in sample(name)).items() if times > 1] == []


def test_the_readme_states_the_counts_of_the_files() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    stated = {name: int(n) for name, n in re.findall(r"^\| `([\w-]+)\.json` \| (\d+) \|", readme, re.MULTILINE)}
    assert stated == {name: len(sample(name)) for name in FILES}


# ---- references


def test_conditions_of_items_hold_water() -> None:
    named = {r["name"]: _CONDITION.validate_python(r["rule"]) for r in sample("named-conditions")}
    for name, rule in named.items():
        assert list(problems_in(rule, BASE_CATALOGUE, named, name)) == []
    stated = {item["code"]: item["eligibility"] for item in sample("items") if item.get("eligibility")}
    assert len(stated) > 60
    for code, eligibility in stated.items():
        assert problems(Eligibility.model_validate(eligibility), BASE_CATALOGUE, named) == [], code


def test_facts_are_of_sample_enterprises_and_known_to_the_catalogue() -> None:
    assert {r["uscc"] for r in sample("facts")} <= keys("enterprises")
    assert {r["key"] for r in sample("facts")} <= set(BASE_CATALOGUE)
    assert {r["department"] for r in sample("facts")} <= keys("departments")


def test_departments_hold_every_role_once_where_it_is_single() -> None:
    roles = Counter(d["role"] for d in sample("departments"))
    assert (roles["data-bureau"], roles["operation-centre"], roles["finance"]) == (1, 1, 1)
    assert set(roles) == {"department", "data-bureau", "operation-centre", "finance"}


@pytest.mark.parametrize("name", ["divisions", "industries"])
def test_every_parent_is_in_the_same_file(name: str) -> None:
    parents = {r["parent_code"] for r in sample(name) if r["parent_code"] is not None}
    assert parents <= keys(name)


def test_documents_items_and_tickets_name_known_departments() -> None:
    named = {r["department"] for name in ("documents", "items") for r in sample(name)}
    named |= {t["suggested_department"] for t in sample("tickets") if t["suggested_department"]}
    named |= {t["reply_department"] for t in sample("tickets") if "reply" in t}
    assert named <= keys("departments")


def test_items_belong_to_a_public_document_of_the_same_department() -> None:
    documents = {d["number"]: d for d in sample("documents")}
    strays = [
        i["code"] for i in sample("items")
        if (d := documents.get(i["document_number"])) is None
        or d["department"] != i["department"] or d["disclosure"] != "public"
    ]  # fmt: skip
    assert strays == []


def test_towns_are_nine_digit_divisions_of_jiangyin_and_all_have_enterprises() -> None:
    towns = {d["code"] for d in sample("divisions") if d["parent_code"] == "320281"}
    assert len(towns) == 21
    assert {e["division"] for e in sample("enterprises")} == towns
    assert {town for i in sample("items") for town in i["towns"]} <= towns
    assert {t["town"] for t in sample("tickets") if t["town"]} <= towns


def test_industries_are_classes_for_enterprises_and_known_prefixes_for_items() -> None:
    assert {e["industry"] for e in sample("enterprises")} <= {c for c in keys("industries") if len(c) == 5}
    assert {code for i in sample("items") for code in i["industries"]} <= keys("industries")


def test_tickets_name_known_enterprises_or_none() -> None:
    callers = [t["caller"]["enterprise_uscc"] for t in sample("tickets")]
    assert None in callers
    assert {c for c in callers if c} <= keys("enterprises")


# ---- contents


def test_credit_codes_have_right_check_characters() -> None:
    """GB 32100-2015 for the last character, GB 11714-1997 for the organisation code inside (positions 9 to 17)."""
    for code in keys("enterprises"):
        assert uscc.validate(code) == code
        assert code.startswith("91320281MA0Y")
        body, check = code[8:16], code[16]
        weighted = sum(int(c, 36) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
        assert check == "0123456789X0"[11 - weighted % 11], code


def test_documents_are_decided_issued_and_effective_in_order_on_working_days() -> None:
    for d in sample("documents"):
        decided, issued, effective = (date.fromisoformat(d[f]) for f in ("decided_on", "issued_on", "effective_on"))
        assert decided < issued <= effective, d["number"]
        assert all(is_workday(day) for day in (decided, issued, effective)), d["number"]
        assert working_days_after(decided, issued) <= 3, d["number"]


def test_document_bodies_have_three_to_eight_paragraphs() -> None:
    assert [d["number"] for d in sample("documents") if not 3 <= len(d["body"].split("\n")) <= 8] == []


def test_withheld_documents_are_few_and_say_why() -> None:
    withheld = [d for d in sample("documents") if d["disclosure"] == "withheld"]
    assert len(withheld) in (1, 2)
    assert all(d["withheld_reason"] for d in withheld)
    assert {d["disclosure"] for d in sample("documents")} == {"public", "withheld"}


def test_guides_are_complete_except_those_of_three_drafts() -> None:
    incomplete = {i["code"] for i in sample("items") if missing_parts(i["guide"])}
    assert incomplete == {i["code"] for i in sample("items") if i.get("draft")}
    assert len(incomplete) == 3


def test_item_windows_are_consistent_and_open_no_earlier_than_their_document() -> None:
    effective = {d["number"]: d["effective_on"] for d in sample("documents")}
    for i in sample("items"):
        window = i["window"]
        if window["kind"] == "fixed":
            assert effective[i["document_number"]] <= window["opens_on"] < window["closes_on"], i["code"]
        else:
            assert window["kind"] in ("year-round", "undetermined")
            assert (window["opens_on"], window["closes_on"]) == (None, None)


def test_every_kind_of_window_and_procedure_occurs() -> None:
    assert {i["window"]["kind"] for i in sample("items")} == {"year-round", "fixed", "undetermined"}
    assert {i["procedure"] for i in sample("items")} == {"no-application", "simple", "complex"}


def test_money_is_integer_fen() -> None:
    amounts = [i["amount_fen"] for i in sample("items") if i["amount_fen"] is not None]
    amounts += [e[field] for e in sample("enterprises") for field in ("revenue_fen", "assets_fen")]
    assert [a for a in amounts if type(a) is not int or a <= 0] == []


def test_tickets_are_numbered_in_the_order_they_came_in() -> None:
    tickets = sample("tickets")
    assert [t["number"] for t in tickets] == [f"JY12345-2026-{n:06d}" for n in range(1, len(tickets) + 1)]
    received = [datetime.fromisoformat(t["received_at"]) for t in tickets]
    assert received == sorted(received)
    assert {(r.year, r.utcoffset()) for r in received} == {(2026, timedelta(hours=8))}
    assert {r.month for r in received} == set(range(1, 11))


def test_about_half_of_the_tickets_are_answered_after_they_came_in() -> None:
    answered = [t for t in sample("tickets") if "reply" in t]
    assert 0.4 <= len(answered) / len(sample("tickets")) <= 0.6
    assert all(t["received_at"] < t["replied_at"] and t["reply_department"] for t in answered)


def test_tickets_have_two_to_five_sentences_and_every_nature_and_channel() -> None:
    lengths = {t["number"]: len(re.findall(r"[。！？]", t["content"])) for t in sample("tickets")}
    assert [number for number, n in lengths.items() if not 2 <= n <= 5] == []
    natures = {"consultation", "suggestion", "complaint", "demand", "praise"}
    assert {t["nature"] for t in sample("tickets")} == natures
    assert {t["channel"] for t in sample("tickets")} == {"电话", "网站", "APP", "微信小程序", "窗口"}


# ---- against the reference material


@pytest.mark.realdata
def test_towns_have_the_codes_and_names_of_the_reference(realdata: Path) -> None:
    with (realdata / "divisions_jiangsu_towns.csv").open(encoding="utf-8") as rows:
        reference = {r["code"]: r["name"] for r in csv.DictReader(rows) if r["county_code"] == "320281"}
    assert {d["code"]: d["name"] for d in sample("divisions") if d["parent_code"] == "320281"} == reference


@pytest.mark.realdata
def test_industries_have_the_codes_and_names_of_the_standard(realdata: Path) -> None:
    with (realdata / "gb4754_2017.csv").open(encoding="utf-8") as rows:
        reference = {(r["section"] + r["code"].removeprefix(r["section"]), r["name"]) for r in csv.DictReader(rows)}
    assert {(i["code"], i["name"]) for i in sample("industries")} <= reference


@pytest.mark.realdata
def test_no_run_of_sixteen_characters_comes_from_the_reference_texts(realdata: Path) -> None:
    """Stricter than whole sentences: even a part of a longer sentence would show."""
    width = LONGEST_COMMON_RUN + 1
    ours = {
        text[n : n + width]
        for name in ("documents", "items", "enterprises", "tickets")
        for text in texts(sample(name))
        for n in range(len(text) - width + 1)
    }
    patterns = ("tickets_*.csv", "messages_*.csv", "policy_*.*", "statutes_*.csv", "green_finance_*.csv")
    sources = [path for pattern in patterns for path in realdata.glob(pattern)]
    assert len(sources) >= 10
    for path in sources:
        text = path.read_text(encoding="utf-8")
        copied = {text[n : n + width] for n in range(len(text) - width + 1)} & ours
        assert copied == set(), path.name
