"""A form is refused with all its mistakes; one that is taken can be filled in."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from services.application.definition.changes import changes
from services.application.definition.comparing import KnownFact, compare, prefill
from services.application.definition.designing import completed, mistakes
from services.application.definition.form import Form
from shared.contracts.facts import BASE_CATALOGUE, NumberBand
from tests.services.application.forms.forms import FORM, SCHEMA, SHIPPED


def test_a_right_form_has_no_mistakes_and_setting_it_again_changes_nothing() -> None:
    for form in (FORM, SHIPPED):
        assert mistakes(form, BASE_CATALOGUE) == []
        assert completed(form) == form


def _with(path: str, value: Any) -> Form:
    schema = deepcopy(SCHEMA)
    *way, last = path.split(".")
    place: Any = schema
    for key in way:
        place = place[int(key) if key.isdigit() else key]
    place[last] = value
    return Form(answers=schema)


@pytest.mark.parametrize(
    ("path", "value", "field", "code"),
    [
        ("type", "array", "answers.type", "not-an-object"),
        ("required", ["nobody"], "answers.required", "unknown-field"),
        ("properties.Name", {"type": "string", "title": "x"}, "answers.properties.Name", "name"),
        ("properties.name.title", " ", "answers.properties.name.title", "missing"),
        ("properties.name.minimum", 3, "answers.properties.name.minimum", "unknown-keyword"),
        ("properties.name.$ref", "#/x", "answers.properties.name.$ref", "unknown-keyword"),
        ("properties.name.minLength", "a", "answers.properties.name.minLength", "malformed"),
        ("properties.name.minLength", 9000, "answers.properties.name.minLength", None),
        ("properties.contact.format", "fax", "answers.properties.contact.format", "unknown-format"),
        ("properties.contact.x-requested", True, "answers.properties.contact.x-requested", "not-an-amount"),
        ("properties.staff.x-fact", "mood", "answers.properties.staff.x-fact", "unknown-fact"),
        ("properties.staff.x-fact", "revenue", "answers.properties.staff.x-fact", "other-kind"),
        ("properties.staff.maximum", 0, "answers.properties.staff.minimum", "bound"),
        ("properties.amount.formatMinimum", "viel", "answers.properties.amount.formatMinimum", "bound"),
        ("properties.way.x-labels", {"stolen": "x"}, "answers.properties.way.x-labels.stolen", "unknown-option"),
        ("properties.way.x-labels", [], "answers.properties.way.x-labels", "malformed"),
        ("properties.way.enum", ["a", "a"], "answers.properties.way.enum", "options"),
        ("properties.rows.items", {}, "answers.properties.rows.items", "no-type"),
        ("properties.rows.x-accept", [], "answers.properties.rows.x-accept", "unknown-keyword"),
        ("allOf.0.if.properties.way.const", "stolen", "answers.allOf.0.if.properties.way", "never"),
        ("allOf.0.if.properties", {"lessor": {"const": 1}}, "answers.allOf.0.if.properties.lessor", "unknown-field"),
        ("allOf.0.if.required", [], "answers.allOf.0.if.required", "not-required"),
        ("allOf.0.then", {}, "answers.allOf.0.then", "empty"),
        ("allOf.0.then.properties.name", {"type": "string", "title": "x"}, "answers.properties.name", "twice"),
        ("allOf.0.then.properties.fee", {"type": "string", "title": "x", "format": "amount", "x-requested": True},
         "answers.properties", "requested"),
        ("properties.name.pattern", "(a+)+$", "answers.properties.name.pattern", "costly"),
        ("properties.name.pattern", "(", "answers.properties.name.pattern", "pattern"),
        ("unevaluatedProperties", True, "answers.unevaluatedProperties", "open"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_where_it_is(path: str, value: Any, field: str, code: str | None) -> None:
    found = [(each.field, each.code) for each in mistakes(_with(path, value), BASE_CATALOGUE)]
    assert ((field, code) in found) if code else not found, found


def test_all_mistakes_are_told_at_once() -> None:
    schema = _with("properties.contact.format", "fax").answers
    schema["properties"]["way"]["enum"] = []
    found = mistakes(Form(answers=schema), BASE_CATALOGUE)
    assert {each.code for each in found} >= {"unknown-format", "options"}
    assert all(each.message.endswith("。") for each in found)


def test_a_layout_shows_each_field_once() -> None:
    sections = [{"title": "甲", "fields": ["name", "name", "nobody"]}]
    found = mistakes(Form.model_validate({"answers": SCHEMA, "layout": sections}), BASE_CATALOGUE)
    codes = {(each.code, each.message.split("“")[1].split("”")[0]) for each in found}
    assert {("twice", "name"), ("unknown-field", "nobody"), ("not-shown", "lessor")} <= codes


def test_known_facts_fill_the_form_and_are_compared_with() -> None:
    facts = {
        "name": KnownFact(value="样例（样例）", source="registration"),
        "employees": KnownFact(value=NumberBand(least=10, most=20), source="rsj"),
        "revenue": KnownFact(value=123_450, source="swj"),
    }
    filled = prefill(FORM, facts)
    assert filled.answers == {"name": "样例（样例）", "revenue": "1234.50"}
    assert filled.origins["revenue"].source == "swj"
    kept = {"name": "样例（样例）", "staff": 30, "revenue": 123_451, "way": "bought", "amount": 1}
    outcomes = {each.field: each.outcome for each in compare(FORM, kept, facts)}
    assert outcomes == {"name": "same", "staff": "differs", "revenue": "differs"}
    assert {each.outcome for each in compare(FORM, kept, {})} == {"unknown"}


def test_what_changed_is_said_in_sentences() -> None:
    schema = deepcopy(SCHEMA)
    del schema["properties"]["contact"]
    schema["properties"]["year"] = {"type": "integer", "title": "年度"}
    schema["properties"]["staff"] |= {"title": "人数", "minimum": 5}
    schema["required"] = [*schema["required"], "year", "staff"]
    assert set(changes(FORM, completed(Form(answers=schema)))) == {
        "新增“年度”（必填）。", "取消“联系电话”。", "“从业人员”改称“人数”。", "“人数”的填写要求有变化。", "“人数”改为必填。",
    }  # fmt: skip
    assert changes(FORM, FORM) == []
