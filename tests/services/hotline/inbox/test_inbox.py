"""Tickets and their news over NATS, on a real server: taken as at the doors, and what cannot be taken is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest

from shared.messaging.bus import connect
from shared.messaging.inbox import inbox_stream_of, inbox_subject
from shared.messaging.streams import ask
from tests.services.hotline.conftest import Desk, form
from tests.support.running import Running

Send = Callable[..., Any]


@pytest.fixture
async def send(hotline: Running) -> AsyncIterator[Send]:
    """Publishes, and returns when hotline has taken everything out of the queue."""
    connection = await connect(hotline.settings.require_nats(), "sender")

    async def sent(kind: str, *contents: Any) -> None:
        for content in contents:
            body = content if isinstance(content, bytes) else orjson.dumps(content)
            await connection.jetstream().publish(inbox_subject("hotline", kind), body)
        async with asyncio.timeout(180):
            while (await ask(connection, f"STREAM.INFO.{inbox_stream_of('hotline')}"))["state"]["messages"]:
                await connection.flush()

    yield sent
    await connection.close()


async def open_refusals(agent: Desk, number: str | None) -> list[dict[str, Any]]:
    return [each for each in (await agent.sees("refusals", limit=200))["items"] if each["number"] == number]


async def test_single_tickets_and_lists_are_received_once(send: Send, agent: Desk) -> None:
    forms = [form() for _ in range(4)]
    await send("tickets", forms[0], forms[1:], forms[1], forms[0])
    for each in forms:
        shown = await agent.sees(f"tickets/12345-{each['number']}")
        assert shown["title"] == each["title"] and shown["status"] == "received"
        assert len(shown["steps"]) == 1


async def test_news_of_a_ticket_finds_the_ticket_that_was_sent_before_it(send: Send, agent: Desk) -> None:
    ticket = form()
    about = {"number": ticket["number"]}
    await send("tickets", ticket)
    await send("updates", about | {"what": "withdrawn", "text": "来电人撤回。"})
    assert (await agent.sees(f"tickets/12345-{ticket['number']}"))["status"] == "withdrawn"


async def test_a_bad_row_is_kept_with_everything_that_is_wrong_and_the_others_are_taken(
    send: Send, agent: Desk
) -> None:
    good, bad = form(), form(nature="unknown", title="", caller={"phone": "19900000009"})
    await send("tickets", [good, bad])
    assert (await agent.sees(f"tickets/12345-{good['number']}"))["status"] == "received"
    (refused,) = await open_refusals(agent, bad["number"])
    assert {error["field"] for error in refused["errors"]} == {"nature", "title"}
    assert "19900000009" not in str(refused)
    # Sent once more it is the same row.
    await send("tickets", bad)
    assert len(await open_refusals(agent, bad["number"])) == 1


async def test_the_desk_reads_and_corrects_a_refused_row(send: Send, agent: Desk, officer: Desk) -> None:
    bad = form(nature="unknown")
    await send("tickets", bad)
    (refused,) = await open_refusals(agent, bad["number"])
    assert (await officer.get(f"refusals/{refused['key']}/original")).status_code == 403
    original = await agent.get(f"refusals/{refused['key']}/original")
    assert orjson.loads(original.json()["original"]) == bad
    assert (await agent.does(f"refusals/{refused['key']}/take", {}, 422))["errors"][0]["field"] == "nature"
    await agent.does(f"refusals/{refused['key']}/take", {"row": bad | {"nature": "complaint"}})
    assert (await agent.sees(f"tickets/12345-{bad['number']}"))["nature"] == "complaint"
    assert await open_refusals(agent, bad["number"]) == []
    # It is a ticket now, with its own way of forgetting who called.
    assert (await agent.get(f"refusals/{refused['key']}/original")).status_code == 404


async def test_a_row_that_its_sender_corrects_needs_nobody(send: Send, agent: Desk) -> None:
    bad = form(title="")
    await send("tickets", bad)
    assert len(await open_refusals(agent, bad["number"])) == 1
    await send("tickets", bad | {"title": "咨询补贴（样例）"})
    assert await open_refusals(agent, bad["number"]) == []


async def test_a_row_is_dismissed_for_a_reason_alone(send: Send, agent: Desk) -> None:
    bad = form(title="")
    await send("tickets", bad)
    (refused,) = await open_refusals(agent, bad["number"])
    await agent.does(f"refusals/{refused['key']}/dismiss", {"reason": " "}, 422)
    await agent.does(f"refusals/{refused['key']}/dismiss", {"reason": "测试数据，不需要受理。"})
    await agent.does(f"refusals/{refused['key']}/dismiss", {"reason": "另一个理由。"}, 409)
    assert await open_refusals(agent, bad["number"]) == []


@pytest.mark.parametrize("body", [b"\xff not json", b"[1]", b'"text"', orjson.dumps([{}] * 1001)])
async def test_what_is_no_row_at_all_is_kept_too(send: Send, agent: Desk, body: bytes) -> None:
    before = {each["key"] for each in await open_refusals(agent, None)}
    await send("tickets", body)
    (key,) = {each["key"] for each in await open_refusals(agent, None)} - before
    assert (await agent.does(f"refusals/{key}/take", {}, 422))["code"] == "hotline.row-unreadable"


async def test_news_of_a_ticket_that_nobody_knows_is_kept(send: Send, agent: Desk) -> None:
    await send("updates", {"number": "JY-NOBODY", "what": "withdrawn", "text": "撤回。"})
    (refused,) = await open_refusals(agent, "JY-NOBODY")
    assert refused["errors"][0]["code"] == "hotline.ticket-unknown"
    await agent.post("tickets", form(number="JY-NOBODY"))
    await agent.does(f"refusals/{refused['key']}/take", {})
    assert (await agent.sees("tickets/12345-JY-NOBODY"))["status"] == "withdrawn"
