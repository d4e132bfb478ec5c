"""A trained model at work: handed in, activated, asked for each ticket that comes in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from services.hotline.classification.examples import Example
from services.hotline.classification.model import packed
from services.hotline.classification.training import train
from services.hotline.cli import app
from shared.security.actor import Role
from tests.services.hotline.classification.test_suggesting import EXAMPLES
from tests.services.hotline.conftest import Desk
from tests.support.running import Running, running_services

HOME = [
    Example(f"小区{what}（样例{n}）", f"业主反映{what}，物业不管。", "no")
    for what in ("路灯不亮", "垃圾堆放", "停车混乱")
    for n in range(20)
]
MATTERS = [Example(each.title, each.content, "yes") for each in EXAMPLES]
ARTEFACT = packed(train({"subject": EXAMPLES, "enterprise_matter": [*MATTERS, *HOME]}))


@pytest.fixture(scope="module")
async def trained(database_url: str) -> AsyncIterator[Running]:
    async with running_services("hotline", database_url=database_url) as running:
        yield running


@pytest.fixture
def desk(trained: Running) -> Desk:
    return Desk(trained, Role.HOTLINE_AGENT)


@pytest.fixture
def keeper(trained: Running) -> Desk:
    return Desk(trained, Role.DATA_BUREAU)


async def activated(keeper: Desk, threshold: float) -> str:
    rules = await keeper.sees("rules")
    changed = rules | {"confidence_else": threshold}
    assert (await keeper.ask("PUT", "rules", {"rules": changed, "reason": "样例。"})).status_code == 200
    key: str = (await keeper.does("models", {"artefact": ARTEFACT, "card": {"labelled": len(EXAMPLES)}}, 201))["id"]
    await keeper.does(f"models/{key}/activate", {"reason": "样例。"})
    return key


async def taken(desk: Desk, **changes: Any) -> dict[str, Any]:
    key, _ = await desk.take_in(received_at="2026-03-02T09:00:00+08:00", **changes)
    return dict(await desk.sees(f"tickets/{key}"))


async def test_before_the_first_training_the_rules_suggest_and_nothing_is_applied(desk: Desk, keeper: Desk) -> None:
    await keeper.does("models/rules/activate", {"reason": "样例。"})
    ticket = await taken(desk, title="我司贷款续贷困难（样例）", content="银行要求增加抵押。")
    assert ticket["suggestion"]["model"] == "rules-1"
    assert ticket["suggestion"]["subject"]["value"].startswith("融资信贷/")
    assert (ticket["subject"], ticket["status"]) == (None, "received")


async def test_a_model_that_was_activated_suggests_with_its_grounds(desk: Desk, keeper: Desk) -> None:
    key = await activated(keeper, 1.01)
    ticket = await taken(desk, title="园区停电（样例）", content="车间又停电，我公司订单误期。")
    assert (ticket["suggestion"]["model"], ticket["suggestion"]["subject"]["value"]) == (key, "要素保障")
    assert "停电" in ticket["suggestion"]["subject"]["grounds"]
    assert ticket["suggestion"]["urgency"]["value"] == "urgent", "what the model does not know the rules answer"
    assert ticket["subject"] is None, "above 1 nothing is applied without a person"
    assert [row["key"] for row in await keeper.sees("models") if row["active"]] == [key]


async def test_from_the_confidence_that_was_set_on_a_suggestion_is_applied(desk: Desk, keeper: Desk) -> None:
    await activated(keeper, 0.5)
    works = await taken(desk, title="园区停电（样例）", content="车间又停电，我公司订单误期。")
    assert (works["subject"], works["urgency"]) == ("要素保障", "urgent")
    home = await taken(desk, title="小区路灯不亮（样例）", content="业主反映路灯不亮，物业不管。")
    assert home["status"] == "apart" and "不像企业诉求" in home["apart_reason"]
    named = await taken(
        desk,
        title="小区路灯不亮（样例）",
        content="业主反映路灯不亮，物业不管。",
        caller={"enterprise_uscc": "91320281000000019H"},
    )
    assert named["status"] == "received", "what an enterprise says of itself is never set apart by a machine"


async def test_what_people_said_teaches_the_next_model(desk: Desk, keeper: Desk) -> None:
    ticket = await taken(desk, title="天然气涨价（样例）", content="我公司天然气价格上涨。")
    form = {"subject": "要素保障/供水供气/供水供气", "nature": "demand"}
    await desk.does(f"tickets/{ticket['key']}/classify", form)
    shown = await desk.sees(f"tickets/{ticket['key']}")
    assert (shown["subject"], shown["nature"]) == (form["subject"], "demand")
    rows = (await keeper.sees("training-rows"))["items"]
    assert {"title": "天然气涨价（样例）"}.items() <= next(r for r in rows if r["subject"] == form["subject"]).items()


async def test_what_is_no_model_is_refused_at_the_door(desk: Desk, keeper: Desk) -> None:
    refused = await keeper.does("models", {"artefact": "eJw=", "card": {}}, 422)
    assert [error["field"] for error in refused["errors"]] == ["artefact"]
    assert (await keeper.does("models/nothing/activate", {"reason": "样例。"}, 404))["code"] == "platform.not-found"
    await desk.does("models", {"artefact": ARTEFACT, "card": {}}, 403)


def test_the_command_trains_assesses_and_draws(tmp_path: Path) -> None:
    file, picture = tmp_path / "handled.json", tmp_path / "confusion.svg"
    file.write_bytes(orjson.dumps([{"title": e.title, "content": e.content, "subject": e.value} for e in EXAMPLES]))
    curve = tmp_path / "curve.svg"
    asked = ["train", str(file), "--dry-run", "--picture", str(picture), "--curve", str(curve)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert curve.read_text("utf-8").startswith("<svg") and "polyline" in curve.read_text("utf-8")
    assert "主题" in done.output and picture.read_text("utf-8").startswith("<svg")


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "few.json"
    file.write_bytes(orjson.dumps([{"title": "贷款", "subject": "融资信贷"}]))
    done = CliRunner().invoke(app, ["train", str(file), "--dry-run"])
    assert done.exit_code == 1
    assert "没有足够的已标注工单" in done.output
    assert CliRunner().invoke(app, ["train", str(tmp_path / "none.csv"), "--dry-run"]).exit_code == 1


def test_the_command_shows_what_the_rules_suggest(tmp_path: Path) -> None:
    file = tmp_path / "tickets.json"
    file.write_bytes(orjson.dumps([{"title": "贷款难", "content": "银行不续贷"}]))
    done = CliRunner().invoke(app, ["classify", str(file)])
    assert done.exit_code == 0 and "融资" in done.output
