"""Who reads a list of their own reads no more than that, however much others have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.expression import SelectOfScalar

from services.application.api.grants import grants_seen_by
from services.application.api.payments import payments_seen_by
from shared.runtime.service import Runtime
from shared.security.actor import Actor, Role
from tests.services.application.applications import USCC
from tests.support.running import running_services

ROWS = 20_000  # of 500 enterprises and 20 departments
COMMON = "'i', 'gxj-1', '样例', 'd' || n % 20, 'e' || n % 500, '样例', 100, ''"
FILLED = {
    "application_payments": (
        "key, plan, status, attempt, account_end, item_id, item_code, item_title, department, enterprise, name, "
        "amount_fen, account",
        "'k' || n, 'P', 'planned', 0, '1234'",
    ),
    "application_grants": (
        "key, position, grant_list, period, status, item_id, item_code, item_title, department, enterprise, name, "
        "amount_fen, basis",
        "'k' || n, n, 'L', '2026', 'offered'",
    ),
}


@pytest.fixture(scope="module")
async def runtime(database_url: str) -> AsyncIterator[Runtime]:
    async with running_services("application", database_url=database_url) as running:
        runtime = running.runtimes["application"]
        async with runtime.reads.session() as session:
            for table, (columns, values) in FILLED.items():
                rows = f"SELECT {values}, {COMMON} FROM generate_series(1, {ROWS}) AS n"
                await session.execute(text(f"INSERT INTO {table} ({columns}) {rows}"))
        async with runtime.reads.session() as session:
            for table in FILLED:
                await session.execute(text(f"ANALYZE {table}"))
        yield runtime


async def plan_of(runtime: Runtime, query: SelectOfScalar[Any]) -> str:
    """How PostgreSQL would answer it."""
    bound = query.limit(51).compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    async with runtime.reads.session() as session:
        return "\n".join(line for (line,) in await session.execute(text(f"EXPLAIN {bound}")))


@pytest.mark.parametrize("seen_by", [payments_seen_by, grants_seen_by])
@pytest.mark.parametrize(
    "actor",
    [
        Actor(subject="a", roles=(Role.APPLICANT,), enterprise="e7"),
        Actor(subject="a", roles=(Role.APPLICANT,), enterprise=USCC),  # which has none
        Actor(subject="a", roles=(Role.OFFICER,), department="d7"),
    ],
)
async def test_an_index_answers(
    runtime: Runtime, seen_by: Callable[[Actor], SelectOfScalar[Any]], actor: Actor
) -> None:
    plan = await plan_of(runtime, seen_by(actor))
    assert "Seq Scan" not in plan, plan
    assert "_pkey" not in plan, plan  # which would walk through everybody's, in the order of their keys


@pytest.mark.parametrize("seen_by", [payments_seen_by, grants_seen_by])
async def test_who_belongs_nowhere_reads_nothing(
    runtime: Runtime, seen_by: Callable[[Actor], SelectOfScalar[Any]]
) -> None:
    async with runtime.reads.session() as session:
        assert (await session.execute(seen_by(Actor(subject="a", roles=(Role.APPLICANT,))))).all() == []
