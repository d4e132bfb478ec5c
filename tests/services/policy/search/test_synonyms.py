"""The city's own synonyms, from the next question on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.policy.decider.synonyms import SetSynonyms, synonym_list
from services.policy.events.searching import SynonymsSet
from shared.security.actor import Role
from shared.words.segmenting import meanings
from tests.services.policy.catalogue import BUREAU, OFFICER
from tests.services.policy.test_api import Desk, document, item
from tests.support.deciding import given
from tests.support.running import Running, running_services


@pytest.fixture(scope="module")
async def policy(database_url: str) -> AsyncIterator[Running]:
    async with running_services("policy", database_url=database_url) as running:
        officer = Desk(running, Role.OFFICER, department="gxj")
        await officer.post("/documents", document("同义〔2026〕1号"))
        running.last = await officer.post("/items", item("loan", "同义〔2026〕1号", title="科技贷款风险补偿（样例）"))  # type: ignore[attr-defined]
        yield running


async def found(policy: Running, after: Any, q: str) -> tuple[list[str], list[str]]:
    answer = (await Desk(policy).get("/search", after, q=q)).json()
    titles = [each["title"] for each in answer["items"]]
    return [each["key"] for each in answer["items"]], [t["text"][a:b] for t in titles for a, b in t["marks"]]


async def test_a_word_of_the_city_finds_what_is_called_otherwise_and_marks_it(policy: Running) -> None:
    assert await found(policy, policy.last, "澄企通") == ([], [])  # type: ignore[attr-defined]
    headers = policy.sign_in(Role.DATA_BUREAU)
    body = {"groups": [["澄企通", "科技贷款"]]}
    written = await policy.client.put("/api/policy/search/synonyms", json=body, headers=headers)
    assert written.status_code == 200, written.text
    assert await found(policy, written, "澄企通怎么办") == (["loan"], ["科技贷款"])
    assert (await Desk(policy).get("/search/synonyms", written)).json() == body
    dropped = await policy.client.put("/api/policy/search/synonyms", json={"groups": []}, headers=headers)
    assert (await found(policy, dropped, "澄企通"))[0] == []


async def test_departments_do_not_set_synonyms(policy: Running) -> None:
    headers = policy.sign_in(Role.OFFICER, department="gxj")
    answer = await policy.client.put("/api/policy/search/synonyms", json={"groups": []}, headers=headers)
    assert answer.status_code == 403


def test_everything_that_is_wrong_with_synonyms_is_named_at_once() -> None:
    wrong = SetSynonyms(groups=(("一个词",), ("高企", "高企"), ("好词", "a|b", "字")))
    given(synonym_list).when(wrong, actor=BUREAU).refused(
        "policy.synonyms-invalid", ["groups.0", "groups.1", "groups.2.1", "groups.2.2"]
    )
    given(synonym_list).when(SetSynonyms(groups=()), actor=OFFICER).refused("policy.data-bureau-only")
    groups = (("澄企贷", "科技贷款"),)
    given(synonym_list).when(SetSynonyms(groups=groups), actor=BUREAU).then(SynonymsSet(groups=groups))
    given(synonym_list, SynonymsSet(groups=groups)).when(SetSynonyms(groups=groups), actor=BUREAU).then()


def test_shipped_synonyms_and_the_citys_go_together() -> None:
    assert {"高新技术企业", "高企"} <= set(*meanings("高企"))
    both = meanings("高企", [["高企", "国高"]])
    assert {"高企", "高新技术企业"} <= set(*both)
    assert any("国高" in word or word == "国 高" for group in both for word in group)
    assert meanings("补贴", [["澄企通", "科技贷款"]]) == meanings("补贴")
