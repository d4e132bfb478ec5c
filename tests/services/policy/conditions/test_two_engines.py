"""One meaning, two engines: what is decided in memory for one enterprise is what SQL decides for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, text

from services.policy.conditions.evaluating import Profile, match_one
from services.policy.conditions.language import All, AnyOf, Compare, Eligibility, Is, Not, Requirement, Under, Verdict
from services.policy.conditions.sql import pack, sql_facts_missing, sql_missing, sql_verdict
from shared.contracts.facts import known
from tests.services.policy.conditions.strategies import CATALOGUE, NAMED, TODAY, Held, eligibilities, profiles, slots

SLOTS = slots()
TRUTHS = (True, False, None)
_TABLE = "CREATE TABLE profiles (id int, numbers bigint[], texts text[], sets jsonb, expires jsonb, next_expiry date)"


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[Connection]:
    name = "conditions_two_engines"
    with psycopg.connect(f"{database_url}/postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
    engine = create_engine(f"{database_url}/{name}".replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.connect() as opened:
        opened.execute(text(_TABLE))
        yield opened
    engine.dispose()


Decided = tuple[bool | None, int, list[str]]


def in_sql(connection: Connection, eligibility: Eligibility, held: Sequence[Profile]) -> list[Decided]:
    verdict = sql_verdict(eligibility, NAMED, SLOTS, TODAY)
    missing = sql_missing(eligibility, NAMED, SLOTS, TODAY)
    facts = sql_facts_missing(eligibility, NAMED, SLOTS, TODAY)
    connection.execute(text("TRUNCATE profiles"))
    rows = []
    for number, profile in enumerate(held):
        packed = pack(profile, SLOTS)
        rows.append(
            {
                "id": number,
                "numbers": packed.numbers,
                "texts": packed.texts,
                "sets": psycopg.types.json.Jsonb(packed.sets),
                "expires": psycopg.types.json.Jsonb(packed.expires),
                "next": packed.next_expiry,
            }
        )
    insert = (
        "INSERT INTO profiles VALUES (:id, CAST(:numbers AS bigint[]), CAST(:texts AS text[]), :sets, :expires, :next)"
    )
    connection.execute(text(insert), rows)
    found = connection.execute(
        text(f"SELECT {verdict.expression}, {missing.expression}, {facts.expression} FROM profiles AS p ORDER BY id"),
        verdict.params | missing.params | facts.params,
    )
    return [(row[0], row[1], [] if row[0] is not None else row[2]) for row in found]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(eligibility=eligibilities, held=st.lists(profiles(), min_size=1, max_size=12))
def test_both_engines_decide_the_same_and_want_the_same_facts(
    connection: Connection, eligibility: Eligibility, held: list[Profile]
) -> None:
    in_memory = [match_one(eligibility, NAMED, profile, TODAY) for profile in held]
    expected = [(matched.verdict.value, len(matched.missing), sorted(matched.missing)) for matched in in_memory]
    assert in_sql(connection, eligibility, held) == expected


# Three facts whose flags are true, false or not held: enough for any table of three values.
FLAGS = ("listed", "above", "other")


@pytest.mark.parametrize("first", TRUTHS)
@pytest.mark.parametrize("second", TRUTHS)
def test_conjunction_disjunction_and_negation_are_those_of_dmn(
    connection: Connection, first: bool | None, second: bool | None
) -> None:
    """The tables of the DMN test kit: 0106-feel-ternary-logic (and, or) and 0107-feel-ternary-logic-not."""
    profile: dict[str, Held] = {}
    if first is not None:
        profile["listed"] = Held(known(CATALOGUE["listed"], first))
    if second is not None:
        profile["employees"] = Held(known(CATALOGUE["employees"], int(second)))
    a, b = Is(fact="listed"), Compare(fact="employees", comparison="=", value=1)
    both = {(True, True): True, (True, None): None, (None, True): None, (None, None): None}
    either = {(False, False): False, (False, None): None, (None, False): None, (None, None): None}
    for rule, wanted in (
        (All(of=(a, b)), both.get((first, second), False)),
        (AnyOf(of=(a, b)), either.get((first, second), True)),
        (Not(of=a), None if first is None else not first),
    ):
        eligibility = Eligibility(requirements=(Requirement(title="表", rule=rule),))
        assert match_one(eligibility, {}, profile, TODAY).verdict is Verdict(wanted)
        assert [verdict for verdict, *_ in in_sql(connection, eligibility, [profile])] == [wanted]


def test_a_code_that_is_known_only_coarsely_leaves_a_finer_one_unknown(connection: Connection) -> None:
    eligibility = Eligibility(requirements=(Requirement(title="行业", rule=Under(fact="industry", codes=("C39",))),))
    held = [{"industry": Held(code)} for code in ("C3922", "C39", "C", "C40", "I")]
    assert [verdict for verdict, *_ in in_sql(connection, eligibility, held)] == [True, True, None, False, False]


def test_the_table_of_a_condition_needs_no_other_columns_than_those_that_are_packed(
    fresh_database: Callable[[str], str],
) -> None:
    with psycopg.connect(fresh_database("conditions_columns")) as opened:
        opened.execute(_TABLE)
        found = opened.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'profiles'")
        columns = {name for (name,) in found}
    assert columns == {"id", *pack({}, SLOTS).__dataclass_fields__}
