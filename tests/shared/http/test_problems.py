"""Everything that can go wrong at a door is said in Chinese, in one answer, and tells nothing of the inside."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import eventsourcing.persistence
import httpx
import psycopg_pool
import pytest
import sqlalchemy.exc
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import after, page
from shared.http.problems import MESSAGES, STATUS, add_problem_handlers, field_errors


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Inner(BaseModel):
    """An object in a form."""

    model_config = ConfigDict(extra="forbid")

    n: int = 0


class Form(BaseModel):
    """What the doors below take."""

    required: str
    whole: int = 0
    one: Literal["a", "b"] = "a"
    short: str = Field("ab", min_length=2)


STRICT = Field(strict=True)
# What pydantic says, of a field of which type, to which content; as the doors and the batches check: from Python values.
WRONG: list[tuple[str, Any, Any]] = [
    ("missing", Form, {}),
    ("string_too_short", Annotated[str, Field(min_length=2)], "a"),
    ("string_too_long", Annotated[str, Field(max_length=2)], "abc"),
    ("string_pattern_mismatch", Annotated[str, Field(pattern="^[a-z]$")], "A"),
    ("string_type", str, 1),
    ("string_unicode", Annotated[str, Field(min_length=2)], "\ud800x"),
    ("int_type", int, []),
    ("int_parsing", int, "x"),
    ("int_from_float", int, 1.5),
    ("int_parsing_size", int, "1" * 5000),
    ("float_type", float, []),
    ("float_parsing", float, "x"),
    ("bool_type", bool, []),
    ("bool_parsing", bool, "x"),
    ("date_type", date, []),
    ("date_from_datetime_inexact", date, "2026-01-01T01:00:00"),
    ("date_from_datetime_parsing", date, "2026-13-01"),
    ("datetime_type", datetime, []),
    ("datetime_from_date_parsing", datetime, "x"),
    ("datetime_parsing", datetime, 1e300),
    ("timezone_aware", AwareDatetime, "2026-01-01T00:00:00"),
    ("literal_error", Literal["a", "b"], "c"),
    ("enum", Colour, "blue"),
    ("greater_than", Annotated[int, Field(gt=1)], 1),
    ("greater_than_equal", Annotated[int, Field(ge=1)], 0),
    ("less_than_equal", Annotated[int, Field(le=3)], 4),
    ("too_short", Annotated[list[int], Field(min_length=1)], []),
    ("too_long", Annotated[list[int], Field(max_length=1)], [1, 2]),
    ("list_type", list[int], 1),
    ("tuple_type", tuple[int, ...], 1),
    ("finite_number", int, float("inf")),
    ("model_type", Inner, 1),
    ("dict_type", dict[str, int], 1),
    ("extra_forbidden", Inner, {"m": 1}),
]
# The same from JSON text, and as FastAPI asks for bodies.
WRONG_JSON: list[tuple[str, Any, str]] = [
    ("date_parsing", Annotated[date, STRICT], '"x"'),
    ("json_invalid", Inner, "{"),
]
WRONG_BODY: list[tuple[str, Any, Any]] = [("model_attributes_type", Inner, 1)]


def said(refused: pytest.ExceptionInfo[ValidationError]) -> FieldError:
    (error,) = field_errors(refused.value.errors())
    return error


def check(error: FieldError, type_: str) -> None:
    """The expected kind of error, in words of ours, with every number filled in."""
    assert error.code == type_
    assert not set("{}'") & set(error.message)
    assert "内容不符合要求" not in error.message, "in pydantic's words"
    assert error.message.endswith("。")


@pytest.mark.parametrize(("type_", "form", "value"), WRONG, ids=[type_ for type_, _, _ in WRONG])
def test_each_thing_that_can_be_wrong_is_said_in_chinese(type_: str, form: Any, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(form).validate_python(value)
    check(said(refused), type_)


def test_what_is_wrong_in_json_or_a_body_is_said_in_chinese() -> None:
    for type_, form, text in WRONG_JSON:
        with pytest.raises(ValidationError) as refused:
            TypeAdapter(form).validate_json(text)
        check(said(refused), type_)
    for type_, form, value in WRONG_BODY:
        with pytest.raises(ValidationError) as refused:
            TypeAdapter(form).validate_python(value, from_attributes=True)
        check(said(refused), type_)


def test_every_message_was_triggered_above() -> None:
    assert {type_ for type_, _, _ in [*WRONG, *WRONG_JSON, *WRONG_BODY]} == set(MESSAGES)


@pytest.mark.parametrize("form", [Literal["red", "green"], Colour])
def test_what_is_allowed_is_listed_as_chinese_lists_are(form: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(form).validate_python("blue")
    assert said(refused).message == "不在允许的取值之内，允许：red、green。"


def test_a_validators_own_sentence_is_kept() -> None:
    def check_it(value: str) -> str:
        raise ValueError("请填写全称。")

    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Annotated[str, AfterValidator(check_it)]).validate_python("x")
    assert said(refused).message == "请填写全称。"


AWAY: list[Exception] = [
    sqlalchemy.exc.OperationalError("SELECT 1", {}, Exception("no answer")),
    sqlalchemy.exc.TimeoutError("no connection is free"),
    eventsourcing.persistence.OperationalError("no answer"),
    psycopg_pool.PoolTimeout("no connection is free"),
]


@pytest.fixture
async def door() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    add_problem_handlers(app)

    @app.post("/form")
    async def form(form: Form) -> None: ...

    @app.get("/refused/{because}")
    async def refuse(because: Because) -> None:
        raise Refused("testing.no", "不行，请改正。", [FieldError(field="a", code="b", message="错。")], because)

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the password is 12345")

    @app.get("/away/{n}")
    async def away(n: int) -> None:
        raise AWAY[n]

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("because", list(Because))
async def test_a_refusal_answers_with_its_code_and_all_errors(door: httpx.AsyncClient, because: Because) -> None:
    answer = await door.get(f"/refused/{because}")
    assert answer.status_code == STATUS[because]
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["code"], body["type"]) == ("testing.no", "urn:chengce:problem:testing.no")
    assert body["errors"] == [{"field": "a", "code": "b", "message": "错。"}]


async def test_a_wrong_form_counts_its_errors(door: httpx.AsyncClient) -> None:
    answer = await door.post("/form", json={"whole": "x", "one": "c"})
    assert answer.status_code == 422
    assert "3处" in answer.json()["title"]


async def test_what_cannot_be_read_or_is_not_there_is_a_problem_too(door: httpx.AsyncClient) -> None:
    as_json = {"content-type": "application/json"}
    broken = await door.post("/form", content=b"{", headers=as_json)
    assert (broken.status_code, broken.json()["errors"][0]["code"]) == (422, "json_invalid")
    nowhere = await door.get("/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "platform.http-404")
    not_so = await door.get("/form")
    assert (not_so.status_code, not_so.json()["code"], not_so.headers["allow"]) == (405, "platform.http-405", "POST")
    in_gbk = await door.post("/form", content='{"required": "内容"}'.encode("gb18030"), headers=as_json)
    assert (in_gbk.status_code, in_gbk.json()["code"]) == (400, "platform.http-400")
    assert "UTF-8" in in_gbk.json()["title"]


@pytest.mark.parametrize("n", range(len(AWAY)))
async def test_while_the_record_is_away_everybody_is_asked_to_come_again(door: httpx.AsyncClient, n: int) -> None:
    answer = await door.get(f"/away/{n}")
    assert (answer.status_code, answer.json()["code"]) == (503, "platform.record-unreachable")
    assert int(answer.headers["retry-after"]) > 0
    assert "重新提交" in answer.json()["title"]


async def test_a_failure_says_nothing_of_the_inside(door: httpx.AsyncClient) -> None:
    answer = await door.get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "platform.failed")
    assert "12345" not in answer.text


KEYS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=40)


@given(rows=st.lists(KEYS, max_size=12, unique=True).map(sorted), limit=st.integers(1, 5))
def test_pages_lead_to_every_row_once_and_in_order(rows: list[str], limit: int) -> None:
    found: list[str] = []
    start: str | None = None
    while True:
        left = [row for row in rows if start is None or row > start][: limit + 1]
        shown = page(left, limit, lambda row: row)
        assert len(shown.items) <= limit
        found += shown.items
        if shown.next is None:
            break
        assert re.fullmatch("[A-Za-z0-9_-]+", shown.next), "safe in an address as it is"
        start = after(shown.next)
        assert start == shown.items[-1]
    assert found == rows


@given(st.text())
def test_whatever_is_no_cursor_is_refused_and_never_fails(text: str) -> None:
    try:
        key = after(text)
    except Refused as refused:
        assert (refused.code, refused.because) == ("platform.invalid-cursor", Because.INVALID)
    else:
        assert key is not None
        assert "\0" not in key


@pytest.mark.parametrize("cursor", ["!!", "YQBi", "_w", "a"], ids=["no letters of it", "NUL", "no UTF-8", "cut off"])
def test_a_wrong_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Refused, match="翻页标记无效"):
        after(cursor)
