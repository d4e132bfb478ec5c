"""The number by which a counter visit is rated."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.hotline.ratings.numbers import ALPHABET, new_number, read_number

keys = st.text(min_size=1, max_size=20)


@given(keys, st.integers(0, 10), st.sampled_from(ALPHABET))
def test_one_wrong_character_never_gives_another_number(key: str, place: int, wrong: str) -> None:
    number = new_number("secret", key, "clerk")
    changed = number[:place] + wrong + number[place + 1 :]
    assert read_number(changed) == (number if changed == number else None)


@given(keys, st.integers(0, 9))
def test_two_characters_that_changed_places_are_noticed(key: str, place: int) -> None:
    number = new_number("secret", key, "clerk")
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert read_number(swapped) == (number if swapped == number else None)


def test_the_same_request_gives_the_same_number_and_others_differ() -> None:
    assert new_number("secret", "k", "clerk") == new_number("secret", "k", "clerk")
    others = {new_number("secret", None, "clerk") for _ in range(100)}
    assert len(others | {new_number("secret", "k", who) for who in "ab"}) == 102


def test_it_is_read_however_it_was_typed() -> None:
    number = new_number("secret", "k", "clerk")
    assert read_number(f" {number[:4].lower()}-{number[4:]} ") == number
    assert read_number("") is None
