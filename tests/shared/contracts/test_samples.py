"""Every published event has a sample that fits it."""

import re
from importlib import import_module
from pkgutil import iter_modules

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from stdnum.cn import uscc

import shared.contracts
from shared.contracts import base, samples
from shared.contracts.base import Published, contracts
from shared.contracts.samples import MissingSampleError, sample_of
from shared.contracts.schemas import published_contracts, sample_json, schema_id, schema_of

CONTRACTS = published_contracts()


def named(cls: type[Published]) -> str:
    return cls.ce_type()


def test_no_module_of_the_package_has_a_contract_that_is_left_out() -> None:
    for module in iter_modules(shared.contracts.__path__):
        if module.name != "__main__":
            import_module(f"shared.contracts.{module.name}")
    assert [c for c in contracts() if c.__module__.startswith("shared.contracts.")] == CONTRACTS
    assert CONTRACTS


@pytest.mark.parametrize("cls", CONTRACTS, ids=named)
def test_every_contract_has_a_sample_that_its_schema_and_its_class_accept(cls: type[Published]) -> None:
    schema = schema_of(cls)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(sample_json(cls))
    assert cls.model_validate(sample_json(cls)) == sample_of(cls)
    assert schema["examples"] == [sample_json(cls)]


@pytest.mark.parametrize("cls", CONTRACTS, ids=named)
def test_every_schema_refuses_a_message_without_one_of_its_required_properties(cls: type[Published]) -> None:
    schema = schema_of(cls)
    for name in schema["required"]:
        body = {key: value for key, value in sample_json(cls).items() if key != name}
        with pytest.raises(ValidationError, match=name):
            Draft202012Validator(schema).validate(body)


@pytest.mark.parametrize("cls", CONTRACTS, ids=named)
def test_every_schema_is_named_and_described(cls: type[Published]) -> None:
    schema = schema_of(cls)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == schema_id(cls) == f"urn:chengce:{cls.TYPE}:v{cls.VERSION}"
    assert re.search("[一-鿿]", schema["title"])
    assert schema["description"]
    assert schema["description"] != " ".join((Published.__doc__ or "").split())


def test_a_contract_without_a_sample_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_register", dict(base._register))  # other tests shall not meet it

    class Unsampled(Published):
        """An event of this test."""

        TYPE = "registry.unsampled-of-a-test"
        TITLE = "没有样例"

    assert Unsampled in contracts()
    assert Unsampled not in published_contracts()
    with pytest.raises(MissingSampleError, match=r"chengce\.registry\.unsampled-of-a-test\.v1"):
        schema_of(Unsampled)


def test_the_enterprise_of_the_samples_has_right_check_digits() -> None:
    assert uscc.validate(samples.USCC) == samples.USCC
    weights = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714: the organisation code inside has a check digit of its own
    organisation = samples.USCC[8:17]
    remainder = 11 - sum(w * int(d) for w, d in zip(weights, organisation[:8], strict=True)) % 11
    assert organisation[8] == {10: "X", 11: "0"}.get(remainder, str(remainder))
