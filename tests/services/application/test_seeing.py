"""Lists of grants and payments show everybody their own, and read no more of a large table than that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlmodel import col, select

from services.application.readmodels.grants import GrantRow
from services.application.readmodels.payments import PaymentRow
from services.application.readmodels.seeing import grants_of, payments_of
from shared.readmodels.model import table_of
from shared.security.actor import Actor, Role

MANY = 40_000
OWNER = Actor(subject="owner", roles=(Role.APPLICANT,), enterprise="E7")
OFFICER = Actor(subject="officer", roles=(Role.OFFICER,), department="D7")
BOTH = Actor(subject="both", roles=(Role.OFFICER,), department="D7", enterprise="E7")
NOBODY = Actor(subject="nobody", roles=(Role.APPLICANT,))
LISTS: dict[str, tuple[Any, Callable[[Actor], Any]]] = {
    "application_grants": (GrantRow, grants_of),
    "application_payments": (PaymentRow, payments_of),
}
FILL = {
    "application_grants": "INSERT INTO application_grants (key, position, grant_list, item_id, item_code, item_title,"
    " department, period, enterprise, name, amount_fen, basis, status) SELECT md5(n::text), n, 'L', 'i', 'c', 't',"
    " 'D' || n % 200, '2026', 'E' || n % 10000, 'n', 1, 'b', CASE n / 10000 WHEN 0 THEN 'listed' ELSE 'offered' END"
    f" FROM generate_series(0, {MANY - 1}) AS n",
    "application_payments": "INSERT INTO application_payments (key, plan, item_id, item_code, item_title, department,"
    " enterprise, name, amount_fen, account, account_end, status, attempt) SELECT md5(n::text), 'P', 'i', 'c', 't',"
    f" 'D' || n % 200, 'E' || n % 10000, 'n', 1, 's', 'e', 'paid', 1 FROM generate_series(0, {MANY - 1}) AS n",
}


@pytest.fixture
def connection(fresh_database: Callable[[str], str]) -> Iterator[Connection]:
    url = fresh_database("seeing").replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.begin() as opened:
        for name, (row, _) in LISTS.items():
            table_of(row).create(opened)
            opened.execute(text(FILL[name]))
            opened.execute(text(f"ANALYZE {name}"))
        yield opened
    engine.dispose()


@pytest.mark.parametrize("name", LISTS)
def test_everybody_sees_their_own_through_an_index(connection: Connection, name: str) -> None:
    row, seen_by = LISTS[name]
    listed = 1 if row is GrantRow else 0  # what is only listed is not the enterprise's yet
    for actor, shown, served in (
        (OWNER, MANY // 10_000 - listed, f"{name}_of_enterprise"),
        (OFFICER, MANY // 200, f"{name}_of_department"),
        (BOTH, MANY // 200, name),  # E7's are all D7's
        (NOBODY, 0, "One-Time Filter: false"),
    ):
        found = connection.execute(select(row.key).where(seen_by(actor))).all()
        assert len(found) == shown, actor.subject
        page = select(row).where(seen_by(actor)).order_by(col(row.key)).limit(51)
        compiled = page.compile(connection, compile_kwargs={"literal_binds": True})
        plan = "\n".join(connection.execute(text(f"EXPLAIN {compiled}")).scalars())
        assert served in plan, plan
        assert "Seq Scan" not in plan, plan
