"""The shipped sample facts: marked, about sample enterprises, and taken whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.cli.loading import read_rows
from shared.security.actor import Role
from tests.support.running import Running, running_services

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
FACTS = read_rows(SAMPLES / "facts.json")


@pytest.fixture(scope="module")
async def registry(database_url: str) -> AsyncIterator[Running]:
    async with running_services("registry", database_url=database_url) as running:
        yield running


def test_every_row_is_marked_and_about_a_sample_enterprise_from_a_sample_department() -> None:
    enterprises = {row["uscc"] for row in read_rows(SAMPLES / "enterprises.json")}
    departments = {row["code"] for row in read_rows(SAMPLES / "departments.json")}
    assert all(row["sample"] is True for row in FACTS)
    assert {row["uscc"] for row in FACTS} <= enterprises
    assert {row["department"] for row in FACTS} <= departments
    assert len({(row["uscc"], row["key"], row["department"]) for row in FACTS}) == len(FACTS)


async def test_all_of_them_are_taken_and_give_profiles_with_scale_and_ratios(registry: Running) -> None:
    bureau = registry.sign_in(Role.DATA_BUREAU)
    enterprises = read_rows(SAMPLES / "enterprises.json")[:120]
    answer = await registry.client.post("/api/registry/enterprises/batch", json={"rows": enterprises}, headers=bureau)
    assert (answer.json()["loaded"], answer.json()["refused"]) == (120, [])
    position = 0
    for start in range(0, len(FACTS), 500):
        rows = {"rows": FACTS[start : start + 500]}
        taken = (await registry.client.post("/api/registry/facts/supply/batch", json=rows, headers=bureau)).json()
        assert taken["refused"] == []
        assert taken["loaded"] == len(rows["rows"])
        position = taken["position"]
    headers = bureau | {"Chengce-Wait-For": f"registry:{position}"}
    makers = [row["uscc"] for row in enterprises if row["industry"].startswith("C")]
    for uscc in makers[:20]:
        shown = (await registry.client.get(f"/api/registry/enterprises/{uscc}/profile", headers=headers)).json()
        known = {fact["key"]: fact["value"] for fact in shown["facts"]}
        assert known["scale"] in ("large", "medium", "small", "micro")
        assert known["rd_ratio"] is not None and known["rd_staff_ratio"] is not None
