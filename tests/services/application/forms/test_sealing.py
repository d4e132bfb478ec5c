"""Whatever is typed into a field that is kept sealed, in whatever shape, it is nowhere in clear, and comes back as it was."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.application.definition.designing import completed
from services.application.definition.form import Form
from services.application.definition.sealing import covered, read, uncovered

FORM = completed(
    Form(
        answers={
            "type": "object",
            "properties": {
                "phone": {"type": "string", "format": "phone", "title": "电话"},
                "note": {"type": "string", "title": "备注"},
                "plain": {
                    "type": "array", "title": "设备",
                    "items": {"type": "object", "properties": {"model": {"type": "string", "title": "型号"}}},
                },
                "people": {
                    "type": "array", "title": "人员",
                    "items": {
                        "type": "object",
                        "properties": {
                            "id": {"type": "string", "format": "identity-number", "title": "身份证号"},
                            "post": {"type": "string", "title": "岗位"},
                        },
                    },
                },
            },
            "allOf": [
                {
                    "if": {"properties": {"note": {"const": "x"}}, "required": ["note"]},
                    "then": {"properties": {"account": {"type": "string", "format": "bank-account", "title": "账号"}}},
                }
            ],
        }
    )
)  # fmt: skip
SECRET = "19900000001"
SECRETS = st.sampled_from([SECRET, int(SECRET), float(SECRET)])
SHAPES = st.recursive(
    SECRETS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "other", "sealed", "end"]), inner, min_size=1, max_size=2)
    ),
    max_leaves=4,
)


def sealed(answers: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Answers as they are kept, and what stands in the envelopes."""
    vault: dict[str, str] = {}

    def seal(text: str) -> str:
        name = f"v{len(vault)}"
        vault[name] = text
        return name

    return covered(FORM, answers, seal), vault


def opened(kept: dict[str, Any], vault: dict[str, str]) -> dict[str, Any]:
    return uncovered(kept, lambda envelope: read(envelope, vault[envelope["sealed"]]))


@given(st.dictionaries(st.sampled_from(["phone", "account"]), SHAPES, min_size=1))
def test_nothing_of_a_sealed_field_is_kept_in_clear_and_it_comes_back_as_it_was(answers: dict[str, Any]) -> None:
    kept, vault = sealed(answers)
    assert SECRET.encode() not in orjson.dumps(kept)
    assert opened(kept, vault) == answers


@given(SHAPES)
def test_what_comes_in_another_shape_than_the_forms_is_sealed_with_all_that_is_in_it(value: Any) -> None:
    kept, vault = sealed({"people": {"id": value} if not isinstance(value, list) else value[0]})
    assert SECRET.encode() not in orjson.dumps(kept)
    assert opened(kept, vault)["people"] == ({"id": value} if not isinstance(value, list) else value[0])


@given(SHAPES, SHAPES)
def test_within_a_list_only_what_the_form_knows_to_be_harmless_stays_readable(person: Any, misspelt: Any) -> None:
    answers = {"people": [{"id": person, "post": "车间（样例）", "idd": misspelt}, person]}
    kept, vault = sealed(answers)
    assert kept["people"][0]["post"] == "车间（样例）"
    assert SECRET.encode() not in orjson.dumps(kept)
    assert opened(kept, vault) == answers


@given(SHAPES)
def test_what_looks_like_an_envelope_is_not_taken_for_one(value: Any) -> None:
    answers = {"note": {"sealed": value}, "plain": [{"sealed": value, "model": "样例"}], "sealed": "样例"}
    kept, vault = sealed(answers)
    assert opened(kept, vault) == answers


def test_the_end_is_shown_of_what_is_long_enough_to_have_one() -> None:
    kept, _ = sealed({"phone": SECRET})
    assert kept["phone"]["end"] == "0001"
    assert sealed({"phone": int(SECRET)})[0]["phone"]["end"] == "0001"
    for short in ("1381", 138, [SECRET], {"a": SECRET}, True):
        assert sealed({"phone": short})[0]["phone"]["end"] == ""
    assert sealed({"phone": None, "note": "样例"})[0] == {"phone": None, "note": "样例"}
