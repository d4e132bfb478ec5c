"""`chengce dlq` beside a running service: an event of a newer release and a broken one, from the set aside to the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from shared.cli.loading import read_rows
from shared.cli.main import app
from shared.contracts import base
from shared.contracts.base import Published, stream_of
from shared.readmodels.happened import Happened
from shared.readmodels.model import Writer
from shared.runtime.service import Runtime
from shared.security.actor import Role
from tests.support.logs import plain_logs
from tests.support.running import SECRET, Running, running_services

WITHIN = 120.0
TRACE = "0af7651916cd43dd8448eb211c80319c"
NEWER = "chengce.policy.tried-out.v2"
KNOWN = "chengce.policy.policy-published.v1"


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sets logs up for its own process, which here is the tests' own."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    plain_logs()


@pytest.fixture
async def notify(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Running]:
    """A service that hears policy's stream, at work."""
    async with running_services("notify", database_url=database_url) as running:
        _as_operator_of(running, monkeypatch, tmp_path)
        yield running


@pytest.fixture
async def registry(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Running]:
    """A service that hears its own log, at work."""
    async with running_services("registry", database_url=database_url) as running:
        _as_operator_of(running, monkeypatch, tmp_path)
        yield running


def _as_operator_of(running: Running, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The environment of an operator's command line."""
    for name, value in {
        "DATABASE_URL": running.settings.database_url,
        "DATABASE_PREFIX": running.settings.database_prefix,
        "NATS_URL": running.settings.nats_url,
        "SECRET": SECRET,
        "DATA_DIR": str(folder),
    }.items():
        monkeypatch.setenv(f"CHENGCE_{name}", value or "")
    monkeypatch.setenv("COLUMNS", "250")


@pytest.fixture
def upgrade(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Teaches this release the newer event; forgotten after the test."""

    def teach() -> None:
        class TriedOut(Published):
            TYPE: ClassVar[str] = "policy.tried-out"
            VERSION: ClassVar[int] = 2
            TITLE: ClassVar[str] = "试用"
            title: str

    yield teach
    base._register.pop(("policy.tried-out", 2), None)


async def chengce(*arguments: str) -> Result:
    """A command, as from a shell while the platform runs."""
    return await asyncio.to_thread(CliRunner().invoke, app, ["dlq", *arguments])


async def told(*arguments: str, exit_code: int = 0) -> Any:
    """What a command says as JSON."""
    result = await chengce(*arguments, "--json")
    assert result.exit_code == exit_code, result.output
    return orjson.loads(result.stdout)


class Policies:
    """What a policy service of another release publishes."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.position = 0

    async def publish(self, ce_type: str, aggregate: str, body: bytes) -> None:
        previous, self.position = self.position, self.position + 2
        headers = {
            "ce-specversion": "1.0",
            "ce-id": f"{aggregate}:{self.position}",
            "ce-source": "/chengce/policy",
            "ce-type": ce_type,
            "ce-subject": aggregate,
            "ce-time": "2026-03-02T01:00:00+00:00",
            "ce-sequence": str(self.position),
            "ce-previous": str(previous),
            "content-type": "application/json",
            "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
        }
        subject = f"chengce.{ce_type.removeprefix('chengce.').rpartition('.')[0]}.none"
        await self.runtime.bus.jetstream().publish(subject, body, stream=stream_of("policy"), headers=headers)

    async def heard_by_all(self) -> int:
        """Waits until every consumer has passed them; answers with how many consumers there are."""
        model_names = [(m.schema, m.sources) for m in self.runtime.reads.models]
        reactions = [(f"notify-{r.name}", r.sources) for r in self.runtime.service.reactions]
        hearing = [name for name, sources in [*model_names, *reactions] if "policy" in sources]
        for name in hearing:
            assert await self.runtime.positions.wait_for(name, "policy", self.position, WITHIN), name
        assert hearing
        return len(hearing)


async def operations(runtime: Runtime) -> list[tuple[str, str, str]]:
    query = "SELECT what, why, outcome FROM platform.operations ORDER BY id"
    async with runtime.database.transaction() as session:
        return [(row.what, row.why, row.outcome) for row in await session.execute(text(query))]


async def test_an_event_of_a_newer_release_waits_for_the_upgrade_and_then_goes_through(
    notify: Running, upgrade: Any
) -> None:
    runtime = notify.runtimes["notify"]
    policies = Policies(runtime)
    await policies.publish(NEWER, "doc-1", b'{"title": "a"}')
    await policies.publish(KNOWN, "doc-1", b"{}")
    await policies.publish(NEWER, "doc-2", b'{"title": "b"}')
    consumers = await policies.heard_by_all()

    causes = await told("list", "--service", "notify")
    assert {(c["type"], c["count"], c["waiting"]) for c in causes} == {(NEWER, 2, 1)}
    assert len(causes) == consumers
    assert "install a release whose contracts have it, the one of service policy or later" in causes[0]["error"]

    letter = await told("show", causes[0]["ids"][0])
    assert (letter["aggregate"], letter["trace_id"], letter["attempts"]) == ("doc-1", TRACE, 1)
    assert letter["event"]["subject"] == "chengce.policy.tried-out.none"
    assert (letter["event"]["stream_sequence"], letter["event"]["body"]) == (1, {"title": "a"})
    assert [each["position"] for each in letter["behind"]] == [4]

    before = await told("redrive", "--service", "notify", "--why", "too early", "--yes", exit_code=2)
    assert before[0]["put_through"] == 0
    assert {each["tried"] for each in before[0]["still_held_back"]} == {True}

    upgrade()
    plan = await told("redrive", "--service", "notify", "--dry-run")
    assert {(each["letters"], each["problem"]) for each in plan} == {(2, None), (1, None)}
    one = causes[0]["group"]
    # What waited does not fit its own contract: it is found out in its turn, and doc-2 does not wait for that.
    after = await told("redrive", "--group", one, "--why", "upgraded", "--yes", exit_code=2)
    assert [each["aggregate"] for each in after[0]["still_held_back"]] == ["doc-1"]
    assert after[0]["put_through"] == 2
    assert [what[:2] for what in await operations(runtime)] == [
        ("dlq redrive", "too early"),
        ("dlq redrive", "upgraded"),
    ]


async def test_a_broken_event_is_discarded_and_stays_on_record(notify: Running) -> None:
    runtime = notify.runtimes["notify"]
    policies = Policies(runtime)
    await policies.publish(KNOWN, "doc-1", b"no json at all")
    consumers = await policies.heard_by_all()
    (cause, *_) = await told("list", "--service", "notify")
    assert "does not fit chengce.policy.policy-published.v1" in cause["error"]

    await policies.publish(KNOWN, "doc-1", b"{}")
    await policies.heard_by_all()
    letter = await told("show", *cause["ids"])
    waits = await chengce("discard", letter["behind"][0]["id"], "--why", "a slip", "--yes")
    assert (waits.exit_code, "等候" in waits.output) == (1, True)
    refused = await chengce("discard", *cause["ids"], "--yes")
    assert refused.exit_code == 1
    assert "--why" in refused.output
    (report,) = await told("discard", *cause["ids"], "--why", "sent by mistake", "--yes", exit_code=2)
    assert report["discarded"] == cause["ids"]
    (stopped,) = report["still_held_back"]  # what waited was tried at once, and is found broken too
    assert stopped["id"] == letter["behind"][0]["id"]
    assert sum(each["waiting"] for each in await told("list", "--service", "notify")) == consumers - 1
    async with runtime.database.transaction() as session:
        kept = (await session.execute(text("SELECT * FROM platform.discarded_letters"))).one()
    assert (kept.aggregate_id, kept.operation) == ("doc-1", report["operation"])
    assert kept.event["body"] == {"base64": "bm8ganNvbiBhdCBhbGw="}
    assert ("dlq discard", "sent by mistake", "done") in await operations(runtime)


async def test_tables_say_in_chinese_what_there_is(notify: Running) -> None:
    nothing = await chengce("list", "--service", "notify")
    assert (nothing.exit_code, nothing.output.strip()) == (0, "没有死信。")
    policies = Policies(notify.runtimes["notify"])
    await policies.publish(NEWER, "doc-1", b"{}")
    await policies.heard_by_all()
    (cause, *_) = await told("list", "--service", "notify")
    listed = await chengce("list", "--service", "notify")
    assert cause["group"] in listed.output
    shown = await chengce("show", cause["ids"][0])
    assert "CHENGCE_POLICY 流序号 1" in shown.output
    assert "主题 chengce.policy.tried-out.none" in shown.output
    grouped = await chengce("show", "--group", cause["group"])
    assert cause["ids"][0] in grouped.output
    planned = await chengce("redrive", cause["ids"][0], "--dry-run")
    assert "未做任何改动" in planned.output


async def test_an_event_of_the_own_log_is_shown_sealed_and_goes_through_once_the_fault_is_mended(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = registry.runtimes["registry"]
    directory = next(model for model in runtime.reads.models if model.name == "directory")
    uscc = read_rows(Path("samples/enterprises.json"))[0]["uscc"]
    form = {"uscc": uscc, "name": "江阴样例企业", "contact": {"name": "样例联系人", "phone": "19900000009"}}

    async def faulty(events: Sequence[Happened], writer: Writer) -> None:
        if any(each.aggregate_id == f"enterprise-{uscc}" for each in events):
            raise KeyError("division")

    headers = registry.sign_in(Role.DATA_BUREAU)
    with monkeypatch.context() as fault:
        fault.setattr(directory, "apply", faulty)
        answer = await registry.client.post("/api/registry/enterprises", json=form, headers=headers)
        position = int(answer.headers["Chengce-Position"].rpartition(":")[2].rpartition("=")[2])
        assert await runtime.positions.wait_for(directory.schema, "log", position, WITHIN)

    (cause,) = await told("list")
    assert (cause["consumer"], cause["error"], cause["count"]) == (directory.schema, "KeyError('division')", 1)
    shown = await chengce("show", cause["ids"][0])
    assert shown.exit_code == 0, shown.output
    assert f"日志位置 {position}" in shown.output
    assert uscc in shown.output
    assert "19900000009" not in shown.output
    path = f"/api/registry/enterprises/{uscc}"
    assert (await registry.client.get(path, headers=headers)).status_code == 404
    (report,) = await told("redrive", "--aggregate", f"enterprise-{uscc}", "--why", "mended", "--yes")
    assert (report["put_through"], report["still_held_back"]) == (1, [])
    assert (await registry.client.get(path, headers=headers)).json()["name"] == "江阴样例企业"
    assert await told("list") == []


REFUSALS = {
    ("redrive",): "请指明要重投哪些死信",
    ("discard", "--why", "x"): "请指明要丢弃哪些死信",
    ("show",): "请给出一个死信编号",
    ("show", "notify:999"): "没有死信 notify:999",
    ("show", "12"): "不是死信编号",
    ("redrive", "notify:999", "--why", "x", "--yes"): "没有符合条件的死信",
    ("redrive", "nobody:1", "--why", "x", "--yes"): "没有名为 nobody 的服务",
    ("show", "nobody:1"): "没有名为 nobody 的服务",
    ("show", "--group", "00000000"): "没有组 00000000",
}


async def test_what_cannot_be_done_is_refused_with_one_clear_sentence(notify: Running) -> None:
    for arguments, said in REFUSALS.items():
        result = await chengce(*arguments)
        assert (result.exit_code, said in result.output) == (1, True), f"{arguments}: {result.output}"


async def test_without_a_platform_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHENGCE_DATA_DIR", str(tmp_path))
    result = await chengce("list")
    assert result.exit_code == 1
    assert "make run" in result.output
