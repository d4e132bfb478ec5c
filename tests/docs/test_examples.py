"""Examples in the documents are true."""

from __future__ import annotations

import json
import re

from pydantic import TypeAdapter

from services.policy.conditions.language import Condition, Eligibility
from services.policy.conditions.validating import problems
from shared.contracts.facts import BASE_CATALOGUE
from tests.docs.test_documents import ROOT

_EXAMPLE = re.compile(r"<!-- tested: eligibility -->\n```json\n(.*?)```", re.DOTALL)
_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)


def test_the_eligibility_of_the_example_can_be_published_on_a_new_platform() -> None:
    (example,) = _EXAMPLE.findall((ROOT / "docs/matching.md").read_text(encoding="utf-8"))
    samples = json.loads((ROOT / "samples/named-conditions.json").read_text(encoding="utf-8"))
    named = {each["name"]: _CONDITION.validate_python(each["rule"]) for each in samples}
    assert problems(Eligibility.model_validate_json(example), BASE_CATALOGUE, named) == []
