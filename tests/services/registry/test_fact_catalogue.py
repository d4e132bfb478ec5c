"""The catalogue of facts: what can be added, and what may change."""

from __future__ import annotations

from typing import Any

import pytest

from services.registry.decider import DefineFact, fact
from services.registry.events import FactDefined
from shared.contracts.facts import BASE_CATALOGUE, FactDefinition, Option
from tests.services.registry.profiles import BUREAU, TAX
from tests.support.deciding import given

ENERGY: dict[str, Any] = {"key": "energy_use", "label": "综合能耗", "kind": "number", "unit": "tonne"}
GRADE: dict[str, Any] = {
    "key": "credit_grade",
    "label": "信用等级",
    "kind": "choice",
    "options": ({"value": "a", "label": "A级"}, {"value": "b", "label": "B级"}),
}


def define(form: dict[str, Any], **changes: Any) -> DefineFact:
    return DefineFact.model_validate(form | changes)


def defined(form: dict[str, Any]) -> FactDefined:
    return FactDefined(definition=FactDefinition.model_validate(form))


def test_the_bureau_adds_a_fact_and_the_same_again_is_nothing_new() -> None:
    given(fact).when(define(ENERGY), actor=BUREAU).then(defined(ENERGY))
    given(fact, defined(ENERGY)).when(define(ENERGY), actor=BUREAU).then()


def test_only_the_bureau_defines_facts() -> None:
    given(fact).when(define(ENERGY), actor=TAX).refused("registry.data-bureau-only")


def test_label_question_and_further_options_may_change() -> None:
    options = (*GRADE["options"], {"value": "c", "label": "C级"})
    changed = GRADE | {"label": "企业信用等级", "question": "信用等级是哪一级？", "options": options}
    given(fact, defined(GRADE)).when(define(changed), actor=BUREAU).then(defined(changed))


def test_kind_unit_and_options_that_values_rest_on_stay() -> None:
    changed = define(GRADE, kind="number", unit="piece", options=({"value": "b", "label": "乙级"},))
    refusal = given(fact, defined(GRADE)).when(changed, actor=BUREAU)
    refusal.refused("registry.invalid-fact", ["kind", "unit", "options", "options"])


def test_of_the_base_catalogue_options_can_be_added_and_none_removed() -> None:
    base = BASE_CATALOGUE["qualifications"]
    more = base.model_copy(update={"options": (*base.options, Option(value="gazelle", label="瞪羚企业"))})
    given(fact).when(DefineFact(**dict(more)), actor=BUREAU).then(FactDefined(definition=more))
    less = base.model_copy(update={"options": base.options[1:]})
    refusal = given(fact).when(DefineFact(**dict(less)), actor=BUREAU).refused("registry.invalid-fact", ["options"])
    assert "高新技术企业" in refusal.errors[0].message
    given(fact).when(DefineFact(**dict(base)), actor=BUREAU).then()


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({"kind": "number"}, ["unit"]),
        ({"kind": "flag", "unit": "fen", "options": GRADE["options"], "code_list": "industries"},
         ["unit", "options", "code_list"]),
        ({"kind": "choice"}, ["options"]),
        ({"kind": "set", "options": GRADE["options"][:1] * 2}, ["options"]),
        ({"kind": "code"}, ["code_list"]),
    ],
)  # fmt: skip
def test_a_definition_is_refused_with_everything_its_kind_needs_and_must_not_have(
    form: dict[str, Any], fields: list[str]
) -> None:
    command = DefineFact.model_validate({"key": "something", "label": "某项事实"} | form)
    given(fact).when(command, actor=BUREAU).refused("registry.invalid-fact", fields)
