"""Everything that can go wrong at a door is said in Chinese, in one answer, and tells nothing of the inside."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import FastAPI
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.eventstore.decider import Because, FieldError, Refused
from shared.http.asking import after, page
from shared.http.problems import MESSAGES, STATUS, add_problem_handlers, field_errors


class Colour(StrEnum):
    RED = "red"


class Inner(BaseModel):
    n: int = 0


class Form(BaseModel):
    """One field for each thing that a form can have wrong."""

    model_config = ConfigDict(extra="forbid")

    required: str
    short: str = Field("ab", min_length=2)
    long: str = Field("", max_length=2)
    shaped: str = Field("a", pattern="^[a-z]$")
    text: str = ""
    whole: int = 0
    whole_typed: Annotated[int, Field(strict=True)] = 0
    real: float = 0.0
    yes: bool = True
    day: date = date(2026, 1, 1)
    day_of_text: date = date(2026, 1, 1)
    day_typed: Annotated[date, Field(strict=True)] = date(2026, 1, 1)
    moment: datetime | None = None
    moment_of_text: datetime | None = None
    zoned: AwareDatetime | None = None
    one: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    more: int = Field(2, gt=1)
    least: int = Field(2, ge=1)
    most: int = Field(2, le=3)
    few: list[int] = Field([1], min_length=1)
    many: list[int] = Field([], max_length=1)
    listed: list[int] = []
    inner: Inner = Inner()
    mapped: dict[str, int] = {}


WRONG: dict[str, tuple[str, Any]] = {
    "string_too_short": ("short", "a"),
    "string_too_long": ("long", "abc"),
    "string_pattern_mismatch": ("shaped", "A"),
    "string_type": ("text", 1),
    "int_parsing": ("whole", "x"),
    "int_type": ("whole_typed", "1"),
    "float_parsing": ("real", "x"),
    "bool_parsing": ("yes", "x"),
    "date_from_datetime_inexact": ("day", "2026"),
    "date_from_datetime_parsing": ("day", "x"),
    "date_type": ("day_typed", 5.5),
    "datetime_from_date_parsing": ("moment", "2026-13-01"),
    "timezone_aware": ("zoned", "2026-01-01T00:00:00"),
    "literal_error": ("one", "c"),
    "enum": ("colour", "blue"),
    "greater_than": ("more", 1),
    "greater_than_equal": ("least", 0),
    "less_than_equal": ("most", 4),
    "too_short": ("few", []),
    "too_long": ("many", [1, 2]),
    "list_type": ("listed", 1),
    "model_attributes_type": ("inner", 1),
    "dict_type": ("mapped", 1),
    "extra_forbidden": ("surplus", 1),
}


@pytest.mark.parametrize(("type_", "field", "value"), [(t, f, v) for t, (f, v) in WRONG.items()])
def test_each_thing_that_can_be_wrong_is_said_in_chinese(type_: str, field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate_json(json.dumps({"required": "", field: value}))
    (error,) = field_errors(refused.value.errors())
    assert error.field == field
    known = {error.code, type_}
    assert known <= set(MESSAGES), f"pydantic says {error.code}"
    assert "{" not in error.message
    assert error.message.endswith("。")


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({})
    (error,) = field_errors(refused.value.errors())
    assert (error.field, error.message) == ("required", "缺少必填项。")


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


async def test_what_is_no_json_or_not_there_is_a_problem_too(door: httpx.AsyncClient) -> None:
    broken = await door.post("/form", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["errors"][0]["code"]) == (422, "json_invalid")
    assert (await door.get("/nowhere")).json()["code"] == "platform.http-404"
    assert (await door.get("/form")).json()["code"] == "platform.http-405"


async def test_a_failure_says_nothing_of_the_inside(door: httpx.AsyncClient) -> None:
    answer = await door.get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "platform.failed")
    assert "12345" not in answer.text


def test_a_cursor_leads_to_the_rest_and_only_where_there_is_one() -> None:
    first = page(["甲", "乙", "丙"], 2, lambda row: row)
    assert first.items == ["甲", "乙"]
    assert after(first.next) == "乙"
    assert page(["甲"], 2, lambda row: row).next is None
    assert after(None) is None
    with pytest.raises(Refused):
        after("!!")
