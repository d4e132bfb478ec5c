"""What names a ticket."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies
from pydantic import TypeAdapter, ValidationError

from services.hotline.keys import SourceName, ticket_key

sources = strategies.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,9}", fullmatch=True)
numbers = strategies.text(min_size=1, max_size=12) | strategies.from_regex(r"[a-c0-2._-]{1,6}", fullmatch=True)


def test_a_plain_number_stands_in_the_key_as_it_is() -> None:
    assert ticket_key("12345", "JY12345-2026-000001") == "12345-JY12345-2026-000001"


def test_what_reads_alike_is_told_apart() -> None:
    alike = [("a-b", "c"), ("a", "b-c"), ("x", "第1号"), ("x", "第2号"), ("x", "1/2"), ("x", "1 2"), ("x", "1_2")]
    assert len({ticket_key(*each) for each in alike}) == len(alike)


@given(sources, numbers)
def test_a_key_is_safe_in_addresses_and_ids(source: str, number: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,150}", ticket_key(source, number))


@given(sources, numbers, sources, numbers)
def test_different_tickets_have_different_keys(source: str, number: str, other: str, its: str) -> None:
    assert (ticket_key(source, number) == ticket_key(other, its)) == ((source, number) == (other, its))


@pytest.mark.parametrize("name", ["", "热线导出", "a b", "-a", "a/b", "a" * 61])
def test_a_source_that_is_no_name_is_refused_with_what_to_do(name: str) -> None:
    with pytest.raises(ValidationError, match="请改用"):
        TypeAdapter(SourceName).validate_python(name)
